"""An object whose insert() was cancelled is a new one still, and leaves no rows."""

from __future__ import annotations

import asyncio

import pytest

import vinyl
from tests.app.written import Creation, Film

pytestmark = pytest.mark.usefixtures("pools", "db")


@pytest.mark.parametrize("table", ["shop_story", "shop_film"])
async def test_a_cancelled_insert_leaves_a_new_object(table: str) -> None:
    film = Film.vinyl(name="Film")
    reached = asyncio.Event()

    async def stop(execute, sql, params, many, context):
        if sql.startswith("INSERT") and table in sql:
            reached.set()
            await asyncio.Event().wait()
        return await execute(sql, params, many, context)

    async def insert() -> None:
        with vinyl.connections["default"].execute_wrapper(stop):
            await film.insert()

    task = asyncio.create_task(insert())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert film._state.adding
    assert film.pk is film.id is None
    assert await Creation.vinyl.count() == 0
    await film.insert()
    assert (await Film.vinyl.get()).name == "Film"
