# Generated from vinyl/_async/tables.py by `python tools/unasync_build.py`; never edit.
"""Create tables without migrations, for scripts and tests."""

from __future__ import annotations

from typing import Any

from vinyl._runtime._sync.databases import dialect
from vinyl._sync.running import write
from vinyl.plans.tables import creating


def create_tables(models: Any, using: str) -> list[str]:
    """Create the tables that are missing, all or none."""
    connection = dialect(using)
    atomically = connection.features.can_rollback_ddl
    return write(creating(connection, models), using, atomically=atomically)
