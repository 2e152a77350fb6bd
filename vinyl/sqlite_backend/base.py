"""
Django's backend for SQLite under vinyl's name, to give vinyl settings of its own.

Used for Django's own connections, too, it adds that those who write in this process take turns.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.backends.sqlite3 import base

from .turns import Turn, Turns, turns_of, writes

__all__ = ["DatabaseWrapper"]

# Seconds to wait for the turn to write, as for a connection of a pool.
_PATIENCE = 30.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that waits for its turn to write, rather than for the file to be unlocked."""

    _turn: Turn | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's, less the options of the async twin's pools."""
        params: dict[str, Any] = super().get_connection_params()
        params.pop("pool", None)
        return params

    @cached_property
    def _turns(self) -> tuple[str, Turns | None]:
        name = self.settings_dict["NAME"]
        private = self.is_in_memory_db() and not str(name).startswith("file:")
        return name, None if private else turns_of(name)

    def _turns_now(self) -> Turns | None:
        """Return the turns of the database that the settings name: test runners change it."""
        if self._turns[0] != self.settings_dict["NAME"]:
            del self._turns
        return self._turns[1]

    def take_turn(self, sql: str) -> None:
        """Wait for the turn, where a statement needs it that is not had yet."""
        if self._turn is None and (turns := self._turns_now()) is not None and writes(sql):
            self._turn = turns.take(max(_PATIENCE, self.settings_dict["OPTIONS"].get("timeout", 0)))

    def end_turn(self) -> None:
        """Give the turn back, unless a transaction goes on."""
        turn = self._turn
        if turn is not None and not (self.connection and self.connection.in_transaction):
            self._turn = None
            turn.end()

    def create_cursor(self, name: str | None = None) -> Any:
        """Make a cursor whose statements wait for their turn."""
        cursor = self.connection.cursor(factory=_Cursor)
        cursor.wrapper = self
        return cursor

    def _commit(self) -> None:
        try:
            stock: Any = super()
            stock._commit()
        finally:
            self.end_turn()

    def _rollback(self) -> None:
        try:
            stock: Any = super()
            stock._rollback()
        finally:
            self.end_turn()

    def _close(self) -> None:
        try:
            stock: Any = super()
            stock._close()
        finally:
            if self._turn is not None:
                self._turn.end()
                self._turn = None


class _Cursor(base.SQLiteCursorWrapper):
    """Django's cursor; it waits for the turn to write."""

    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        self.wrapper.take_turn(query)
        try:
            return super().execute(query, params)
        finally:
            self.wrapper.end_turn()

    def executemany(self, query: str, param_list: Any) -> Any:
        self.wrapper.take_turn(query)
        try:
            return super().executemany(query, param_list)
        finally:
            self.wrapper.end_turn()
