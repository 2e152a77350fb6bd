"""A write that is cancelled at any of its statements leaves nothing half done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import vinyl
from tests._async.test_faults import MANY, changes, complete_changes, put_back, shape
from tests._async.writing import WRITES, Write
from tests.app.models import Genre
from tests.differential.normal import normal

pytestmark = pytest.mark.usefixtures("pools", "db")


class Cancellation:
    """Cancel the task at one statement: while it runs, or as soon as it did."""

    def __init__(self, at: int, when: str) -> None:
        self.at = at
        self.when = when
        self.seen = 0

    async def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.seen += 1
        is_it = self.seen == self.at
        task = asyncio.current_task()
        assert task is not None
        if is_it and self.when == "while":
            task.cancel()
        result = await execute(sql, params, many, context)
        if is_it:
            task.cancel()
            await asyncio.sleep(0)
        return result


@pytest.mark.parametrize("when", ["while", "after"])
@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_nothing_is_half_done(write: Write, when: str, snapshots: Any) -> None:
    complete = await complete_changes(write, snapshots)
    for at in range(1, MANY):
        obj = await write.prepare()
        before = normal(obj)
        cancellation = Cancellation(at, when)
        with vinyl.connections["default"].execute_wrapper(cancellation):
            task = asyncio.create_task(write.act(obj))
        await asyncio.wait([task])
        if not task.cancelled():
            assert task.exception() is None
            assert cancellation.seen < at, "the cancellation was swallowed"
            assert shape(changes(snapshots)) == complete
            return
        if left := changes(snapshots):
            # The one statement that writes did run, and has done all of it.
            assert shape(left) == complete
            put_back(snapshots)
        if write.kept:
            assert normal(obj) == before, f"statement {at}"
        assert await Genre.vinyl.count() == 6
    pytest.fail("the write does not come to its end")
