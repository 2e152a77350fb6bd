"""Dialects over Django's own connections of this thread."""

from __future__ import annotations

from django.db import connections as django_connections
from django.db.backends.base.base import BaseDatabaseWrapper

from vinyl.sql.door import make_known, open_dialect


def dialect(alias: str) -> BaseDatabaseWrapper:
    """
    Return what compiles for an alias in this thread.

    It shares the features of Django's own connection, and so what they know of the server.
    """
    stock = django_connections[alias]
    try:
        wrapper: BaseDatabaseWrapper = stock.vinyl_dialect
    except AttributeError:
        wrapper = stock.vinyl_dialect = open_dialect(alias, alias, stock.get_autocommit)
    if wrapper.features is not stock.features:
        wrapper.features = stock.features
        for fact in ("pg_version", "mysql_server_data"):
            if hasattr(type(stock), fact):
                wrapper.__dict__[fact] = getattr(stock, fact)
    return wrapper


def door(alias: str) -> BaseDatabaseWrapper:
    """Return the dialect of an alias, known by name to Django's methods."""
    return make_known(dialect(alias))


def close_all() -> None:
    """Close Django's connections of this thread."""
    django_connections.close_all()
