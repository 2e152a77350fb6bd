"""
Put the test databases back as they were, quickly.

At the session's start each table of the app is copied into one beside it. After a test which
writes, only the tables that differ are emptied and filled again from their copies, and only the
counters that moved are set back, so that the next test gets the same new primary keys.
Everything here runs on Django's own connection, outside of any event loop.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic

from tests.app import sequences

Rows = list[str]
Dump = dict[str, Rows]


class Snapshot:
    """The state of one alias's tables at the time that this object was made."""

    def __init__(self, alias: str = "default") -> None:
        self.alias = alias
        self.columns = app_tables()
        self._asking = self._prepared()
        for table in self.columns:
            self._run(f"CREATE TABLE {self._backup(table)} AS SELECT * FROM {self._quote(table)}")
        self.checksums: dict[str, Any] = {}
        self.rows: Dump = {}
        self.rows, self.checksums = self.dump(), self._checksums()
        self.sequences = sequences.read(self.connection)

    @property
    def connection(self) -> BaseDatabaseWrapper:
        return connections[self.alias]

    def dump(self) -> Dump:
        """Return what is in each table, in an order of its own."""
        return self._dump(self._checksums())

    def _dump(self, checksums: dict[str, Any]) -> Dump:
        """Read what may differ, by these checksums."""
        before = self.checksums
        same = {table for table in before if before[table] == checksums[table]}
        return {
            table: self.rows[table] if table in same else self._rows(table)
            for table in self.columns
        }

    def _checksums(self) -> dict[str, Any]:
        """Return something that differs where a table's rows do, from one statement."""
        found = self._read(self._asking)
        return {table: rest for table, (_, *rest) in zip(self.columns, found, strict=True)}

    def _prepared(self) -> str:
        """Return the statement that gives the checksums, in the order of the tables."""
        quoted = {table: self._quote(table) for table in self.columns}
        match self.connection.vendor:
            case "mysql":
                return f"CHECKSUM TABLE {', '.join(quoted.values())}"
            case "postgresql":
                # A row that came or was changed has a newer xmin; the count misses one that went.
                what = dict.fromkeys(quoted, "count(*), max(xmin::text::bigint)")
            case _:
                # The rows, as one text: SQLite writes them sooner than Python reads them.
                what = {
                    table: f"group_concat({self._written(columns)})"
                    for table, columns in self.columns.items()
                }
        each = (f"SELECT '{table}', {what[table]} FROM {quoted[table]}" for table in quoted)
        sql = " UNION ALL ".join(each)
        if self.connection.vendor != "postgresql":
            return sql
        # Planned once a session: to plan takes the server ten times as long as to run.
        self._run(
            "CREATE OR REPLACE FUNCTION vinyl_checksums()"
            " RETURNS TABLE (name text, rows bigint, newest bigint) LANGUAGE plpgsql"
            f" AS $$ BEGIN RETURN QUERY {sql}; END $$"
        )
        return "SELECT * FROM vinyl_checksums()"

    def _written(self, columns: list[str]) -> str:
        return " || ' ' || ".join(f"quote({self._quote(column)})" for column in columns)

    def changes(self) -> dict[str, dict[str, Rows]]:
        """Return for each table that differs the rows which came and went."""
        now = self.dump()
        return {
            table: {
                "gone": without(self.rows[table], now[table]),
                "new": without(now[table], self.rows[table]),
            }
            for table in self.columns
            if now[table] != self.rows[table]
        }

    def restore(self) -> None:
        """Put all tables and counters back."""
        if self.connection.in_atomic_block:
            raise RuntimeError("A test left a transaction open on Django's connection.")
        # Emptying a table, the database may delete rows of another one, which needs a second turn.
        while changed := self.changed():
            with self.connection.constraint_checks_disabled(), atomic(using=self.alias):
                self._refill(changed)
        sequences.reset(self.connection, self.sequences)

    def empty(self) -> None:
        """Delete all rows, until they are put back."""
        with self.connection.constraint_checks_disabled(), atomic(using=self.alias):
            for table in self.columns:
                self._run(f"DELETE FROM {self._quote(table)}")

    def changed(self) -> list[str]:
        """Return the tables that differ."""
        checksums = self._checksums()
        now = self._dump(checksums)
        changed = [table for table in self.columns if now[table] != self.rows[table]]
        if not changed:
            # Rows that were put back are new rows to the database.
            self.checksums = checksums
        return changed

    def _refill(self, tables: list[str]) -> None:
        for table in tables:
            self._run(f"DELETE FROM {self._quote(table)}")
        for table in tables:
            columns = ", ".join(self._quote(column) for column in self.columns[table])
            self._run(
                f"INSERT INTO {self._quote(table)} ({columns})"
                f" SELECT {columns} FROM {self._backup(table)}"
            )

    def _rows(self, table: str) -> Rows:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {self._quote(table)}")
            names = [column[0] for column in cursor.description]
            return sorted(repr(dict(zip(names, row, strict=True))) for row in cursor.fetchall())

    def _read(self, sql: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def _run(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def _quote(self, name: str) -> str:
        return self.connection.ops.quote_name(name)

    def _backup(self, table: str) -> str:
        return self._quote(f"backup_{table}")


def app_tables() -> dict[str, list[str]]:
    """Return the app's tables with the columns that can be written."""
    models: list[Any] = [
        model
        for model in apps.get_app_config("shop").get_models(include_auto_created=True)
        if not model._meta.proxy
    ]
    return {
        model._meta.db_table: [
            field.column for field in model._meta.local_concrete_fields if not field.generated
        ]
        for model in models
    }


def without(rows: Rows, others: Rows) -> Rows:
    """Return the rows that are not among the others."""
    known = set(others)
    return [row for row in rows if row not in known]
