"""Dialects over Django's own connections of this thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connections as django_connections

from vinyl.sql.door import make_known, open_dialect

if TYPE_CHECKING:
    from vinyl.sql.door import Dialect


def dialect(alias: str) -> Dialect:
    """
    Return what compiles for an alias in this thread.

    It shares the features of Django's own connection, and so what they know of the server, and
    its time zone, which tests change.
    """
    stock: Any = django_connections[alias]
    try:
        wrapper: Dialect = stock.vinyl_dialect
    except AttributeError:
        wrapper = stock.vinyl_dialect = open_dialect(alias, alias, stock.get_autocommit)
        if hasattr(stock.ops, "compose_sql"):
            # Writing values into SQL takes a connection, which the dialect has not.
            wrapper.ops.compose_sql = stock.ops.compose_sql
    if wrapper.features is not stock.features:
        wrapper.features = stock.features
        for fact in ("pg_version", "mysql_server_data"):
            if hasattr(type(stock), fact):
                wrapper.__dict__[fact] = getattr(stock, fact)
    wrapper.__dict__["timezone"] = stock.timezone
    wrapper.__dict__["timezone_name"] = stock.timezone_name
    return wrapper


def door(alias: str) -> Dialect:
    """Return the dialect of an alias, known by name to Django's methods."""
    return make_known(dialect(alias))


def close_all() -> None:
    """Close Django's connections of this thread."""
    django_connections.close_all()
