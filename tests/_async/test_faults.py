"""A write that fails at any of its statements leaves nothing half done."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

import vinyl
from tests._async.writing import WRITES, Write
from tests.app.models import Genre
from tests.app.stock import stock
from tests.differential.normal import normal

# More statements than any of the writes takes.
MANY = 60


class Fault:
    """
    Let one statement fail: before it is sent, or after, as a connection does that is lost with
    the answer.
    """

    def __init__(self, at: int, when: str = "after") -> None:
        self.at = at
        self.when = when
        self.seen = 0

    async def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # What opens a transaction passes here in the sync twin only.
        if sql.startswith(("BEGIN", "SET SESSION")):
            return await execute(sql, params, many, context)
        self.seen += 1
        # Another statement may pass in the meantime: the savepoint that this one needs.
        is_it = self.seen == self.at
        if is_it and self.when == "before":
            raise OperationalError(f"planted before {sql}")
        result = await execute(sql, params, many, context)
        if is_it:
            raise OperationalError(f"planted after {sql}")
        return result


def changes(snapshots: Any) -> Any:
    return stock(lambda: snapshots["default"].changes())


def put_back(snapshots: Any) -> None:
    stock(lambda: [snapshot.restore() for snapshot in snapshots.values()])


def shape(changes: Any) -> Any:
    """Return how many rows went and came: new keys are others after what was rolled back."""
    return {table: [len(rows) for rows in each.values()] for table, each in changes.items()}


async def complete_changes(write: Write, snapshots: Any) -> Any:
    """Return what the write changes when nothing fails."""
    await write.act(await write.prepare())
    found = shape(changes(snapshots))
    assert found, "this write changes nothing"
    put_back(snapshots)
    return found


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_nothing_is_half_done(write: Write, when: str, db: None, snapshots: Any) -> None:
    complete = await complete_changes(write, snapshots)
    for at in range(1, MANY):
        obj = await write.prepare()
        before = normal(obj)
        fault = Fault(at, when)
        try:
            with vinyl.connections["default"].execute_wrapper(fault):
                await write.act(obj)
        except OperationalError:
            left = changes(snapshots)
            if left:
                assert when == "after"
                # The one statement that writes did run, and has done all of it.
                assert shape(left) == complete
                put_back(snapshots)
            if write.kept:
                assert normal(obj) == before, f"statement {at}"
            assert not vinyl.connections["default"].in_atomic_block
        else:
            assert fault.seen < at, "the fault was swallowed"
            assert shape(changes(snapshots)) == complete
            return
    pytest.fail("the write does not come to its end")


@pytest.mark.parametrize("write", WRITES[::3], ids=str)
async def test_nothing_is_half_done_in_a_block_that_goes_on(
    write: Write, db: None, snapshots: Any
) -> None:
    for at in range(1, MANY):
        fault = Fault(at)
        async with vinyl.atomic():
            obj = await write.prepare()
            try:
                async with vinyl.atomic():
                    with vinyl.connections["default"].execute_wrapper(fault):
                        await write.act(obj)
            except OperationalError:
                pass
            await Genre.vinyl.create(code="after", name="After")
        if fault.seen < at:
            return
        assert set(changes(snapshots)) == {"shop_genre"}, f"statement {at}"
        await Genre.vinyl.filter(code="after").delete()
    pytest.fail("the write does not come to its end")


async def test_what_failed_can_be_done_again(db: None, snapshots: Any) -> None:
    for write in WRITES:
        obj = await write.prepare()
        with (
            pytest.raises(OperationalError),
            vinyl.connections["default"].execute_wrapper(Fault(1)),
        ):
            async with vinyl.atomic():
                await write.act(obj)
        await write.act(obj)
        assert changes(snapshots)
        put_back(snapshots)
