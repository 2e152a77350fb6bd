"""`vinyl.create_tables`, for the mode of the moment."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS

from vinyl.mode import is_async
from vinyl.twins import twin_module


def create_tables(*models: Any, using: str = DEFAULT_DB_ALIAS) -> Any:
    """
    Create the tables that are missing: of these models, or of all that have been imported.

    For scripts and tests: a table that is there stays as it is, and no migration is recorded.
    Awaited in the async mode; returns the names of the new tables.
    Django: `migrate --run-syncdb`, for apps without migrations.
    """
    return twin_module("tables", is_async()).create_tables(models, using)
