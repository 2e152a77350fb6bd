"""Settings that cannot work give one clear error each, of Django's class, with no password."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection, connections

import vinyl
from tests.app.stock import stock
from tests.app.written import Counter
from vinyl._runtime._async.databases import database

from .support import all_slots_work, pool_of, settled

pytestmark = pytest.mark.usefixtures("bank")

SECRET = "s3cret-pa55word"
on_a_server = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server")

WRONG: dict[str, dict[str, Any]] = {
    "host": {"HOST": "no-such-host.invalid"},
    "port": {"HOST": "127.0.0.1", "PORT": "1"},
    "user": {"USER": "vinyl_nobody"},
    "database": {"NAME": "vinyl_no_such_database"},
}


@on_a_server
@pytest.mark.parametrize("what", WRONG)
async def test_a_server_that_cannot_be_reached(what: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = WRONG[what] if what == "database" else {"PASSWORD": SECRET} | WRONG[what]
    async with pool_of(2, **wrong):
        start = time.monotonic()
        with pytest.raises(OperationalError) as caught:
            await Counter.vinyl.count()
        assert time.monotonic() - start < 20
        error = caught.value
        assert error.__cause__ is not None
        shown = [str(error), repr(error), str(error.__cause__), repr(database("default").driver)]
        shown += [repr(database("default").pool), repr(database("default")), caplog.text]
        assert not [text for text in shown if SECRET in text]
        both = await asyncio.gather(
            *(Counter.vinyl.acount() for _ in range(4)), return_exceptions=True
        )
        assert all(isinstance(each, OperationalError) for each in both)
    assert await Counter.vinyl.exists()


async def test_an_option_that_the_driver_does_not_know() -> None:
    async with pool_of(2, OPTIONS={"no_such_option": SECRET}):
        with pytest.raises((ImproperlyConfigured, DatabaseError), match="no_such_option") as caught:
            await Counter.vinyl.count()
        assert SECRET not in str(caught.value)
    assert await Counter.vinyl.exists()


async def test_a_pool_of_no_connections() -> None:
    async with pool_of(0):
        with pytest.raises(ImproperlyConfigured, match=r"max_size=0.*max_size >= 1"):
            await Counter.vinyl.count()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a role's setting is PostgreSQL's")
async def test_a_read_only_replica_refuses_writes() -> None:
    options = {"options": "-c default_transaction_read_only=on"}
    async with pool_of(1, OPTIONS=options):
        with pytest.raises(DatabaseError, match="read-only transaction"):
            await Counter.vinyl.create(name="new")
        with pytest.raises(DatabaseError, match="read-only transaction"):
            async with vinyl.atomic():
                await Counter.vinyl.filter(name="account 1").update(value=0)
        assert await Counter.vinyl.exists()
        await settled()
        await all_slots_work(1)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a role's limit is PostgreSQL's")
async def test_an_exhausted_server_says_so_and_those_who_wait_are_served() -> None:
    role = f"vinyl_limited_{connections['default'].settings_dict['NAME']}"

    def run(*statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    stock(
        lambda: run(
            f"CREATE ROLE \"{role}\" LOGIN PASSWORD '{SECRET}' CONNECTION LIMIT 2",
            f'GRANT SELECT ON shop_counter TO "{role}"',
        )
    )
    try:
        async with pool_of(5, USER=role, PASSWORD=SECRET):
            found = await asyncio.gather(
                *(vinyl.connection.execute("SELECT pg_sleep(0.05)") for _ in range(12)),
                return_exceptions=True,
            )
            errors = [each for each in found if isinstance(each, BaseException)]
            assert len(errors) < 12
            for error in errors:
                assert isinstance(error, OperationalError)
                assert "too many connections" in str(error)
                assert SECRET not in repr(error)
            await settled()
            await all_slots_work(2)
    finally:
        stock(lambda: run(f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}"'))
