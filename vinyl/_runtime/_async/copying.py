"""What keeps a connection for a block of the user's, and a COPY that is under way on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.transaction import TransactionManagementError

__all__ = ["Keeper"]


class Keeper:
    """A block with one connection, which its tasks use one after the other."""

    # The task that holds the turn while it sends or reads the rows of a COPY.
    copier: asyncio.Task[Any] | None = None

    @contextmanager
    def copying(self) -> Iterator[None]:
        """Let this task hold the turn for a COPY."""
        self.copier = asyncio.current_task()
        try:
            yield
        finally:
            self.copier = None

    def check_not_copying(self) -> None:
        """
        Raise TransactionManagementError where this task would wait for its own COPY to end.

        Other tasks wait, though they may have been begun inside of the COPY.
        """
        if self.copier is not None and self.copier is asyncio.current_task():
            raise TransactionManagementError(
                "A COPY of this task is under way on the connection of its atomic or pinned() "
                "block, which can run nothing else until the block of cursor.copy() has ended. "
                "Run the statement before or after that."
            )
