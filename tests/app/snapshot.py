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
        if self.connection.vendor == "postgresql":
            self._create_function()
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
        """Return something that differs where a table's rows do, from one statement; or nothing."""
        if self.connection.vendor == "mysql":
            tables = list(self.columns)
            found = self._read(f"CHECKSUM TABLE {', '.join(map(self._quote, tables))}")
            return {table: row[1] for table, row in zip(tables, found, strict=True)}
        if self.connection.vendor == "postgresql":
            return {table: rest for table, *rest in self._read("SELECT * FROM vinyl_checksums()")}
        return {}  # SQLite reads in this process, as quickly as it would count.

    def _create_function(self) -> None:
        """Let PostgreSQL plan once a session: to plan takes ten times as long as to run."""
        # A row that came or was changed has a newer xmin; one that went is missed in the count.
        each = (
            f"SELECT '{table}', count(*), max(xmin::text::bigint) FROM {self._quote(table)}"
            for table in self.columns
        )
        self._run(
            "CREATE OR REPLACE FUNCTION vinyl_checksums()"
            " RETURNS TABLE (name text, rows bigint, newest bigint) LANGUAGE plpgsql"
            f" AS $$ BEGIN RETURN QUERY {' UNION ALL '.join(each)}; END $$"
        )

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
