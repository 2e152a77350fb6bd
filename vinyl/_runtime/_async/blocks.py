"""
Which blocks the current context is in: the innermost of each alias.

A block belongs to the context that entered it and to those of tasks started inside. An async
generator that is left early ends its blocks elsewhere, in a task of the event loop's: the
context in which it ran must not stay in them for good. A task that has merely been started
inside must, and so be refused when it outlives the block.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Generic, Protocol, Self, TypeVar

__all__ = ["Block", "Blocks"]


class Block(Protocol):
    """What a context can be in."""

    closed: bool
    # The task that has entered it.
    task: asyncio.Task[Any] | None

    @property
    def around(self) -> Self | None:
        """The block that the context was in before, if any."""


B = TypeVar("B", bound=Block)


class Blocks(Generic[B]):
    """The blocks of one kind."""

    def __init__(self, name: str) -> None:
        self._innermost: ContextVar[Mapping[str, B]] = ContextVar(
            name, default=MappingProxyType({})
        )

    def current(self, alias: str) -> B | None:
        """Return the innermost block; one that has ended where it is the caller's no longer."""
        block = self._innermost.get().get(alias)
        while block is not None and block.closed and block.task is asyncio.current_task():
            # It was ended in another context than this, which had entered it.
            self._set(alias, block := block.around)
        return block

    def enter(self, alias: str, block: B) -> None:
        """Make a block the innermost one of its alias."""
        self._set(alias, block)

    def leave(self, alias: str, block: B) -> None:
        """Go back to what is around a block, here and in the context that has entered it."""
        self._leave(alias, block)
        # From Python 3.12 on. Before, that context finds out when it asks.
        get_context = getattr(block.task, "get_context", None)
        if get_context is not None and block.task is not asyncio.current_task():
            with suppress(RuntimeError):  # the task has run in this very context
                get_context().run(self._leave, alias, block)

    def _leave(self, alias: str, block: B) -> None:
        if self._innermost.get().get(alias) is block:
            self._set(alias, block.around)

    def _set(self, alias: str, block: B | None) -> None:
        blocks = {name: each for name, each in self._innermost.get().items() if name != alias}
        if block is not None:
            blocks[alias] = block
        self._innermost.set(MappingProxyType(blocks))
