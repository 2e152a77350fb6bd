"""`vinyl.create_tables`, for the mode of the moment."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model

from vinyl.mode import is_async
from vinyl.twins import twin_module


def create_tables(*models: Any, using: str = DEFAULT_DB_ALIAS) -> Any:
    """
    Create the tables that are missing: of these models, or of all that have been imported.

    For scripts and tests: a table that is there stays as it is, and no migration is recorded.
    Awaited in the async mode; returns the names of the new tables.
    Raises: TypeError for what is no model.
    Django: `migrate --run-syncdb`, for apps without migrations.
    """
    for model in models:
        if not (isinstance(model, type) and issubclass(model, Model)):
            said = repr(model) if isinstance(model, str) else f"a {type(model).__name__}"
            raise TypeError(
                f"create_tables() takes models, not {said}. Write the classes, one after the "
                "other: create_tables(Product, Order)."
            )
    return twin_module("tables", is_async()).create_tables(models, using)
