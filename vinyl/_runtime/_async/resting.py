"""In tests: Django runs its statements while none of vinyl's is under way on its connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from threading import Lock
from typing import Any

from vinyl.sqlite_backend.turns import writes

ExecuteWrapper = Callable[..., Any]


class Wrappers(list[ExecuteWrapper]):
    """
    The execute wrappers of Django's connection, and one that stays inside of all others.

    Those may run statements themselves, of Django's or of vinyl's, or wait for somebody who does.
    So nobody may hold anything around them.
    """

    def __init__(self, others: list[ExecuteWrapper], innermost: ExecuteWrapper) -> None:
        super().__init__(others)
        self._innermost = innermost

    def __reversed__(self) -> Iterator[ExecuteWrapper]:
        # In this order, Django puts each around those before.
        yield self._innermost
        yield from super().__reversed__()


class _ReadCursor:
    """
    A cursor of sqlite3 whose rows have been read.

    SQLite sets and releases no savepoint while rows of an INSERT ... RETURNING are still to be
    read, and vinyl's blocks are savepoints in a test. Those of a SELECT are in nobody's way.
    """

    def __init__(self, raw: Any, rows: list[Any]) -> None:
        self.raw = raw
        self._rows = iter(rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return list(islice(self._rows, self.raw.arraysize if size is None else size))

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class Resting:
    """Has Django's connection run its statements while it holds a lock, until it is stopped."""

    def __init__(self, wrapper: Any, rest: Lock) -> None:
        self.wrapper = wrapper
        self.rest = rest
        self._before = wrapper.execute_wrappers
        self._wrappers = wrapper.execute_wrappers = Wrappers(self._before, self._run)

    def _run(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if self.wrapper.vendor != "sqlite":
            with self.rest:
                return execute(sql, params, many, context)
        cursor = context["cursor"]
        if isinstance(cursor.cursor, _ReadCursor):
            cursor.cursor = cursor.cursor.raw
        with self.rest:
            outcome = execute(sql, params, many, context)
            if cursor.description is not None and writes(sql):
                cursor.cursor = _ReadCursor(cursor.cursor, cursor.fetchall())
            return outcome

    def stop(self) -> None:
        """Leave the connection its other wrappers."""
        # Whoever blocks a connection may have replaced them all.
        if self.wrapper.execute_wrappers is self._wrappers:
            self._before[:] = self._wrappers
            self.wrapper.execute_wrappers = self._before
