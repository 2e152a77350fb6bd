"""
prefetch_related() as a plan: which querysets to evaluate, and whom their objects belong to.

The plan yields querysets, and is sent their objects, or `AtDoor`. How a relation is queried for
many objects at once is Django's (`get_prefetch_querysets`); here is what comes before and after it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Iterable
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models.constants import LOOKUP_SEP

from vinyl.origins import Origin, origin_behind, origin_of
from vinyl.stock import Prefetch, get_prefetcher, normalize_prefetch_lookups

Asking = Generator[Any, Any, Any]
Key = Callable[[Any], Any]


class Relation(NamedTuple):
    """How to match the objects of a relation with the instances that they belong to."""

    key_of_related: Key
    key_of_instance: Key
    single: bool
    cache_name: str
    is_descriptor: bool


class AtDoor(NamedTuple):
    """
    What the plan yields to be sent the name of the dialect of `alias` among Django's `connections`.

    Some fields ask the connection how it stores their values, and it the server.
    """

    alias: str


def prefetch(instances: list[Any], lookups: Iterable[Any]) -> Asking:
    """
    Load relations of many objects, one query a relation.

    Raises: AttributeError, ValueError for a lookup that leads nowhere. Django:
    prefetch_related_objects().
    """
    if instances:
        yield from _Prefetching(instances, lookups).run()


class _Prefetching:
    """What is known in the course of one prefetch."""

    def __init__(self, instances: list[Any], lookups: Iterable[Any]) -> None:
        self.instances = instances
        self.left = normalize_prefetch_lookups(reversed(tuple(lookups)))
        # The objects by the path that they were found on.
        self.done: dict[str, list[Any]] = {}
        # Lookups that came with the querysets of others, and whose relations they came by.
        self.automatic: set[Prefetch] = set()
        self.followed: set[Any] = set()

    def run(self) -> Asking:
        while self.left:
            lookup = self.left.pop()
            if lookup.prefetch_to not in self.done:
                yield from self._follow(lookup)
            elif lookup.queryset is not None:
                raise ValueError(
                    f"'{lookup.prefetch_to}' lookup was already seen with a different queryset. "
                    "You may need to adjust the ordering of your lookups."
                )

    def _follow(self, lookup: Prefetch) -> Asking:
        """Go down the path of a lookup, level by level."""
        objects = self.instances
        names = lookup.prefetch_through.split(LOOKUP_SEP)
        for level, name in enumerate(names):
            if not objects:
                return
            path = lookup.get_current_prefetch_to(level)
            if path in self.done:
                objects = self.done[path]
            elif not _can_keep(objects):
                return
            else:
                is_last = level == len(names) - 1
                prefetcher, descriptor, is_fetched = _found(objects[0], lookup, level, is_last)
                missing = [o for o in objects if not is_fetched(o)] if prefetcher else []
                if not missing:
                    objects = _loaded(objects, name)
                    continue
                asking = _one_level(missing, prefetcher, lookup, level, is_last)
                objects, more = yield from _noting(asking, self._origin(path))
                self._note(lookup, path, descriptor, objects, more)

    def _origin(self, path: str) -> Origin:
        first = self.instances[0]
        return origin_behind(first, origin_of(first), path, prefetched=True)

    def _note(
        self, lookup: Prefetch, path: str, descriptor: Any, objects: list[Any], more: list[Any]
    ) -> None:
        # Lookups of default managers may lead round in a circle.
        if path in self.done and lookup in self.automatic and descriptor in self.followed:
            return
        self.done[path] = objects
        new = normalize_prefetch_lookups(reversed(more), path)
        self.automatic.update(new)
        self.left.extend(new)
        self.followed.add(descriptor)


def _noting(asking: Asking, origin: Origin) -> Asking:
    """Let the objects of the querysets that are asked for know where they come from."""
    try:
        queryset = next(asking)
        while True:
            if not isinstance(queryset, AtDoor):
                queryset._origin = origin
            try:
                objects = yield queryset
            except Exception as exc:  # noqa: BLE001
                queryset = asking.throw(exc)
            else:
                queryset = asking.send(objects)
    except StopIteration as stop:
        return stop.value


def _can_keep(objects: list[Any]) -> bool:
    """Prepare objects to keep what is prefetched; tell whether they can."""
    for obj in objects:
        if not hasattr(obj, "_prefetched_objects_cache"):
            try:
                obj._prefetched_objects_cache = {}
            except (AttributeError, TypeError):
                return False  # values_list(flat=True), for example.
    return True


def _found(
    obj: Any, lookup: Prefetch, level: int, is_last: bool
) -> tuple[Any, Any, Callable[[Any], bool]]:
    """Return what prefetches a level of a lookup, its descriptor, and the test for done."""
    name = lookup.prefetch_through.split(LOOKUP_SEP)[level]
    to_attr = lookup.get_current_to_attr(level)[0]
    prefetcher, descriptor, is_there, is_fetched = get_prefetcher(obj, name, to_attr)
    if not is_there:
        raise AttributeError(
            f"Cannot find '{name}' on {type(obj).__name__} object, "
            f"'{lookup.prefetch_through}' is an invalid parameter to prefetch_related()"
        )
    if is_last and prefetcher is None:
        raise ValueError(
            f"'{lookup.prefetch_through}' does not resolve to an item that supports "
            "prefetching - this is an invalid parameter to prefetch_related()."
        )
    return prefetcher, descriptor, is_fetched


def _loaded(objects: list[Any], name: str) -> list[Any]:
    """Return the objects behind a relation that is loaded, or behind a plain attribute."""
    found: list[Any] = []
    for obj in objects:
        prefetched = getattr(obj, "_prefetched_objects_cache", {})
        try:
            value = list(prefetched[name]) if name in prefetched else getattr(obj, name)
        except ObjectDoesNotExist:
            continue
        if isinstance(value, list):
            found += value
        elif value is not None:
            found.append(value)
    return found


def _one_level(
    instances: list[Any], prefetcher: Any, lookup: Prefetch, level: int, is_last: bool
) -> Asking:
    """Query one relation of instances; return its objects and the lookups that came along."""
    given = lookup.get_current_querysets(level)
    related, relation, more = yield from prefetcher.prefetched(instances, given)
    by_key: dict[Any, list[Any]] = {}
    for obj in related:
        by_key.setdefault(relation.key_of_related(obj), []).append(obj)
    name, as_attr = lookup.get_current_to_attr(level)
    if as_attr:
        _check_to_attr(type(instances[0]), name)
    queryset = lookup.queryset if is_last else None
    for obj in instances:
        found = by_key.get(relation.key_of_instance(obj), [])
        if relation.single:
            _keep_one(obj, relation, name if as_attr else None, found[0] if found else None)
        elif as_attr:
            setattr(obj, name, found)
        else:
            obj._prefetched_objects_cache[relation.cache_name] = getattr(obj, name).holding(
                found, queryset
            )
    return related, more


def _check_to_attr(model: Any, name: str) -> None:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return
    raise ValueError(f"to_attr={name} conflicts with a field on the {model.__name__} model.")


def _keep_one(obj: Any, relation: Relation, to_attr: str | None, value: Any) -> None:
    if to_attr is not None:
        setattr(obj, to_attr, value)
    elif relation.is_descriptor:
        setattr(obj, relation.cache_name, value)
    else:
        obj._state.fields_cache[relation.cache_name] = value


def given_querysets(lookups: Iterable[Any]) -> set[str]:
    """Return the relations of an object that lookups load by a queryset of their own."""
    given = [lookup for lookup in lookups if getattr(lookup, "queryset", None) is not None]
    return {lookup.prefetch_to for lookup in given}


def evaluated(queryset: Any) -> Asking:
    """Evaluate a queryset, its own lookups left to this prefetch; return objects and lookups."""
    more = [copy.copy(lookup) for lookup in queryset._prefetch_related_lookups]
    queryset._prefetch_related_lookups = ()
    objects = yield queryset
    return objects, more
