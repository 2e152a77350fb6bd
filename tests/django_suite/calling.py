"""Who calls whom: tests are synchronous, the async twin is not."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async

from tests.django_suite import config, portal
from tests.django_suite.scopes import scopes

IS_ASYNC = config.TWIN == "async"


def twin_module(name: str) -> Any:
    """Return a module of the twin that is judged."""
    return import_module(f"vinyl._{config.TWIN}.{name}")


def inside() -> bool:
    """Tell whether vinyl is at work."""
    return portal.inside() if IS_ASYNC else scopes.inside > 0


def asked_by_vinyl() -> bool:
    """Tell whether vinyl asks, and not a callable of the test's that vinyl calls."""
    if not inside():
        return False
    frame = sys._getframe(1)
    while frame.f_back is not None:
        name = frame.f_globals.get("__name__", "")
        # What Django does in a method of vinyl's that it has inherited, vinyl does.
        if name == __name__:
            return True
        if not name.startswith(("django.", "tests.django_suite.")):
            return bool(name.startswith("vinyl."))
        frame = frame.f_back
    return False


def call(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call something of vinyl's that runs statements, on the event loop if it is asynchronous."""
    scopes.io += 1
    if IS_ASYNC:
        return _call_async(func, args, kwargs)
    scopes.inside += 1
    try:
        return func(*args, **kwargs)
    finally:
        scopes.inside -= 1


def _call_async(func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    from tests.django_suite.session import joined, open_before

    open_before()

    async def operation() -> Any:
        async with joined():
            value = func(*args, **kwargs)
            return await value if inspect.isawaitable(value) else value

    return portal.current().call(operation())


def stepwise(rows: Any) -> Iterator[Any]:
    """Give the items of what a twin's iterator() returns."""
    if not IS_ASYNC:
        yield from rows
        return
    try:
        while True:
            try:
                yield call(rows.__anext__)
            except StopAsyncIteration:
                return
    finally:
        call(rows.aclose)


def like(method: Any, source: Any) -> Any:
    """Give a method name, docstring and marks of another."""
    method = functools.wraps(source)(method)
    del method.__wrapped__
    # What vinyl's methods are marked with, on Python 3.12 and later.
    vars(method).pop("_is_coroutine_marker", None)
    return method


def as_async(method: Any) -> Any:
    """Return the `a…` method of a synchronous one of the bridge's, for tests that await."""

    # No coroutine function: the sync twin refuses a class that is written in async style.
    def awaited(*args: Any, **kwargs: Any) -> Any:
        return sync_to_async(method)(*args, **kwargs)

    return like(awaited, method)


def replace_everywhere(old: Any, new: Any) -> None:
    """Bind every name of Django's modules that means `old` to `new`."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").partition(".")[0] == "django":
            for name, value in list(vars(module).items()):
                if value is old:
                    setattr(module, name, new)
