"""A Galera pair: writes on one node, reads on the other, and the loss of either."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connections
from django.test.utils import override_settings

import vinyl
from tests.app.models import Genre
from tests.clusters import mariadb
from vinyl.routers import PrimaryReplicaRouter, read_from_primary

pytestmark = pytest.mark.usefixtures("pools")

Pair = tuple[mariadb.Node, mariadb.Node]
LOST = (OperationalError, InterfaceError)


class Router(PrimaryReplicaRouter):
    """vinyl's router for these two nodes; the application chooses where to write."""

    writer = "one"
    seconds = 0.0  # a node that is told to wait has nothing to be behind with

    @property
    def replicas(self) -> dict[str, list[str]]:
        return {"one": ["two"], "two": ["one"]}

    def primary_of(self, model: Any, **hints: Any) -> str:
        return self.writer


@pytest.fixture
def pair(alias: Callable[..., str]) -> Iterator[Pair]:
    """The aliases `one` and `two`, each with the same table."""
    with mariadb.galera_pair() as nodes:
        # Reads wait until the node has applied what was committed before, wherever it was.
        options = {
            "init_command": "SET SESSION wsrep_sync_wait = 1",
            "connect_timeout": 3,
        }
        for name, node in zip(("one", "two"), nodes, strict=True):
            alias(name, node.entry(OPTIONS=options))
        with connections["one"].schema_editor() as editor:
            editor.create_model(Genre)
        with override_settings(DATABASE_ROUTERS=["tests.clusters.test_galera.Router"]):
            yield nodes
        Router.writer = "one"


async def served(work: Callable[[], Any], seconds: float = 30) -> Any:
    """Try until it succeeds: what the application's callers do while nodes agree."""
    end = time.monotonic() + seconds
    while True:
        try:
            return await work()
        except LOST:
            if time.monotonic() > end:
                raise


async def in_a_request(work: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().create_task(work(), context=Context())


async def test_what_is_written_on_one_node_is_read_on_the_other_and_either_may_be_lost(
    pair: Pair,
) -> None:
    one, two = pair

    async def write(code: str) -> None:
        async with vinyl.atomic(Router.writer):
            await Genre.vinyl.create(code=code, name="new")
            await Genre.vinyl.filter(code=code).update(name="changed")

    async def read_where_it_is_written() -> tuple[str, set[str]]:
        with read_from_primary():
            return await read()

    async def read() -> tuple[str, set[str]]:
        genres = Genre.vinyl.all()
        return genres.db, {genre.pk async for genre in genres.filter(name="changed")}

    await in_a_request(lambda: write("a"))
    assert await in_a_request(read) == ("two", {"a"})

    # The node that is read from dies as in a power cut.
    await asyncio.to_thread(two.kill)
    with pytest.raises(LOST):
        await in_a_request(read)
    await served(lambda: in_a_request(lambda: write("b")))
    assert await in_a_request(read_where_it_is_written) == ("one", {"a", "b"})

    # It comes back, gets what it has missed, and is read from again.
    await asyncio.to_thread(two.start)
    assert await served(lambda: in_a_request(read)) == ("two", {"a", "b"})

    # The node that is written to goes, and the other takes its place.
    await asyncio.to_thread(one.stop)
    with pytest.raises(LOST):
        await in_a_request(lambda: write("c"))
    Router.writer = "two"
    await served(lambda: in_a_request(lambda: write("c")))
    assert await in_a_request(read_where_it_is_written) == ("two", {"a", "b", "c"})


async def test_two_writers_on_two_nodes_leave_all_or_nothing(pair: Pair) -> None:
    """Who commits second on the same row is refused with a deadlock, and writes again."""
    accounts = 4
    each = 25
    one = Genre.vinyl.using("one")
    await one.bulk_create([Genre(code=f"{n}", name="100") for n in range(accounts)])
    refused: list[int] = []

    async def move(alias: str, source: int, target: int) -> None:
        while True:
            try:
                async with vinyl.atomic(alias):
                    for number, change in sorted(((source, -1), (target, 1))):
                        row = Genre.vinyl.using(alias).filter(code=str(number))
                        genre = await row.select_for_update().get()
                        await row.update(name=str(int(genre.name) + change))
            except OperationalError as exc:
                refused.append(exc.args[0])
            else:
                return

    async def writer(alias: str, start: int) -> None:
        for turn in range(start, start + each):
            await move(alias, turn % accounts, (turn + 1 + turn % 3) % accounts)

    async with asyncio.timeout(60):
        await asyncio.gather(*(writer(alias, n) for alias in ("one", "two") for n in range(2)))
    found = []
    for alias in ("one", "two"):
        names = [genre.name async for genre in Genre.vinyl.using(alias).order_by("pk")]
        found.append(names)
        assert sum(map(int, names)) == 100 * accounts
        assert vinyl.connections[alias].pool_stats.waiting == 0
    assert found[0] == found[1]
    assert refused
    assert set(refused) <= {1213, 1205, 1020}  # deadlock, waited too long, changed meanwhile
