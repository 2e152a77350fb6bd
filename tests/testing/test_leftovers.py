"""What a test's event loop leaves behind when it ends."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from typing import Any

import pytest
from django.db import connection

from vinyl._runtime._async.databases import database


def test_a_connection_whose_opening_is_cancelled_is_closed(run: Any) -> None:
    if connection.vendor != "sqlite":
        return  # The others connect without a thread, which goes on.
    made: list[sqlite3.Connection] = []

    async def cancel_opening() -> None:
        driver: Any = database("default").driver
        connect = driver._connect
        driver._connect = lambda: made.append(connect()) or made[-1]
        opening = asyncio.create_task(driver.connect())
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        async with asyncio.timeout(10):
            while made and _is_open(made[-1]):  # noqa: ASYNC110 - a thread closes it
                await asyncio.sleep(0.001)

    asyncio.run(cancel_opening())
    gc.collect()


def _is_open(raw: sqlite3.Connection) -> bool:
    try:
        raw.total_changes  # noqa: B018
    except sqlite3.ProgrammingError:
        return False
    return True
