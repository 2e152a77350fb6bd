"""`vinyl.atomic` and `vinyl.on_commit`, for the mode of the moment."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, overload

from vinyl.mode import is_coroutine_function
from vinyl.twins import runtime

F = TypeVar("F", bound=Callable[..., Any])


class Atomic:
    """
    A transaction, or a savepoint inside one, as a context manager or a decorator.

    Written with `async with` (or around a coroutine function) in the async mode, with `with`
    (or around a plain function) in the sync mode.
    """

    def __init__(self, using: str | None, savepoint: bool, durable: bool) -> None:
        self._arguments = (using, savepoint, durable)
        # The async twin's, which remembers what has been entered through it.
        self._entered: Any = None

    def _block(self) -> Any:
        return runtime("transaction").atomic(*self._arguments)

    def __enter__(self) -> None:
        self._block().__enter__()

    # The sync twin's block keeps nothing of its own: what is entered is known to Django's
    # connection.
    def __exit__(self, *exc_info: Any) -> None:
        self._block().__exit__(*exc_info)

    async def __aenter__(self) -> None:
        block = self._entered or self._block()
        await block.__aenter__()
        self._entered = block

    async def __aexit__(self, *exc_info: Any) -> None:
        await (self._entered or self._block()).__aexit__(*exc_info)

    def __call__(self, func: F) -> F:
        """Run a function in a block of its own at each call."""
        wrapped: F = self._wrapped(func)
        return wrapped

    def _wrapped(self, func: Callable[..., Any]) -> Any:
        if inspect.isasyncgenfunction(func) or inspect.isgeneratorfunction(func):
            raise TypeError(
                f"atomic() cannot decorate {func.__qualname__}(), a generator function: its body "
                "runs after the block has ended. Open the block inside of it."
            )
        if is_coroutine_function(func):

            @functools.wraps(func)
            async def run_async(*args: Any, **kwargs: Any) -> Any:
                async with self._block():
                    return await func(*args, **kwargs)

            return run_async

        @functools.wraps(func)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self._block():
                return func(*args, **kwargs)

        return run


@overload
def atomic(using: F) -> F: ...
@overload
def atomic(using: str | None = None, savepoint: bool = True, durable: bool = False) -> Atomic: ...
def atomic(
    using: str | Callable[..., Any] | None = None, savepoint: bool = True, durable: bool = False
) -> Any:
    """
    Run a block in a transaction: all of it takes effect, or none.

    Inside another one it makes a savepoint, unless `savepoint` is False; `durable` asks that
    there be none around. Django: django.db.transaction.atomic().
    """
    if callable(using):
        return Atomic(None, savepoint, durable)(using)
    return Atomic(using, savepoint, durable)


def on_commit(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> Any:
    """
    Run `func` once the transaction has been committed; at once where there is none.

    In the async mode `func` may be a coroutine function, and the call may be awaited: needed
    where there is no transaction around. With `robust`, an error of `func` is only logged.
    Django: django.db.transaction.on_commit().
    """
    return runtime("transaction").on_commit(func, using, robust)


def get_rollback(using: str | None = None) -> bool:
    """Tell whether the current atomic block is marked for rollback."""
    marked: bool = runtime("transaction").get_rollback(using)
    return marked


def set_rollback(rollback: bool, using: str | None = None) -> None:
    """Mark the current atomic block for rollback, or clear the mark."""
    runtime("transaction").set_rollback(rollback, using)
