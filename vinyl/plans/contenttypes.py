"""Content types, natively, in the cache that Django keeps per database."""

from __future__ import annotations

from collections.abc import Collection, Generator
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import Q

from vinyl.plans import Plan
from vinyl.sql.door import statement_of
from vinyl.sql.rows import load
from vinyl.stock import Model


def content_type_of(connection: Any, model: type[Model], for_concrete_model: bool) -> Plan[Any]:
    """Return the ContentType of a model, or None where the database has none yet."""
    meta = (model._meta.concrete_model if for_concrete_model else model)._meta
    manager = _manager(connection.alias)
    try:
        return manager._get_from_cache(meta)
    except KeyError:
        pass
    found = yield from _read(
        connection, manager.filter(app_label=meta.app_label, model=meta.model_name)
    )
    return found[0] if found else None


def content_type_by_id(connection: Any, key: Any) -> Plan[Any]:
    """Return the ContentType with this key, or None."""
    manager = _manager(connection.alias)
    cached = manager._cache.get(connection.alias, {})
    if key in cached:
        return cached[key]
    found = yield from _read(connection, manager.filter(pk=key))
    return found[0] if found else None


def all_content_types(connection: Any) -> Plan[None]:
    """
    Read all content types where a model has a generic relation.

    Its manager needs the type when it is made, which is no place to query.
    """
    if apps.is_installed("django.contrib.contenttypes") and any(
        hasattr(field, "bulk_related_objects")
        for model in apps.get_models()
        for field in model._meta.private_fields
    ):
        yield from _read(connection, _manager(connection.alias).all())


def models_by_type(
    twin: Any, using: str, keys: Collection[Any]
) -> Generator[Any, list[Any], dict[Any, Any]]:
    """Return the models of content types by key; yields a queryset for those not known yet."""
    manager = _manager(using)
    missing = [key for key in keys if key not in manager._cache.get(using, {})]
    if missing:
        for each in (yield twin.native(manager.filter(pk__in=missing))):
            remember_type(using, each)
    cached = manager._cache.get(using, {})
    return {key: cached[key].model_class() for key in keys if key in cached}


def known_type_of(obj: Any, for_concrete_model: bool) -> Any | None:
    """Return the content type of an object if it is in the cache, or None."""
    meta = (obj._meta.concrete_model if for_concrete_model else obj._meta.model)._meta
    try:
        return _manager(obj._state.db)._get_from_cache(meta)
    except KeyError:
        return None


def knows_type_of(obj: Any, for_concrete_model: bool) -> bool:
    """Tell whether the content type of an object is in the cache."""
    return known_type_of(obj, for_concrete_model) is not None


def types_in(using: str) -> Any:
    """Return Django's manager of content types, for a database."""
    return _manager(using)


def remember_type(using: str, content_type: Any) -> Any:
    """Put a content type of a twin's into Django's cache; return it as Django's object."""
    manager = _manager(using)
    names = ["id", "app_label", "model"]
    found = manager.model.from_db(using, names, [getattr(content_type, name) for name in names])
    manager._add_to_cache(using, found)
    return found


def untyped_target(obj: Any, field: Any, attname: str) -> Any | None:
    """Return what was assigned to a generic foreign key before its type was known, else None."""
    if getattr(obj, attname) is not None:
        return None
    return field.get_cached_value(obj, default=None)


def types_learned(
    twin: Any, using: str, models: Collection[type[Model]], for_concrete_model: bool
) -> Generator[Any, list[Any], dict[Any, Any]]:
    """
    Return the keys of content types by model; yields a queryset for those not known yet.

    A model that the database has no type for is left out.
    """
    manager = _manager(using)
    metas = {
        model: (model._meta.concrete_model if for_concrete_model else model)._meta
        for model in models
    }
    cached = manager._cache.setdefault(using, {})
    wanted = [
        Q(app_label=meta.app_label, model=meta.model_name)
        for meta in metas.values()
        if (meta.app_label, meta.model_name) not in cached
    ]
    if wanted:
        for each in (yield twin.native(manager.filter(reduce(or_, wanted)))):
            remember_type(using, each)
    names = {model: (meta.app_label, meta.model_name) for model, meta in metas.items()}
    return {model: cached[name].pk for model, name in names.items() if name in cached}


def make_known_at_door(connection: Any, content_type: Any) -> None:
    """Let methods of Django's that go by the dialect's name find a content type."""
    _manager(connection.alias)._add_to_cache(connection.vinyl_door, content_type)


def _manager(alias: str) -> Any:
    # Only here: the app that it belongs to need not be installed.
    from django.contrib.contenttypes.models import ContentType

    return ContentType.objects.db_manager(alias)


def _read(connection: Any, queryset: Any) -> Plan[list[Any]]:
    compiler = queryset.query.get_compiler(connection=connection)
    statement = statement_of(compiler)
    rows = [] if statement is None else (yield statement).rows
    found = load(queryset, compiler, rows, lambda model: model, connection.alias)
    for content_type in found:
        _manager(connection.alias)._add_to_cache(connection.alias, content_type)
    return found
