"""Transactions of the sync twin: Django's own."""

from __future__ import annotations

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
    """Run `func` when the transaction commits; at once outside an atomic block."""
    if inspect.iscoroutinefunction(func):
        raise WrongMode(
            f"{func!r} is a coroutine function, which the sync twin cannot run on commit. "
            "Give a plain function."
        )
    transaction.on_commit(func, using, robust)
