"""Content types, natively, in the cache that Django keeps per database."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from vinyl.plans import Plan
from vinyl.sql.door import statement_of
from vinyl.sql.rows import load


def content_type_of(connection: Any, model: type[Model], for_concrete_model: bool) -> Plan[Any]:
    """Return the ContentType of a model, or None where the database has none yet."""
    # Only here: the app that it belongs to need not be installed.
    from django.contrib.contenttypes.models import ContentType

    meta = (model._meta.concrete_model if for_concrete_model else model)._meta
    manager = ContentType.objects.db_manager(connection.alias)
    try:
        return manager._get_from_cache(meta)
    except KeyError:
        pass
    rows = manager.filter(app_label=meta.app_label, model=meta.model_name)
    return (yield from _first(connection, rows))


def content_type_by_id(connection: Any, key: Any) -> Plan[Any]:
    """Return the ContentType with this key, or None."""
    from django.contrib.contenttypes.models import ContentType

    manager = ContentType.objects.db_manager(connection.alias)
    cached = manager._cache.get(connection.alias, {})
    if key in cached:
        return cached[key]
    return (yield from _first(connection, manager.filter(pk=key)))


def _first(connection: Any, queryset: Any) -> Plan[Any]:
    queryset.query.set_limits(high=1)
    compiler = queryset.query.get_compiler(connection=connection)
    statement = statement_of(compiler)
    rows = [] if statement is None else (yield statement).rows
    found = load(queryset, compiler, rows, lambda model: model, connection.alias)
    if not found:
        return None
    manager = queryset.model.objects
    manager._add_to_cache(connection.alias, found[0])
    return found[0]


def make_known_at_door(connection: Any, content_type: Any) -> None:
    """Let methods of Django's that go by the dialect's name find a content type."""
    content_type._meta.model.objects._add_to_cache(connection.vinyl_door, content_type)
