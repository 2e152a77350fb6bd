"""Settings that cannot work give one clear error each, of Django's class, with no password."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection, connections

import vinyl
from tests.app.stock import stock
from tests.app.written import Counter
from vinyl._runtime._async.databases import database

from .support import EACH, all_slots_work, pool_of, settled, values

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
        with pytest.raises(ImproperlyConfigured, match=r"'max_size'\] is 0; .*max_size >= 1"):
            await Counter.vinyl.count()


def run(*statements: str) -> None:
    """Run statements, by stock Django."""

    def each() -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    stock(each)


@pytest.fixture
def limited() -> Iterator[str]:
    """A role with a password that may read, over two sessions at most."""
    name = f"{connections['default'].settings_dict['NAME']}_limited"[-60:]
    if connection.vendor == "postgresql":
        run(
            f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{SECRET}' CONNECTION LIMIT 2",
            f'GRANT SELECT ON shop_counter TO "{name}"',
        )
        yield name
        run(f'DROP OWNED BY "{name}"', f'DROP ROLE "{name}"')
    else:
        run(
            f"CREATE USER `{name}`@'%' IDENTIFIED BY '{SECRET}' WITH MAX_USER_CONNECTIONS 2",
            f"GRANT SELECT ON shop_counter TO `{name}`@'%'",
        )
        yield name
        run(f"DROP USER `{name}`@'%'")


@on_a_server
async def test_an_exhausted_server_says_so_and_those_who_wait_are_served(limited: str) -> None:
    slow = {"postgresql": "SELECT pg_sleep(0.05)", "mysql": "SELECT SLEEP(0.05)"}
    said = {
        "postgresql": f'too many connections for role "{limited}"',
        "mysql": f"'{limited}' has exceeded the 'max_user_connections' resource",
    }
    async with pool_of(5, USER=limited, PASSWORD=SECRET):
        found = await asyncio.gather(
            *(vinyl.connection.execute(slow[connection.vendor]) for _ in range(12)),
            return_exceptions=True,
        )
        errors = [each for each in found if isinstance(each, BaseException)]
        assert len(errors) < 12
        for error in errors:
            assert isinstance(error, OperationalError)
            assert said[connection.vendor] in str(error)
            assert SECRET not in repr(error)
        await settled()
        await all_slots_work(2)


@pytest.mark.skipif(connection.vendor != "mysql", reason="tests/clusters has PostgreSQL's")
async def test_a_wrong_password_of_a_user_that_there_is(
    limited: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = f"not-{SECRET}"
    async with pool_of(2, USER=limited, PASSWORD=SECRET):
        assert await Counter.vinyl.exists()
    async with pool_of(2, USER=limited, PASSWORD=wrong):
        with pytest.raises(OperationalError, match=f"Access denied for user '{limited}'") as caught:
            await Counter.vinyl.count()
        cause = caught.value.__cause__
        shown = f"{caught.value!r} {cause!r} {database('default').driver!r} {caplog.text}"
        assert SECRET not in shown


READ_ONLY = {
    "postgresql": ({"options": "-c default_transaction_read_only=on"}, "read-only transaction"),
    "mysql": ({"init_command": "SET SESSION TRANSACTION READ ONLY"}, "READ ONLY transaction"),
    "sqlite": ({"init_command": "PRAGMA query_only = ON"}, "readonly database"),
}


async def test_a_read_only_database_refuses_writes() -> None:
    options, said = READ_ONLY[connection.vendor]
    async with pool_of(1, OPTIONS=options):
        with pytest.raises(DatabaseError, match=said):
            await Counter.vinyl.create(name="new")
        with pytest.raises(DatabaseError, match=said):
            async with vinyl.atomic():
                await Counter.vinyl.filter(name="account 1").update(value=0)
        assert await Counter.vinyl.exists()
        await settled()
        await all_slots_work(1)
    assert values()["account 1"] == EACH


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a file is SQLite's")
async def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    missing = tmp_path / "no-such-folder" / "db.sqlite3"
    async with pool_of(2, NAME=str(missing)):
        with pytest.raises(OperationalError, match=r"unable to open database file.*no-such-folder"):
            await Counter.vinyl.count()
    assert await Counter.vinyl.exists()
