"""
Turn results into plain values that are equal only when types, values and loaded relations are.

`1 == True == 1.0 == Decimal("1.00")`, and two objects of a model are equal when their primary keys
are; none of these may pass for each other here.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import models

Normal = Any
# A savepoint's name has the thread's number in it.
SAVEPOINT = re.compile(r"\bs\d+_x\d+\b")
# A placeholder, or a whole list of them.
PLACEHOLDERS = re.compile(r"IN \((%s(?:, %s)*)\)|%s")


def normal(value: Any, path: tuple[int, ...] = ()) -> Normal:
    """Return the plain value for a result; `path` are the objects that it was reached through."""
    if isinstance(value, models.Model):
        return instance(value, path)
    if isinstance(value, dict):
        items = [(normal(key, path), normal(item, path)) for key, item in value.items()]
        return (type_name(value), items)
    if isinstance(value, list | tuple):
        fields = getattr(value, "_fields", None)
        return (type_name(value), fields, [normal(item, path) for item in value])
    if isinstance(value, set | frozenset):
        return (type_name(value), sorted((normal(item, path) for item in value), key=repr))
    if isinstance(value, memoryview):
        return (type_name(value), value.tobytes())
    return (type_name(value), plain_repr(value))


def plain_repr(value: Any) -> str:
    """Return the repr, which for most types tells all; for psycopg's wrappers their content."""
    if type(value).__module__.startswith("psycopg.") and hasattr(value, "obj"):
        return repr(normal(value.obj))
    return repr(value)


def type_name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def instance(obj: models.Model, path: tuple[int, ...]) -> Normal:
    """Return an object's columns, annotations, state and loaded relations."""
    label = obj._meta.label
    if id(obj) in path:
        return ("again", label, obj.pk)
    path = (*path, id(obj))
    attributes = {
        name: normal(value, path)
        for name, value in sorted(vars(obj).items())
        if name not in ("_state", "_prefetched_objects_cache")
    }
    relations = {
        name: normal(value, path) for name, value in sorted(obj._state.fields_cache.items())
    }
    prefetched = {
        name: normal(list(value), path)
        for name, value in sorted(getattr(obj, "_prefetched_objects_cache", {}).items())
    }
    state = {"db": obj._state.db, "adding": obj._state.adding}
    return ("object", label, type(obj).__name__, attributes, relations, prefetched, state)


def normal_error(error: BaseException) -> Normal:
    """Return an exception's class (the very class, not its name) and its arguments."""
    return (type(error), [normal(argument) for argument in error.args])


def normal_statement(sql: str, params: Any, many: bool) -> Normal:
    """Return what was sent to the database."""
    values = params if many else in_lists_sorted(sql, params or ())
    return (SAVEPOINT.sub("savepoint", sql), normal(tuple(values)), many)


def in_lists_sorted(sql: str, params: Any) -> list[Any]:
    """
    Return the parameters, those of each `IN (...)` sorted.

    Deleting, Django lists the keys of the rows in the order in which the database had them.
    """
    values = list(params)
    place = 0
    for match in PLACEHOLDERS.finditer(sql.replace("%%", "")):
        length = match[0].count("%s")
        values[place : place + length] = sorted(values[place : place + length], key=repr)
        place += length
    return values
