# Generated from tests/_async/test_deadlines.py by `python tools/unasync_build.py`; never edit.
"""A deadline ends what takes longer, in the server as well, and leaves everything usable."""

from __future__ import annotations

import time

import pytest
from django.db import connection

import vinyl
from tests.app.models import Artist, Genre

pytestmark = pytest.mark.usefixtures("db")

SLOW = {
    "postgresql": "SELECT pg_sleep(20)",
    "mysql": "SELECT SLEEP(20) FROM shop_genre",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT MAX(i) FROM n",
}
# The first of two rows comes at once.
SLOW_ROWS = {
    "postgresql": "SELECT pg_sleep(20 * i) FROM generate_series(0, 1) AS n(i)",
    "mysql": "SELECT SLEEP(20 * i) FROM (SELECT 0 AS i UNION ALL SELECT 1) AS n",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 99999999) "
    "SELECT i FROM n WHERE i IN (1, 99999999)",
}
LIMIT = {
    "postgresql": "SELECT current_setting('statement_timeout')",
    "mysql": "SELECT @@max_statement_time",
}


def run_slowly() -> None:
    vinyl.connection.execute(SLOW[connection.vendor])


def limit_in_the_server() -> float:
    """Return the limit that the server has for a statement, in its own unit; 0 for none."""
    ((value,),) = (vinyl.connection.execute(LIMIT[connection.vendor])).rows
    return float(str(value).rstrip("ms"))


def within(seconds: float, work) -> None:
    """Do work under a deadline."""
    with vinyl.deadline(seconds):
        work()


def test_what_is_done_in_time_is_not_touched() -> None:
    with vinyl.deadline(20):
        assert Artist.vinyl.exists()
        artist = Artist.vinyl.create(name="In time")
        artist.update(name="Still in time")
    assert Artist.vinyl.filter(name="Still in time").exists()


def test_a_statement_is_stopped() -> None:
    start = time.monotonic()
    with pytest.raises(vinyl.DeadlineExceeded, match=r"vinyl.deadline\(0.3\)") as caught:
        within(0.3, run_slowly)
    assert time.monotonic() - start < 10
    assert isinstance(caught.value, TimeoutError)
    assert Artist.vinyl.exists()


def test_a_statement_is_stopped_between_its_rows() -> None:
    def work() -> None:
        vinyl.connection.execute(SLOW_ROWS[connection.vendor])

    with pytest.raises(vinyl.DeadlineExceeded):
        within(0.3, work)
    assert Artist.vinyl.exists()


def test_a_transaction_is_rolled_back() -> None:
    def work() -> None:
        with vinyl.atomic():
            Genre.vinyl.create(code="new", name="New")
            run_slowly()

    with pytest.raises(vinyl.DeadlineExceeded):
        within(0.3, work)
    assert not Genre.vinyl.filter(code="new").exists()


def test_what_has_been_committed_before_stays_as_the_error_says() -> None:
    def work() -> None:
        with vinyl.atomic():
            Genre.vinyl.create(code="new", name="New")
        run_slowly()

    with pytest.raises(vinyl.DeadlineExceeded, match="what it had committed before stays"):
        within(0.3, work)
    assert Genre.vinyl.filter(code="new").exists()


def test_the_shorter_of_two_deadlines_prevails() -> None:
    def work() -> None:
        within(20, run_slowly)

    start = time.monotonic()
    with pytest.raises(vinyl.DeadlineExceeded, match=r"vinyl.deadline\(0.3\)"):
        within(0.3, work)
    assert time.monotonic() - start < 10


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
def test_the_server_knows_and_forgets_the_limit() -> None:
    before = limit_in_the_server()
    with vinyl.deadline(20):
        assert 0 < limit_in_the_server() <= 20_250
    assert limit_in_the_server() == before
    with vinyl.atomic():
        with vinyl.deadline(20):
            assert 0 < limit_in_the_server() <= 20_250
        assert limit_in_the_server() == before


SETTING = {"postgresql": "statement_timeout", "mysql": "max_statement_time"}


def limit_as_told() -> str:
    """Return the limit that the server has for a statement, as it says it."""
    return str(vinyl.connection.fetch_value(LIMIT[connection.vendor]))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
def test_a_smaller_limit_of_the_users_holds_and_each_is_back_afterwards() -> None:
    setting = SETTING[connection.vendor]
    with vinyl.connection.pinned():
        try:
            milliseconds = 7_000 if connection.vendor == "postgresql" else 7
            vinyl.connection.execute(f"SET {setting} = {milliseconds}")
            told = limit_as_told()
            with vinyl.deadline(20):
                assert limit_as_told() == told
            with vinyl.deadline(5):
                assert limit_as_told() != told
            assert limit_as_told() == told
            with vinyl.atomic():
                with vinyl.deadline(20):
                    assert limit_as_told() == told
                with vinyl.deadline(5):
                    assert limit_as_told() != told
                assert limit_as_told() == told
        finally:
            vinyl.connection.execute(f"SET {setting} = DEFAULT")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the others have no SET LOCAL")
def test_a_limit_of_the_transaction_is_back_after_a_statement() -> None:
    with vinyl.atomic():
        vinyl.connection.execute("SET LOCAL statement_timeout = '7s'")
        with vinyl.deadline(5):
            assert limit_as_told() != "7s"
        assert limit_as_told() == "7s"
        with vinyl.deadline(20):
            vinyl.connection.execute("SELECT set_config('statement_timeout', %s, true)", ["6s"])
            assert limit_as_told() == "6s"
        assert limit_as_told() == "6s"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
def test_a_comment_at_the_end_does_not_keep_the_limit() -> None:
    before = limit_as_told()
    with vinyl.atomic():
        with vinyl.deadline(20):
            assert vinyl.connection.fetch_value("SELECT 1 -- one") == 1
        assert limit_as_told() == before


@pytest.mark.parametrize("seconds", [3_000_000, 1e300, float("inf")])
def test_a_deadline_may_be_far_off(seconds) -> None:
    with vinyl.deadline(seconds):
        assert Genre.vinyl.count() == 6
        with vinyl.atomic():
            assert Genre.vinyl.count() == 6


def test_a_deadline_that_passed_lets_nothing_begin() -> None:
    def work() -> None:
        time.sleep(0.02)  # noqa: ASYNC251  as a computation that takes too long
        Artist.vinyl.exists()

    with pytest.raises(vinyl.DeadlineExceeded):
        within(0.01, work)


def test_other_errors_stay_what_they_are() -> None:
    def work() -> None:
        Genre.vinyl.get(code="no such")

    with pytest.raises(Genre.DoesNotExist):
        within(20, work)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_deadline_takes_a_positive_number(seconds) -> None:
    with pytest.raises(ValueError, match="positive number of seconds"):
        vinyl.deadline(seconds)


def test_a_deadline_is_for_one_block_at_a_time() -> None:
    deadline = vinyl.deadline(20)
    with deadline:
        with pytest.raises(RuntimeError, match="begun already"):
            with deadline:
                pass
