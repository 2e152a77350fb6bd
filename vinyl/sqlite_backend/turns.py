"""
Turns at writing to a SQLite database, which takes one writer at a time.

SQLite lets those who come second poll for `timeout` seconds, in no order, and refuses one that
has read before ("database is locked"). So whoever writes in this process waits in line for its
turn: pools of every event loop, and the connections of vinyl's ENGINE in every thread.
"""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import suppress

__all__ = ["Turn", "Turns", "turns_of", "writes"]

# What takes no turn of its own: it reads, or it goes on with or ends what has begun.
_READS = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
    r"(?:(?:SELECT|VALUES|EXPLAIN|PRAGMA|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|ATTACH|DETACH)\b"
    r"|BEGIN\s+DEFERRED\b|(WITH\b)|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_WRITING_WORD = re.compile(r"\b(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


def writes(sql: str) -> bool:
    """
    Tell whether a statement may write; in doubt, it does.

    BEGIN does: what reads first and writes then must not let others write in between. Only a
    transaction that is said to be DEFERRED may be one that reads.
    """
    match = _READS.match(sql)
    if match is None:
        return True
    return match[1] is not None and _WRITING_WORD.search(sql) is not None


class Turn:
    """The right to write, until it is given back."""

    __slots__ = ("_turns",)

    def __init__(self, turns: Turns) -> None:
        self._turns: Turns | None = turns

    def end(self) -> None:
        """Let the next in line write; once more does nothing."""
        turns, self._turns = self._turns, None
        if turns is not None:
            turns._pass_on()

    def __del__(self) -> None:
        # Of a thread that ended in a transaction: its connection goes with it. Not here and now,
        # for the collector may run while the lock of the turns is held.
        if self._turns is not None:
            with suppress(RuntimeError):  # at the end of the process
                threading.Thread(target=self.end, daemon=True).start()


class Turns:
    """Who may write to one database: one at a time, in the order in which they came."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._mutex = threading.Lock()
        self._taken = False
        self._line: deque[Future[Turn]] = deque()

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return len(self._line)

    def take(self, seconds: float) -> Turn:
        """
        Wait for the turn in this thread.

        Raises: sqlite3.OperationalError after so many seconds.
        """
        turn = self._join()
        if isinstance(turn, Turn):
            return turn
        try:
            return turn.result(seconds)
        except TimeoutError:
            self._leave(turn)
            raise self._error(seconds) from None
        except BaseException:
            self._leave(turn)
            raise

    async def taken(self, seconds: float) -> Turn:
        """
        Wait for the turn in this task.

        Raises: sqlite3.OperationalError after so many seconds.
        """
        turn = self._join()
        if isinstance(turn, Turn):
            return turn
        waiting = asyncio.wrap_future(turn)
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                return await waiting
        except BaseException as exc:
            self._leave(turn)
            if isinstance(exc, TimeoutError) and deadline.expired():
                raise self._error(seconds) from None
            raise

    def _join(self) -> Turn | Future[Turn]:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return Turn(self)
            future: Future[Turn] = Future()
            self._line.append(future)
            return future

    def _leave(self, future: Future[Turn]) -> None:
        """Leave the line; a turn that has come meanwhile goes to the next."""
        with self._mutex:
            if future in self._line:
                self._line.remove(future)
                future.cancel()
                return
        if not future.cancelled():
            future.result().end()

    def _pass_on(self) -> None:
        with self._mutex:
            while self._line:
                future = self._line.popleft()
                if future.set_running_or_notify_cancel():
                    break
            else:
                self._taken = False
                return
        future.set_result(Turn(self))

    def _error(self, seconds: float) -> Exception:
        import sqlite3  # this module is imported where there may be none

        return sqlite3.OperationalError(
            f"database is locked: another transaction of this process has kept {self.name!r} from "
            f"being written for {seconds:g} s. Keep transactions short."
        )


_known: dict[str, Turns] = {}


def turns_of(name: object) -> Turns:
    """Return the turns of the database in a file, or of one in memory that has a name."""
    key = str(name)
    if not key.startswith("file:"):
        key = os.path.realpath(key)
    return _known.setdefault(key, Turns(key))


# In a forked child nobody has the turns that are the parent's.
os.register_at_fork(after_in_child=_known.clear)
