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


async def run_slowly() -> None:
    await vinyl.connection.execute(SLOW[connection.vendor])


async def limit_in_the_server() -> float:
    """Return the limit that the server has for a statement, in its own unit; 0 for none."""
    ((value,),) = (await vinyl.connection.execute(LIMIT[connection.vendor])).rows
    return float(str(value).rstrip("ms"))


async def within(seconds: float, work) -> None:
    """Do work under a deadline."""
    async with vinyl.deadline(seconds):
        await work()


async def test_what_is_done_in_time_is_not_touched() -> None:
    async with vinyl.deadline(20):
        assert await Artist.vinyl.exists()
        artist = await Artist.vinyl.create(name="In time")
        await artist.update(name="Still in time")
    assert await Artist.vinyl.filter(name="Still in time").exists()


async def test_a_statement_is_stopped() -> None:
    start = time.monotonic()
    with pytest.raises(vinyl.DeadlineExceeded, match=r"vinyl.deadline\(0.3\)") as caught:
        await within(0.3, run_slowly)
    assert time.monotonic() - start < 10
    assert isinstance(caught.value, TimeoutError)
    assert await Artist.vinyl.exists()


async def test_a_statement_is_stopped_between_its_rows() -> None:
    async def work() -> None:
        await vinyl.connection.execute(SLOW_ROWS[connection.vendor])

    with pytest.raises(vinyl.DeadlineExceeded):
        await within(0.3, work)
    assert await Artist.vinyl.exists()


async def test_a_transaction_is_rolled_back() -> None:
    async def work() -> None:
        async with vinyl.atomic():
            await Genre.vinyl.create(code="new", name="New")
            await run_slowly()

    with pytest.raises(vinyl.DeadlineExceeded):
        await within(0.3, work)
    assert not await Genre.vinyl.filter(code="new").exists()


async def test_what_has_been_committed_before_stays_as_the_error_says() -> None:
    async def work() -> None:
        async with vinyl.atomic():
            await Genre.vinyl.create(code="new", name="New")
        await run_slowly()

    with pytest.raises(vinyl.DeadlineExceeded, match="what it had committed before stays"):
        await within(0.3, work)
    assert await Genre.vinyl.filter(code="new").exists()


async def test_the_shorter_of_two_deadlines_prevails() -> None:
    async def work() -> None:
        await within(20, run_slowly)

    start = time.monotonic()
    with pytest.raises(vinyl.DeadlineExceeded, match=r"vinyl.deadline\(0.3\)"):
        await within(0.3, work)
    assert time.monotonic() - start < 10


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
async def test_the_server_knows_and_forgets_the_limit() -> None:
    before = await limit_in_the_server()
    async with vinyl.deadline(20):
        assert 0 < await limit_in_the_server() <= 20_250
    assert await limit_in_the_server() == before
    async with vinyl.atomic():
        async with vinyl.deadline(20):
            assert 0 < await limit_in_the_server() <= 20_250
        assert await limit_in_the_server() == before


SETTING = {"postgresql": "statement_timeout", "mysql": "max_statement_time"}


async def limit_as_told() -> str:
    """Return the limit that the server has for a statement, as it says it."""
    return str(await vinyl.connection.fetch_value(LIMIT[connection.vendor]))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
async def test_a_smaller_limit_of_the_users_holds_and_each_is_back_afterwards() -> None:
    setting = SETTING[connection.vendor]
    async with vinyl.connection.pinned():
        try:
            milliseconds = 7_000 if connection.vendor == "postgresql" else 7
            await vinyl.connection.execute(f"SET {setting} = {milliseconds}")
            told = await limit_as_told()
            async with vinyl.deadline(20):
                assert await limit_as_told() == told
            async with vinyl.deadline(5):
                assert await limit_as_told() != told
            assert await limit_as_told() == told
            async with vinyl.atomic():
                async with vinyl.deadline(20):
                    assert await limit_as_told() == told
                async with vinyl.deadline(5):
                    assert await limit_as_told() != told
                assert await limit_as_told() == told
        finally:
            await vinyl.connection.execute(f"SET {setting} = DEFAULT")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the others have no SET LOCAL")
async def test_a_limit_of_the_transaction_is_back_after_a_statement() -> None:
    async with vinyl.atomic():
        await vinyl.connection.execute("SET LOCAL statement_timeout = '7s'")
        async with vinyl.deadline(5):
            assert await limit_as_told() != "7s"
        assert await limit_as_told() == "7s"
        async with vinyl.deadline(20):
            await vinyl.connection.execute(
                "SELECT set_config('statement_timeout', %s, true)", ["6s"]
            )
            assert await limit_as_told() == "6s"
        assert await limit_as_told() == "6s"


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")
async def test_a_comment_at_the_end_does_not_keep_the_limit() -> None:
    before = await limit_as_told()
    async with vinyl.atomic():
        async with vinyl.deadline(20):
            assert await vinyl.connection.fetch_value("SELECT 1 -- one") == 1
        assert await limit_as_told() == before


@pytest.mark.parametrize("seconds", [3_000_000, 1e300, float("inf")])
async def test_a_deadline_may_be_far_off(seconds) -> None:
    async with vinyl.deadline(seconds):
        assert await Genre.vinyl.count() == 6
        async with vinyl.atomic():
            assert await Genre.vinyl.count() == 6


async def test_a_deadline_that_passed_lets_nothing_begin() -> None:
    async def work() -> None:
        time.sleep(0.02)  # noqa: ASYNC251  as a computation that takes too long
        await Artist.vinyl.exists()

    with pytest.raises(vinyl.DeadlineExceeded):
        await within(0.01, work)


async def test_other_errors_stay_what_they_are() -> None:
    async def work() -> None:
        await Genre.vinyl.get(code="no such")

    with pytest.raises(Genre.DoesNotExist):
        await within(20, work)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_deadline_takes_a_positive_number(seconds) -> None:
    with pytest.raises(ValueError, match="positive number of seconds"):
        vinyl.deadline(seconds)


async def test_a_deadline_is_for_one_block_at_a_time() -> None:
    deadline = vinyl.deadline(20)
    async with deadline:
        with pytest.raises(RuntimeError, match="begun already"):
            async with deadline:
                pass
