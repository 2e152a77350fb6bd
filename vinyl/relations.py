"""What an object has loaded of its relations, and the error for what it has not. No I/O."""

from __future__ import annotations

from inspect import getattr_static
from typing import Any

from vinyl.exceptions import NotLoaded
from vinyl.origins import Origin, origin_of
from vinyl.plans.contenttypes import known_type_of
from vinyl.sql.instances import parent_of
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
    if is_loaded(obj, relation):
        return relation.get_cached_value(obj)
    if _is_known_to_be_null(obj, relation):
        return None
    raise not_loaded(obj, name)


def is_loaded(obj: Model, relation: Any) -> bool:
    """Tell whether what a relation to one leads to is in memory."""
    if hasattr(relation, "ct_field"):
        return is_generic_loaded(obj, relation)
    if relation.is_cached(obj):
        return True
    return relation.concrete and (take_from_parent(obj, relation) or _has_parent(obj, relation))


def _has_parent(obj: Model, link: Any) -> bool:
    """Make the parent that a multi-table link leads to, if its columns have all been loaded."""
    if not link.remote_field.parent_link or None in link.get_local_related_value(obj):
        return False
    parent = parent_of(obj, obj._twin.model_of(link.remote_field.model))
    if parent is None:
        return False
    link.set_cached_value(obj, parent)
    if not link.remote_field.multiple:
        link.remote_field.set_cached_value(parent, obj)
    return True


def take_from_parent(obj: Model, field: Any) -> bool:
    """
    Take over what a foreign key leads to from a multi-table parent in memory that has loaded it.

    The parent is there where the object was reached by way of it. Tells whether it had it.
    """
    above: Any = obj
    while (link := above._meta.get_ancestor_link(field.model)) and link.is_cached(above):
        above = link.get_cached_value(above)
        if above is None:
            return False
        if field.is_cached(above):
            field.set_cached_value(obj, field.get_cached_value(above))
            return True
    return False


def is_generic_loaded(obj: Model, field: Any) -> bool:
    """Tell whether a generic foreign key has an object in memory, and its columns mean that one."""
    if not field.is_cached(obj):
        return False
    found = field.get_cached_value(obj)
    if found is None:
        return True
    kind = getattr(obj, obj._meta.get_field(field.ct_field).attname, None)
    # Assigned before its type was known: there is no column to compare yet.
    known = None if kind is None else known_type_of(found, field.for_concrete_model)
    if known is not None and known.pk != kind:
        return False
    key = getattr(obj, field.fk_field)
    return bool(found._meta.pk.to_python(key) == found.pk)


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
    """
    Return the error for a relation that is not in memory; it names the ways out.

    The lookup to add is that of the query which the object came with, maybe by other relations.
    """
    model = type(obj)
    relation = relation_named(model, name)
    origin = origin_of(obj)
    many = relation.one_to_many or relation.many_to_many
    if not many and _joins(relation) and not (origin and origin.is_prefetched):
        load, name_there = "select_related", _name_in_queries(relation, name)
    else:
        load, name_there = "prefetch_related", name
    path = origin.to(name_there) if origin else name_there
    query = f"await obj.{name}.all()" if many else f"await obj.{name}"
    return NotLoaded(
        f"{model.__name__}.{name} is not loaded. Load it with the query{_of(origin)}: "
        f".{load}({path!r}), or on its own: {query}.",
        model=obj._meta.model,
        name=name,
        path=path,
    )


def _joins(relation: Any) -> bool:
    """Tell whether select_related() takes a relation to one object."""
    # A generic foreign key has no far side at all.
    return getattr(relation, "remote_field", None) is not None


def _name_in_queries(relation: Any, name: str) -> str:
    is_far_side = relation.auto_created and not relation.concrete
    found: str = relation.field.related_query_name() if is_far_side else name
    return found


def _of(origin: Origin | None) -> str:
    return f" of {origin.model} objects" if origin else ""


def field_not_loaded(obj: Model, attname: str) -> NotLoaded:
    """Return the error for a column that only() or defer() left out."""
    origin = origin_of(obj)
    path = origin.to(attname) if origin else attname
    added = f" as {path!r}" if origin and not origin.is_prefetched else ""
    where = _of(origin) if origin and not origin.is_prefetched else ""
    return NotLoaded(
        f"{type(obj).__name__}.{attname} is deferred: only() or defer() left it out of the query. "
        f"Add it to the query{where}{added}, or load it: "
        f"await obj.refresh_from_db(fields=[{attname!r}]).",
        model=obj._meta.model,
        name=attname,
        path=path,
    )
