"""The dunders of the objects of the async twin, and what stands for an unloaded relation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any

from vinyl.exceptions import NotLoaded


class Awaiting:
    """`await` on an object that is loaded gives the object back."""

    def __await__(self) -> Generator[Any, Any, Any]:
        return self
        yield


class Unloaded:
    """
    A relation that is not in memory: awaited, it is queried; touched otherwise, it raises.

    Raises: NotLoaded, with the ways out.
    """

    __slots__ = ("_error", "_fetch")

    def __init__(self, fetch: Callable[[], Awaitable[Any]], error: Callable[[], NotLoaded]) -> None:
        object.__setattr__(self, "_fetch", fetch)
        object.__setattr__(self, "_error", error)

    def __await__(self) -> Generator[Any, Any, Any]:
        return object.__getattribute__(self, "_fetch")().__await__()

    def __getattr__(self, name: str) -> Any:
        raise object.__getattribute__(self, "_error")()

    def __setattr__(self, name: str, value: Any) -> None:
        raise object.__getattribute__(self, "_error")()

    def __raise(self, *args: Any) -> Any:
        raise object.__getattribute__(self, "_error")()

    __str__ = __bool__ = __len__ = __iter__ = __getitem__ = __contains__ = __raise
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __int__ = __hash__ = __raise
    __call__ = __format__ = __dir__ = __reduce_ex__ = __raise

    def __repr__(self) -> str:
        return f"<not loaded: {object.__getattribute__(self, '_error')()}>"


def unloaded(fetch: Callable[[], Awaitable[Any]], error: Callable[[], NotLoaded]) -> Unloaded:
    """Return what a descriptor gives for a relation that is not in memory."""
    return Unloaded(fetch, error)
