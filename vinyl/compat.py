"""All that differs between the versions of Django that vinyl supports."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import django
from django.db.models import Model, deletion, query
from django.db.models.deletion import DO_NOTHING

# on_delete handlers that leave the related rows to the database (6.1 adds DB_CASCADE and its kin).
ON_DELETE_BY_DATABASE: frozenset[object] = getattr(
    deletion, "SKIP_COLLECTION", frozenset([DO_NOTHING])
)

# Whether save() reads back what the database made of expressions and generated columns (6.0).
SAVE_READS_BACK = hasattr(Model, "_assign_returned_values")

# Whether first() and last() order by the key also where order_by() took all order away (until 6.1).
FIRST_ORDERS_AGAIN = django.VERSION < (6, 1)


def db_returning_fields(model: Any, features: Any) -> list[Any]:
    """Return the fields whose values the database makes, and can give back from an INSERT."""
    if SAVE_READS_BACK:
        return list(model._meta.db_returning_fields)
    # Django 5.2 asks the default connection, once for all, and so opens it.
    return [
        field
        for field in model._meta.concrete_model._meta.local_concrete_fields
        if getattr(type(field), "db_returning", None) is True
        or (field.has_db_default() and features.can_return_columns_from_insert)
    ]


# Whether from_db() is told the fetch mode (6.1), and what of Django's then warns of one that does
# not take it, for as long as that is allowed.
_FROM_DB_TAKES_MODE = "fetch_mode" in inspect.signature(Model.from_db).parameters
_FROM_DB_WITH_MODE = getattr(query, "_get_from_db", None)


def from_db_of(model: Any, fetch_mode: Any) -> Callable[[str, Any, Any], Any]:
    """Return the `from_db()` of a model, to be called as before there were fetch modes."""
    if _FROM_DB_WITH_MODE is not None:
        bound: Callable[[str, Any, Any], Any] = _FROM_DB_WITH_MODE(model, fetch_mode)
        return bound
    if _FROM_DB_TAKES_MODE:
        return partial(model.from_db, fetch_mode=fetch_mode)
    own: Callable[[str, Any, Any], Any] = model.from_db
    return own
