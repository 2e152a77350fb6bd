"""The dunders of the objects of the async twin, and what stands for an unloaded relation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from vinyl.exceptions import VinylError

from .promise import Promise
from .transaction import Done


class Awaiting:
    """`await` on an object that is loaded gives the object back."""

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from ()
        return self


def unloaded(fetch: Callable[[], Awaitable[Any]], error: Callable[[], VinylError]) -> Promise:
    """
    Return what a descriptor gives for a relation that is not in memory.

    Awaited, it is queried; touched otherwise, it raises NotLoaded, with the ways out.
    """
    return Promise(fetch, error)


def done() -> Awaitable[None]:
    """Return what is awaited where nothing is left to do."""
    return Done()
