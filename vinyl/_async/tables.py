"""Create tables without migrations, for scripts and tests."""

from __future__ import annotations

from typing import Any

from vinyl._async.running import write
from vinyl._runtime._async.databases import dialect
from vinyl.plans.tables import creating


async def create_tables(models: Any, using: str) -> list[str]:
    """Create the tables that are missing, all or none."""
    connection = await dialect(using)
    atomically = connection.features.can_rollback_ddl
    return await write(creating(connection, models), using, atomically=atomically)
