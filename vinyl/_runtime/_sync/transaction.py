"""Transactions of the sync twin: Django's own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.transaction import get_rollback, mark_for_rollback_on_error, set_rollback

from vinyl.exceptions import WrongMode

__all__ = [
    "Atomic",
    "atomic",
    "get_rollback",
    "mark_for_rollback_on_error",
    "on_commit",
    "set_rollback",
]


class Atomic(transaction.Atomic):
    """An atomic block of Django's."""

    async def __aenter__(self) -> None:
        raise WrongMode("Write `with vinyl.atomic():` in the sync twin.")

    async def __aexit__(self, *exc_info: object) -> None:
        raise WrongMode("Write `with vinyl.atomic():` in the sync twin.")


def atomic(using: str | None = None, savepoint: bool = True, durable: bool = False) -> Atomic:
    """Make an atomic block."""
    return Atomic(using, savepoint, durable)


def on_commit(func: Callable[[], Any], using: str | None = None, robust: bool = False) -> None:
    """
    Run `func` when the transaction commits; at once outside an atomic block.

    Raises: WrongMode for a coroutine function, and, when it runs, for one that returns a coroutine.
    """
    if inspect.iscoroutinefunction(func):
        raise _wrong_hook(func)
    if not callable(func):
        raise TypeError("on_commit()'s callback must be a callable.")

    @functools.wraps(func)
    def hook() -> None:
        outcome = func()
        if inspect.iscoroutine(outcome):
            outcome.close()
            raise _wrong_hook(func)

    transaction.on_commit(hook, using, robust)


def _wrong_hook(func: Callable[[], Any]) -> WrongMode:
    return WrongMode(
        f"{func!r} gives a coroutine, which the sync twin cannot run on commit. Give a plain "
        "function."
    )
