# Generated from tests/_async/test_connections.py by `python tools/unasync_build.py`; never edit.
"""`vinyl.connections[alias]`: raw statements, session state, and what is told of them."""

# ruff: noqa: PT012  what a transaction does with an error is seen around its whole block

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, NotSupportedError, connection, transaction
from django.test.utils import CaptureQueriesContext

import vinyl
from tests.app.models import Genre
from tests.app.stock import stock

VENDOR = connection.vendor

pytestmark = pytest.mark.usefixtures("db")


def make_temporary(handle: Any = None, name: str = "mine") -> None:
    handle = handle or vinyl.connection
    handle.execute(f"CREATE TEMPORARY TABLE {name} (a integer)")
    handle.execute(f"INSERT INTO {name} VALUES (%s)", [1])


# A block that keeps a connection.


def test_pinned_statements_share_a_session() -> None:
    with vinyl.connection.pinned():
        make_temporary()
        assert (vinyl.connection.execute("SELECT a FROM mine")).rows == [(1,)]
        assert Genre.vinyl.count() == 6
        assert not vinyl.connection.in_atomic_block
        vinyl.connection.execute("DROP TABLE mine")


def test_pinned_gives_the_connection() -> None:
    with vinyl.connections["other"].pinned() as pinned:
        assert pinned.alias == "other"
        make_temporary(pinned)
        assert (pinned.execute("SELECT a FROM mine")).rows == [(1,)]
        pinned.execute("DROP TABLE mine")


def test_atomic_blocks_run_in_a_pinned_session() -> None:
    with vinyl.connection.pinned():
        make_temporary()
        with pytest.raises(ZeroDivisionError):
            with vinyl.atomic():
                vinyl.connection.execute("INSERT INTO mine VALUES (2)")
                with vinyl.atomic():
                    vinyl.connection.execute("INSERT INTO mine VALUES (3)")
                found = vinyl.connection.execute("SELECT a FROM mine ORDER BY a")
                assert found.rows == [(1,), (2,), (3,)]
                raise ZeroDivisionError
        assert (vinyl.connection.execute("SELECT a FROM mine")).rows == [(1,)]
        vinyl.connection.execute("DROP TABLE mine")


def test_a_nested_pinned_block_is_the_same_one() -> None:
    with vinyl.connection.pinned():
        make_temporary()
        with vinyl.connection.pinned():
            assert (vinyl.connection.execute("SELECT a FROM mine")).rows == [(1,)]
        assert (vinyl.connection.execute("SELECT a FROM mine")).rows == [(1,)]
        vinyl.connection.execute("DROP TABLE mine")


def test_inside_an_atomic_block_pinned_is_its_connection() -> None:
    with vinyl.atomic():
        make_temporary()
        with vinyl.connection.pinned():
            assert vinyl.connection.in_atomic_block
            assert (vinyl.connection.execute("SELECT a FROM mine")).rows == [(1,)]
        assert (vinyl.connection.execute("SELECT a FROM mine")).rows == [(1,)]
        vinyl.connection.execute("DROP TABLE mine")


def test_rows_are_streamed_in_a_pinned_session() -> None:
    with vinyl.connection.pinned():
        make_temporary()
        seen = []
        for genre in Genre.vinyl.order_by("pk").iterator(chunk_size=2):
            # Each statement in the loop needs the connection of the stream.
            seen.append((vinyl.connection.execute("SELECT a FROM mine")).rows[0][0])
            assert Genre.vinyl.filter(pk=genre.pk).exists()
        assert seen == [1] * 6
        vinyl.connection.execute("DROP TABLE mine")


def test_an_error_ends_neither_the_session_nor_the_block() -> None:
    with vinyl.connection.pinned():
        make_temporary()
        with pytest.raises(DatabaseError):
            vinyl.connection.execute("SELECT nonsense FROM mine")
        assert (vinyl.connection.execute("SELECT a FROM mine")).rows == [(1,)]
        vinyl.connection.execute("DROP TABLE mine")


# execute_many(), fetch() and its kin

INSERT = "INSERT INTO shop_genre (code, name) VALUES (%s, %s)"
GENRES = "SELECT code, name FROM shop_genre ORDER BY code"


def test_execute_many_runs_a_statement_for_each_row() -> None:
    rows = [(f"x{number}", "100%'\\") for number in range(300)]
    assert vinyl.connection.execute_many(INSERT, iter(rows)) == 300
    assert Genre.vinyl.filter(name="100%'\\").count() == 300
    delete = "DELETE FROM shop_genre WHERE code = %s"
    assert vinyl.connection.execute_many(delete, [["x1"], ["x2"], ["no such"]]) == 2


def test_execute_many_of_no_rows_asks_nothing() -> None:
    with vinyl.CaptureQueries() as queries:
        assert vinyl.connection.execute_many(INSERT, []) == 0
    assert len(queries) == 0


def test_execute_many_is_all_or_nothing() -> None:
    rows = [("x1", "new"), ("x2", "new"), ("x1", "again")]
    with pytest.raises(IntegrityError):
        vinyl.connection.execute_many(INSERT, rows)
    assert not Genre.vinyl.filter(code__startswith="x").exists()
    with vinyl.atomic():
        vinyl.connection.execute_many(INSERT, rows[:1])
        with pytest.raises(IntegrityError):
            vinyl.connection.execute_many(INSERT, [("x3", "new"), ("x1", "again")])
        assert Genre.vinyl.filter(code__startswith="x").count() == 1
    assert Genre.vinyl.filter(code__startswith="x").count() == 1


def test_fetch_gives_dicts_by_column() -> None:
    found = vinyl.connection.fetch(GENRES)
    assert len(found) == 6
    assert set(found[0]) == {"code", "name"}
    assert vinyl.connection.fetch(f"{GENRES} LIMIT %s", [1]) == found[:1]
    assert vinyl.connection.fetch_one(GENRES) == found[0]
    assert vinyl.connection.fetch_value(GENRES) == found[0]["code"]


def test_fetch_of_no_row() -> None:
    nothing = "SELECT code FROM shop_genre WHERE code = %s"
    assert vinyl.connection.fetch(nothing, ["no such"]) == []
    assert vinyl.connection.fetch_one(nothing, ["no such"]) is None
    assert vinyl.connection.fetch_value(nothing, ["no such"]) is None
    assert vinyl.connection.fetch("DELETE FROM shop_genre WHERE code = 'no such'") == []


def test_fetch_takes_no_two_columns_of_one_name() -> None:
    with pytest.raises(ValueError, match="More than one column is called 'a'"):
        vinyl.connection.fetch("SELECT 1 AS a, 2 AS a, 3 AS b")


# Cursors.


@pytest.mark.parametrize("kind", ["cursor", "chunked_cursor"])
def test_the_rows_of_a_cursor(kind: str) -> None:
    codes = [row[0] for row in (vinyl.connection.execute(GENRES)).rows]
    with getattr(vinyl.connection, kind)() as cursor:
        cursor.execute(GENRES)
        assert [column[0] for column in cursor.description] == ["code", "name"]
        assert (cursor.fetchone())[0] == codes[0]
        assert [row[0] for row in cursor.fetchmany(2)] == codes[1:3]
        assert [row[0] for row in cursor] == codes[3:]
        assert cursor.fetchone() is None
        assert list(cursor.fetchmany(2)) == []
        cursor.execute(f"{GENRES} LIMIT %s", [3])
        assert [row[0] for row in cursor.fetchall()] == codes[:3]
        assert list(cursor.fetchall()) == []


def test_a_chunked_cursor_reads_a_large_result() -> None:
    vinyl.connection.execute_many(INSERT, [(f"x{n:04}", "new") for n in range(4500)])
    with vinyl.connection.chunked_cursor() as cursor:
        cursor.execute("SELECT code FROM shop_genre WHERE name = 'new' ORDER BY code")
        assert cursor.fetchone() == ("x0000",)
        assert [row[0] for row in cursor] == [f"x{n:04}" for n in range(1, 4500)]


def test_a_chunked_cursor_need_not_be_read_to_the_end() -> None:
    with vinyl.connection.chunked_cursor() as cursor:
        cursor.execute(GENRES)
        cursor.fetchone()
    with vinyl.connection.chunked_cursor() as cursor:
        pass
    assert Genre.vinyl.count() == 6


def test_executemany_of_a_cursor() -> None:
    with vinyl.connection.cursor() as cursor:
        cursor.executemany(INSERT, [("x1", "new"), ("x2", "new")])
        assert cursor.rowcount == 2
        cursor.execute("UPDATE shop_genre SET name = %s WHERE name = %s", ["newer", "new"])
        assert cursor.rowcount == 2


@pytest.mark.skipif(VENDOR == "postgresql", reason="PostgreSQL has them")
def test_what_only_postgresql_has_is_refused() -> None:
    with pytest.raises(NotSupportedError):
        vinyl.connection.notify("a")
    with pytest.raises(NotSupportedError):
        vinyl.connection.listen("a")
    with vinyl.connection.cursor() as cursor:
        with pytest.raises(NotSupportedError):
            with cursor.copy("COPY a FROM STDIN"):
                raise AssertionError


# What is told of statements

VALUES = ["100%'\\", 5, None, 1.5, "\u00fc"]
MARKS = "SELECT " + ", ".join(["%s"] * len(VALUES))


def told(records: list[logging.LogRecord]) -> list[tuple[Any, ...]]:
    return [
        (record.name, record.levelname, record.sql, record.params, record.alias)
        if hasattr(record, "params")
        else (record.name, record.levelname, record.sql, record.alias)
        for record in records
    ]


def test_the_log_is_that_of_django(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "django.db.backends")

    def by_django() -> list[dict[str, str]]:
        connection.ensure_connection()
        with CaptureQueriesContext(connection) as queries:
            with connection.cursor() as cursor:
                cursor.execute(MARKS, VALUES)
                cursor.execute("SELECT 1")
                with transaction.atomic():
                    cursor.execute(INSERT, ["x1", "new"])
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                Genre.objects.filter(pk="x1").delete()
                raise ZeroDivisionError
        with transaction.atomic():
            Genre.objects.filter(name="new").delete()
        return list(queries)

    expected = stock(by_django)
    by_stock = told(caplog.records)[: len(expected)]
    caplog.clear()
    with vinyl.CaptureQueries() as queries:
        vinyl.connection.execute(MARKS, VALUES)
        vinyl.connection.execute("SELECT 1")
        with vinyl.atomic():
            vinyl.connection.execute(INSERT, ["x1", "new"])
        with pytest.raises(ZeroDivisionError):
            with vinyl.atomic():
                Genre.vinyl.filter(pk="x1").delete()
                raise ZeroDivisionError
    assert [query["sql"] for query in queries] == [query["sql"] for query in expected]
    assert all(float(query["time"]) >= 0 for query in queries)
    assert len(queries) == len(expected)
    assert queries[1]["sql"] == "SELECT 1"
    # Of BEGIN on SQLite, Django tells the parameters, which are None.
    by_vinyl = told(caplog.records)
    assert [[each for each in record if each is not None] for record in by_vinyl] == [
        [each for each in record if each is not None] for record in by_stock
    ]


def test_the_rows_of_execute_many_are_counted_in_the_log() -> None:
    rows = [("x3", "new"), ("x4", "new")]
    with vinyl.CaptureQueries() as queries:
        vinyl.connection.execute_many(INSERT, rows)
    assert [query["sql"] for query in queries][1:-1] == [f"2 times: {INSERT}"]


def test_capturing_sees_a_block_and_one_database() -> None:
    Genre.vinyl.count()
    with vinyl.CaptureQueries() as outer:
        Genre.vinyl.count()
        with vinyl.CaptureQueries("default") as inner, vinyl.CaptureQueries("other") as other:
            Genre.vinyl.exists()
        Genre.vinyl.using("other").exists()
    Genre.vinyl.count()
    assert (len(outer), len(inner), len(other)) == (2, 1, 0)
    assert inner.captured_queries == outer[1:] == list(inner)
    assert "COUNT" in outer[0]["sql"]


def test_djangos_own_capturing_takes_the_connection() -> None:
    with CaptureQueriesContext(vinyl.connections["default"]) as queries:
        Genre.vinyl.filter(pk="it's").exists()
    assert len(queries) == 1
    assert "it''s" in queries[0]["sql"] or "it\\'s" in queries[0]["sql"]
    assert not vinyl.connection.force_debug_cursor


def test_a_statement_that_fails_is_told() -> None:
    with vinyl.CaptureQueries() as queries, pytest.raises(DatabaseError):
        vinyl.connection.execute("nonsense %s", [1])
    # Django tells "None" of it on MySQL.
    assert len(queries) == 1
