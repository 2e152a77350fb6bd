"""
Which twin answers: the asynchronous or the synchronous one.

The context's flag (`async_mode`) wins over the process's (`set_async`), which wins over the
default: inside a running event loop the async twin, elsewhere the sync one.
"""

from __future__ import annotations

from asyncio import _get_running_loop  # public since 3.7, named for its speed
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from asgiref.sync import iscoroutinefunction

__all__ = ["async_mode", "is_async", "is_coroutine_function", "set_async"]

_process: bool | None = None
_context: ContextVar[bool | None] = ContextVar("vinyl_async_mode", default=None)


def set_async(value: bool | None) -> None:
    """
    Set the mode of the process: True, False, or None to decide at each call.

    Raises: TypeError for any other value.
    """
    global _process
    _process = _checked(value)


@contextmanager
def async_mode(value: bool | None) -> Iterator[None]:
    """
    Override the mode inside a `with` block, for the current task or thread only.

    None gives the decision back to `set_async()`.
    """
    token = _context.set(_checked(value))
    try:
        yield
    finally:
        _context.reset(token)


def is_async() -> bool:
    """Tell whether the async twin answers here."""
    mode = _context.get()
    if mode is None:
        mode = _process
    if mode is None:
        return _get_running_loop() is not None
    return mode


def _checked(value: bool | None) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"The mode is True, False or None, not {value!r}.")
    return value


def is_coroutine_function(function: Any) -> bool:
    """Tell whether calling it gives a coroutine; objects may have such a `__call__`."""
    call = getattr(type(function), "__call__", None)  # noqa: B004 - the method itself is wanted
    return iscoroutinefunction(function) or iscoroutinefunction(call)
