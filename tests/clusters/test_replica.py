"""The router, on a primary with a streaming replica that is made to fall behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any

import pytest
from django.db import connections
from django.db.transaction import atomic as stock_atomic
from django.test.utils import override_settings

import vinyl
from tests.app.models import Genre
from tests.clusters import postgresql

WINDOW = 1.0


class Router:
    """vinyl's router for these two servers, on every model."""

    def __new__(cls) -> Any:
        from vinyl.routers import PrimaryReplicaRouter

        class OfTheTest(PrimaryReplicaRouter):
            replicas = {"primary": ["replica"]}
            seconds = WINDOW

            def primary_of(self, model: Any, **hints: Any) -> str:
                return "primary"

        return OfTheTest()


@pytest.fixture(scope="module")
def replica(primary: postgresql.Node) -> Iterator[postgresql.Node]:
    with postgresql.replica_of(primary) as node:
        yield node


@pytest.fixture
def behind(
    primary: postgresql.Node, replica: postgresql.Node, alias: Callable[..., str]
) -> Iterator[None]:
    """The aliases `primary` and `replica`; the replica shows nothing new."""
    alias("primary", primary.entry())
    alias("replica", replica.entry())
    with connections["primary"].schema_editor() as editor:
        editor.create_model(Genre)
    with connections["primary"].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn()::text")
        written = cursor.fetchone()[0]
    with connections["replica"].cursor() as cursor:
        end = time.monotonic() + 20
        while True:
            cursor.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [written])
            if cursor.fetchone()[0]:
                break
            assert time.monotonic() < end
            time.sleep(0.05)
        cursor.execute("SELECT pg_wal_replay_pause()")
        cursor.execute("SELECT pg_get_wal_replay_pause_state()")
        while cursor.fetchone()[0] != "paused":
            cursor.execute("SELECT pg_get_wal_replay_pause_state()")
    with override_settings(DATABASE_ROUTERS=["tests.clusters.test_replica.Router"]):
        yield
    with connections["replica"].cursor() as cursor:
        cursor.execute("SELECT pg_wal_replay_resume()")
    connections["replica"].close()
    with connections["primary"].schema_editor() as editor:
        editor.delete_model(Genre)


async def test_reads_go_to_the_replica_and_see_ones_own_writes(behind: None, pools: None) -> None:
    async def write() -> list[int]:
        seen = [await Genre.vinyl.count()]
        new = await Genre.vinyl.create(code="a", name="a")
        seen.append(await Genre.vinyl.count())
        async with vinyl.atomic("primary"):
            await new.update(name="b")
            await Genre.vinyl.create(code="b", name="b")
            seen.append(await Genre.vinyl.count())
        seen.append(await Genre.vinyl.count())
        await asyncio.sleep(WINDOW)
        seen.append(await Genre.vinyl.count())
        async with vinyl.atomic("primary"):
            seen.append(await Genre.vinyl.count())
        return seen

    async def another() -> tuple[int, str | None]:
        return await Genre.vinyl.count(), Genre.vinyl.all().db

    loop = asyncio.get_running_loop()
    assert await loop.create_task(write(), context=Context()) == [0, 1, 2, 2, 0, 2]
    assert await loop.create_task(another(), context=Context()) == (0, "replica")


@pytest.mark.parametrize("manager", ["vinyl", "objects"])
def test_so_they_do_in_the_sync_twin_and_in_django(behind: None, manager: str) -> None:
    def write() -> list[int]:
        genres = getattr(Genre, manager)
        seen = [genres.count()]
        genres.create(code="a", name="a")
        seen.append(genres.count())
        with stock_atomic("primary"):
            genres.create(code="b", name="b")
            seen.append(genres.count())
        seen.append(genres.count())
        time.sleep(WINDOW)
        seen.append(genres.count())
        with vinyl.atomic("primary"):
            seen.append(genres.count())
        return seen

    assert Context().run(write) == [0, 1, 2, 2, 0, 2]


async def test_a_write_to_the_replica_is_the_servers_error(behind: None, pools: None) -> None:
    from django.db import InternalError

    with pytest.raises(InternalError, match="read-only transaction"):
        await Genre.vinyl.using("replica").create(code="a", name="a")
