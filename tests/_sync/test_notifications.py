# Generated from tests/_async/test_notifications.py by `python tools/unasync_build.py`; never edit.
"""LISTEN, NOTIFY, COPY and functions through `vinyl.connections`; on PostgreSQL only."""

# ruff: noqa: PT012, SIM117  blocks in blocks are what this is about

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, ProgrammingError, connection

import vinyl
from tests.app.models import Genre
from tests.app.stock import stock

if connection.vendor != "postgresql":
    pytest.skip("this database is not PostgreSQL", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("db")


def notify(*notes: tuple[str, str]) -> None:
    """Notify from another session."""

    def run() -> None:
        with connection.cursor() as cursor:
            for note in notes:
                cursor.execute("SELECT pg_notify(%s, %s)", note)

    stock(run)


def listeners() -> int:
    """Return how many sessions last said LISTEN, and have not been cleaned since."""

    def run() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
                " AND datname = current_database()"
            )
            count: int = cursor.fetchone()[0]
            return count

    return stock(run)


def test_what_others_notify_is_heard_in_order() -> None:
    with vinyl.connection.listen("one", "two") as listening:
        notify(("one", "a"), ("three", "b"), ("two", "c"), ("one", ""))
        heard = []
        for note in listening:
            heard.append((note.channel, note.payload))
            if len(heard) == 3:
                break
        assert heard == [("one", "a"), ("two", "c"), ("one", "")]
        assert note.pid > 0
    assert listeners() == 0


def test_a_subscription_outlives_a_loop_over_it() -> None:
    with vinyl.connection.listen("one", timeout=5) as listening:
        for payload in ("a", "b"):
            notify(("one", payload))
            for note in listening:
                assert note.payload == payload
                break


def test_listening_ends_after_a_silence() -> None:
    start = time.monotonic()
    assert [note for note in vinyl.connection.listen("one", timeout=0.05)] == []
    assert time.monotonic() - start >= 0.05
    assert listeners() == 0


def test_one_hears_what_one_notifies() -> None:
    hostile = "100% 'quoted' \"\\ ü; --"
    with vinyl.connection.listen("one", timeout=5) as listening:
        vinyl.connection.notify("one", hostile)
        vinyl.connection.notify("one")
        heard = []
        for note in listening:
            heard.append(note.payload)
            if len(heard) == 2:
                break
    assert heard == [hostile, ""]


def test_notifications_of_a_transaction_are_sent_when_it_commits() -> None:
    with vinyl.connection.listen("one", timeout=0.1) as listening:
        with vinyl.atomic():
            vinyl.connection.notify("one", "committed")
            assert [note for note in listening] == []
        assert [note.payload for note in listening] == ["committed"]
        with pytest.raises(ZeroDivisionError):
            with vinyl.atomic():
                vinyl.connection.notify("one", "rolled back")
                raise ZeroDivisionError
        assert [note for note in listening] == []


def test_a_loop_over_notifications_may_use_the_database() -> None:
    with vinyl.connection.listen("one", timeout=5) as listening:
        notify(("one", "a"), ("one", "b"))
        counts = []
        for _ in listening:
            with vinyl.atomic():
                counts.append(Genre.vinyl.count())
                vinyl.connection.notify("two")
            if len(counts) == 2:
                break
    assert counts == [6, 6]


@pytest.mark.parametrize(
    "name", ['a"; DROP TABLE shop_genre; --', "Ünï CASE", "a%s", "'", "x" * 63]
)
def test_any_name_can_be_that_of_a_channel(name: str) -> None:
    with vinyl.connection.listen(name, timeout=5) as listening:
        vinyl.connection.notify(name, "heard")
        for note in listening:
            assert note.channel == name
            break


@pytest.mark.parametrize("name", ["", "x" * 64, "ü" * 32, "a\0b"])
def test_what_cannot_be_the_name_of_a_channel_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a channel"):
        vinyl.connection.listen(name)


def test_listening_needs_a_channel() -> None:
    with pytest.raises(ValueError, match="needs the name of a channel"):
        vinyl.connection.listen()
    with pytest.raises(TypeError, match="is a str, not 5"):
        vinyl.connection.listen(5)


def test_too_long_a_payload_is_refused() -> None:
    with pytest.raises(DatabaseError):
        vinyl.connection.notify("one", "x" * 8000)


def test_a_lost_connection_ends_listening() -> None:
    def kill() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )

    with pytest.raises(OperationalError):
        with vinyl.connection.listen("one", timeout=10) as listening:
            stock(kill)
            for _ in listening:
                raise AssertionError
    assert Genre.vinyl.count() == 6


# copy() of a cursor

COPY_IN = "COPY shop_genre (code, name) FROM STDIN"


def test_rows_are_copied_in() -> None:
    with vinyl.connection.cursor() as cursor:
        with cursor.copy(COPY_IN) as copy:
            for number in range(3):
                copy.write_row((f"x{number}", "tab\there"))
    assert Genre.vinyl.filter(name="tab\there").count() == 3


def test_rows_are_copied_out() -> None:
    sql = "COPY (SELECT code FROM shop_genre WHERE code < %s ORDER BY code) TO STDOUT"
    genres = Genre.vinyl.filter(code__lt="k").order_by("code")
    expected = [genre.code for genre in genres]
    with vinyl.connection.cursor() as cursor:
        with cursor.copy(sql, ["k"]) as copy:
            assert [row[0] for row in copy.rows()] == expected
        with vinyl.atomic():
            with cursor.copy("COPY (SELECT generate_series(1, 100000)) TO STDOUT") as copy:
                assert copy.read_row() == ("1",)
            assert Genre.vinyl.count() == 6


def test_copying_takes_part_in_a_transaction() -> None:
    with pytest.raises(ZeroDivisionError):
        with vinyl.atomic(), vinyl.connection.cursor() as cursor:
            with cursor.copy(COPY_IN) as copy:
                copy.write_row(("x", "new"))
            assert Genre.vinyl.filter(pk="x").exists()
            raise ZeroDivisionError
    assert not Genre.vinyl.filter(pk="x").exists()


def broken() -> Iterator[tuple[str, str]]:
    yield ("x", "new")
    raise ZeroDivisionError


def test_a_broken_copy_leaves_nothing() -> None:
    with vinyl.connection.cursor() as cursor:
        with pytest.raises(ZeroDivisionError):
            with cursor.copy(COPY_IN) as copy:
                for row in broken():
                    copy.write_row(row)
        with pytest.raises(IntegrityError):
            with cursor.copy(COPY_IN) as copy:
                copy.write_row(("x", "new"))
                copy.write_row(("x", "again"))
        with pytest.raises(ProgrammingError):
            with cursor.copy("COPY nonsense FROM STDIN") as copy:
                raise AssertionError
    assert not Genre.vinyl.filter(pk="x").exists()


def test_a_function_is_called() -> None:
    with vinyl.connection.cursor() as cursor:
        cursor.callproc("generate_series", [2, 4])
        assert cursor.fetchall() == [(2,), (3,), (4,)]
