"""What an object has loaded of its relations, and the error for what it has not. No I/O."""

from __future__ import annotations

from inspect import getattr_static
from typing import Any

from vinyl.exceptions import NotLoaded
from vinyl.stock import Model


def relation_named(model: type[Model], name: str) -> Any:
    """
    Return the relation that the attribute `name` of a twin's class stands for.

    Raises: KeyError where the attribute is no relation.
    """
    relation = getattr(getattr_static(model, name, None), "relation", None)
    if relation is None:
        raise KeyError(f"{model.__name__} has no relation {name!r}.")
    return relation


class LoadedObjects(list[Any]):
    """
    The loaded objects of a relation to many.

    A list, with the methods of a queryset that need no query: templates look a relation up as
    `obj["tracks"]` first, and go on with `.all`, `.count` or `.first`.
    """

    def all(self) -> LoadedObjects:
        """Return the objects."""
        return self

    def count(self, *value: Any) -> int:
        """Return the number of objects, or of those that are equal to a value."""
        return super().count(*value) if value else len(self)

    def exists(self) -> bool:
        """Tell whether there are any."""
        return bool(self)

    def first(self) -> Any:
        """Return the first object, or None."""
        return self[0] if self else None

    def last(self) -> Any:
        """Return the last object, or None."""
        return self[-1] if self else None


def loaded(obj: Model, name: str) -> Any:
    """
    Return the related object, or the list of them, if it is in memory.

    Raises: NotLoaded, KeyError for a name that is no relation.
    """
    relation = relation_named(type(obj), name)
    if relation.one_to_many or relation.many_to_many:
        return _loaded_many(obj, relation, name)
    if relation.is_cached(obj):
        return relation.get_cached_value(obj)
    if _is_known_to_be_null(obj, relation):
        return None
    raise not_loaded(obj, name)


def _loaded_many(obj: Model, relation: Any, name: str) -> list[Any]:
    prefetched = obj.__dict__.get("_prefetched_objects_cache", {})
    for key in (name, _cache_key(relation)):
        if key in prefetched:
            return LoadedObjects(prefetched[key])
    raise not_loaded(obj, name)


def _cache_key(relation: Any) -> str:
    """Return where prefetch_related() keeps what a relation leads to."""
    name: str
    if not relation.auto_created:
        name = relation.name
    elif relation.many_to_many:
        name = relation.field.related_query_name()
    else:
        name = relation.cache_name
    return name


def _is_known_to_be_null(obj: Model, relation: Any) -> bool:
    if not relation.concrete or not hasattr(relation, "local_related_fields"):
        return False
    names = [field.attname for field in relation.local_related_fields]
    return any(name in obj.__dict__ and obj.__dict__[name] is None for name in names)


def not_loaded(obj: Model, name: str) -> NotLoaded:
    """Return the error for a relation that is not in memory; it names the ways out."""
    model = type(obj)
    label = f"{model.__name__}.{name}"
    relation = relation_named(model, name)
    many = relation.one_to_many or relation.many_to_many
    generic = not many and not hasattr(relation, "remote_field")
    load = "prefetch_related" if many or generic or not _joins(relation) else "select_related"
    query = f"await obj.{name}.all()" if many else f"await obj.{name}"
    return NotLoaded(
        f"{label} is not loaded. Load it with the query: .{load}({name!r}), or on its own: "
        f"{query}.",
        model=obj._meta.model,
        name=name,
    )


def _joins(relation: Any) -> bool:
    """Tell whether select_related() takes a relation to one object."""
    return relation.remote_field is not None and not relation.many_to_many


def field_not_loaded(obj: Model, attname: str) -> NotLoaded:
    """Return the error for a column that only() or defer() left out."""
    return NotLoaded(
        f"{type(obj).__name__}.{attname} is deferred: only() or defer() left it out of the query. "
        f"Add it to the query, or load it: await obj.refresh_from_db(fields=[{attname!r}]).",
        model=obj._meta.model,
        name=attname,
    )
