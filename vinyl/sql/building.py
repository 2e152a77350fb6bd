"""
Let methods of Django's that evaluate querysets on their way run without a query.

Inside a block of `building()` a queryset of vinyl's that is iterated has no rows. Inside one of
`supplying()` it gets rows that were read before, or raises `Wanted`, so that they are read and
the method is called again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any


class Wanted(Exception):
    """A queryset was iterated whose rows have not been read yet."""

    def __init__(self, queryset: Any) -> None:
        super().__init__(queryset)
        self.queryset = queryset


class _Nothing:
    """Supply no rows to any queryset."""

    def rows_of(self, queryset: Any) -> list[Any]:
        return []


class _Supply:
    """Supply rows to querysets in the order in which they are iterated."""

    def __init__(self, rows: list[list[Any]]) -> None:
        self.left = iter(rows)

    def rows_of(self, queryset: Any) -> list[Any]:
        for rows in self.left:
            return rows
        raise Wanted(queryset)


_supply: ContextVar[_Nothing | _Supply | None] = ContextVar("vinyl_supply", default=None)


@contextmanager
def building() -> Iterator[None]:
    """Give querysets that are iterated inside the block no rows."""
    token = _supply.set(_Nothing())
    try:
        yield
    finally:
        _supply.reset(token)


@contextmanager
def supplying(rows: list[list[Any]]) -> Iterator[None]:
    """
    Give querysets that are iterated inside the block these rows, in this order.

    Raises: Wanted, with the queryset, where there are no more.
    """
    token = _supply.set(_Supply(rows))
    try:
        yield
    finally:
        _supply.reset(token)


def supply() -> _Nothing | _Supply | None:
    """Return what supplies rows here, or None outside of such a block."""
    return _supply.get()
