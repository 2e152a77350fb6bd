"""Relations to many under many tasks, and where a task is cancelled."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

import vinyl
from tests._async.test_related_managers import SEVERAL
from tests.app.models import Album, Artist, Track
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("pools", "db")


async def test_many_tasks_link_one_object_once() -> None:
    album = await Album.vinyl.get(pk=4)

    async def link() -> None:
        mine = await Album.vinyl.get(pk=4)
        await mine.genres.add("jazz", "pop")

    await asyncio.gather(*(link() for _ in range(20)))
    assert sorted(genre.pk for genre in await album.genres.all()) == ["jazz", "pop"]
    rows = Album.genres.through.objects.filter(album=4)
    assert stock(rows.count) == 2


async def test_many_tasks_make_one_object() -> None:
    values = {"year": 2024, "price": 1}

    async def make() -> Any:
        artist = await Artist.vinyl.get(pk=1)
        return await artist.albums.get_or_create(title="New", defaults=values)

    made = await asyncio.gather(*(make() for _ in range(20)))
    assert len({album.pk for album, _ in made}) == 1
    assert sum(created for _, created in made) == 1


@pytest.mark.parametrize("write", SEVERAL, ids=lambda write: str(write.__name__))
async def test_a_cancelled_write_leaves_nothing_half_done(write: Any, snapshots: Any) -> None:
    number = 0
    while True:
        number += 1
        assert number < 20
        sent = 0

        async def cancel(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal sent
            outcome = await execute(sql, params, many, context)
            sent += not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK"))
            if sent == number and not done.is_set():  # noqa: B023
                done.set()  # noqa: B023
                task.cancel()  # noqa: B023
                await asyncio.sleep(0)
            return outcome

        done = asyncio.Event()
        with vinyl.connections["default"].execute_wrapper(cancel):
            task = asyncio.create_task(write())
            with suppress(asyncio.CancelledError):
                await task
        if not task.cancelled():
            break
        changes = stock(lambda: snapshots["default"].changes())
        # A statement that is alone commits by itself, before the task hears of its end.
        assert changes == {}
    assert stock(lambda: snapshots["default"].changes())
    assert number > 2


async def test_a_manager_of_the_async_twin_is_refused_in_sync_mode() -> None:
    track = await Track.vinyl.get(pk=1)
    with vinyl.async_mode(False), pytest.raises(vinyl.WrongMode, match="add"):
        track.guests.add(1)
