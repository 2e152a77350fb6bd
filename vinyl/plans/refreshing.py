"""What refresh_from_db() reads, and what it does to the object. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models.constants import LOOKUP_SEP

from vinyl.fetch_modes import mode_of, peers_of
from vinyl.stock import Model


def forget_prefetched(obj: Model, fields: Iterable[str] | None) -> set[str] | None:
    """
    Drop what was prefetched and is to be refreshed; return the names left to read.

    None stands for all fields that are loaded, an empty set for nothing to do.
    Raises: ValueError for a name that spans a relation.
    """
    cache = obj.__dict__.get("_prefetched_objects_cache", {})
    if fields is None:
        cache.clear()
        return None
    names = set(fields)
    for name in names & cache.keys():
        del cache[name]
        names.discard(name)
    for name in names:
        if LOOKUP_SEP in name:
            raise ValueError(
                f'Found "{LOOKUP_SEP}" in fields argument. Relations and transforms are not '
                "allowed in fields."
            )
    return names


def names_to_load(obj: Model, names: set[str] | None) -> set[str]:
    """Return what only() has to name; empty where every column is read."""
    if names is not None:
        return names
    deferred = obj.get_deferred_fields()
    if not deferred:
        return set()
    return {f.attname for f in obj._meta.concrete_fields if f.attname not in deferred}


def peers_to_load(obj: Model, names: set[str] | None) -> list[Model]:
    """
    Return the objects that lack these fields as this one does, and came with it by FETCH_PEERS.

    Empty where one of the fields is loaded and asked for anew, and for an object alone.
    Django: DeferredAttribute.fetch_many().
    """
    if not names or not mode_of(obj).track_peers:
        return []
    fields = obj._meta.concrete_fields
    attnames = {name: field.attname for field in fields for name in (field.name, field.attname)}
    if not names <= attnames.keys():
        return []
    columns = {attnames[name] for name in names}
    if not columns <= obj.get_deferred_fields():
        return []
    peers = [peer for peer in peers_of(obj) if columns <= peer.get_deferred_fields()]
    return peers if len(peers) > 1 else []


def take_over(obj: Model, fresh: Model, names: set[str] | None) -> None:
    """Copy what was read; drop the loaded relations that may have changed with it."""
    for field in obj._meta.fields:
        if field.concrete and field.attname not in fresh.__dict__:
            continue
        if field.concrete:
            setattr(obj, field.attname, fresh.__dict__[field.attname])
        if field.is_relation:
            _take_relation(obj, fresh, field)
    for relation in (*obj._meta.related_objects, *obj._meta.private_fields):
        if names is not None and relation.name not in names:
            continue
        if relation.is_relation and hasattr(relation, "is_cached") and relation.is_cached(obj):
            relation.delete_cached_value(obj)
    obj._state.db = fresh._state.db


def _take_relation(obj: Model, fresh: Model, field: Any) -> None:
    if field.is_cached(fresh):
        field.set_cached_value(obj, field.get_cached_value(fresh))
    elif field.is_cached(obj):
        field.delete_cached_value(obj)
