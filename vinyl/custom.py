"""What there is to know of the classes that users give for the objects. No I/O."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

from django.utils.functional import cached_property

from vinyl.model import VinylModel

# How such a class is written for one mode only, whatever the functions behind them are.
_ASYNC_NAMES = frozenset({"__aenter__", "__aexit__", "__aiter__", "__anext__"})


def async_members(custom: type) -> list[str]:
    """
    Return the names of what is written in async style in a class and in all that it derives from.

    Methods, static and class methods, generators, and what properties call. No property is read.
    """
    return [
        name
        for name, member in inspect.getmembers_static(custom)
        if name in _ASYNC_NAMES or any(map(_is_async, _functions(member)))
    ]


def _is_async(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _functions(member: Any) -> Iterator[Any]:
    """Yield the functions behind a member as it is in the class's namespace."""
    if isinstance(member, property):
        inner = [member.fget, member.fset, member.fdel]
    elif isinstance(member, staticmethod | classmethod):
        inner = [member.__func__]
    elif isinstance(
        member,
        cached_property
        | functools.cached_property
        | functools.partial
        | functools.partialmethod
        | functools.singledispatchmethod,
    ):
        inner = [member.func]
    else:
        yield member
        return
    for each in inner:
        if each is not None:
            yield from _functions(each)


def overridden(custom: type | None, names: frozenset[str]) -> bool:
    """Tell whether a class that a user gives for the objects defines one of these methods."""
    if custom is None:
        return False
    own = [cls for cls in custom.__mro__ if cls not in (VinylModel, object)]
    return any(name in vars(cls) for cls in own for name in names)
