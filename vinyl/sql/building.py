"""Let Django build a queryset in a method that would evaluate it as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_building: ContextVar[bool] = ContextVar("vinyl_building", default=False)


@contextmanager
def building() -> Iterator[None]:
    """Give querysets of vinyl's that are iterated inside the block no rows, and no query."""
    token = _building.set(True)
    try:
        yield
    finally:
        _building.reset(token)


def is_building() -> bool:
    """Tell whether querysets are being built only."""
    return _building.get()
