"""A transaction that is cancelled at its n-th wait, for every n, on each database."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest
from django.db.models import F

import vinyl
from tests.app.written import Counter

from .support import EACH, Stepped, all_slots_work, pool_of, settled, values

pytestmark = pytest.mark.usefixtures("bank")

# More waits than any of the scripts has.
MANY = 400


class Oops(Exception):
    """What the script raises in a nested block."""


async def transfer(source: int, target: int, amount: int = 1) -> None:
    """Move money, in the one order in which nobody deadlocks."""
    changes = sorted([(source, -amount), (target, amount)])
    for number, change in changes:
        name = f"account {number}"
        await Counter.vinyl.filter(name=name).update(value=F("value") + change)


async def script() -> None:
    """Do in a transaction what there is to do."""
    async with vinyl.atomic():
        assert await Counter.vinyl.filter(name="account 0").exists()
        await Counter.vinyl.create(name="one", value=1)
        try:
            async with vinyl.atomic():
                await Counter.vinyl.filter(name="account 0").update(value=0)
                raise Oops
        except Oops:
            pass
        seen = [each.name async for each in Counter.vinyl.order_by("pk").iterator(chunk_size=9)]
        assert seen[-1] == "one"
        async with vinyl.atomic():
            await asyncio.gather(transfer(1, 2), transfer(3, 4))
        await transfer(5, 6)
        await Counter.vinyl.create(name="two", value=1)


async def script_without_block() -> None:
    """Run statements that commit by themselves, which a transaction is not needed for."""
    await Counter.vinyl.acount()
    async for _ in Counter.vinyl.order_by("pk").iterator(chunk_size=7):
        pass
    await asyncio.gather(*(Counter.vinyl.filter(value=n).exists() for n in range(3)))
    async with vinyl.deadline(60):
        await Counter.vinyl.get_or_none(name="account 1")


def all_or_nothing() -> bool:
    """Tell whether the script has committed; it has done all or nothing."""
    found = values()
    changed = {name: value for name, value in found.items() if value != EACH}
    assert changed in (
        {},
        {
            "one": 1, "two": 1,
            "account 1": 99, "account 2": 101,
            "account 3": 99, "account 4": 101,
            "account 5": 99, "account 6": 101,
        },
    )  # fmt: skip
    return bool(changed)


async def tidy() -> None:
    await Counter.vinyl.filter(name__in=["one", "two"]).delete()
    await Counter.vinyl.update(value=EACH)


@pytest.mark.parametrize("when", ["while", "as it ends", "twice"])
@pytest.mark.parametrize("fresh", [True, False], ids=["connecting", "connected"])
async def test_a_transaction_is_whole_or_not_there(when: str, fresh: bool) -> None:
    async with pool_of(2):
        committed = 0
        for at in range(1, MANY):
            if fresh:
                await vinyl.connections.close()
            stepped = Stepped(script(), at, when)
            await asyncio.wait([stepped.task])
            if not stepped.reached:
                assert stepped.task.exception() is None
                assert all_or_nothing()
                break
            if not stepped.task.cancelled():
                # Cancelled after its last wait, if not swallowed.
                assert stepped.task.exception() is None
                assert stepped.task.cancelling()
            await settled()
            if all_or_nothing():
                committed += 1
                await tidy()
        else:
            pytest.fail("the script does not come to its end")
        await all_slots_work(2)
        # Only those that were cancelled from COMMIT on.
        assert committed <= 6


@pytest.mark.parametrize("when", ["while", "as it ends", "twice"])
async def test_statements_outside_of_transactions_lose_nothing(when: str) -> None:
    async with pool_of(2):
        for at in range(1, MANY):
            stepped = Stepped(script_without_block(), at, when)
            await asyncio.wait([stepped.task])
            await settled()
            if not stepped.reached:
                assert stepped.task.exception() is None
                break
            assert stepped.task.cancelled() or stepped.task.cancelling()
            assert (await Counter.vinyl.get(name="account 7")).name == "account 7"
        await all_slots_work(2)


async def in_scope(work: Any, at: int) -> int:
    """Run work in anyio's cancel scope, which is cancelled at the n-th wait, for good."""
    with anyio.CancelScope() as scope:
        stepped = Stepped.__new__(Stepped)
        stepped.at, stepped.when, stepped.steps = at, "while", 0
        stepped._cancel = lambda _: asyncio.get_running_loop().call_soon(scope.cancel)
        await stepped._counted(work)
    return stepped.steps


async def test_a_cancel_scope_that_cancels_each_wait_leaves_all_or_nothing() -> None:
    async with pool_of(2):
        for at in range(1, MANY):
            steps = await in_scope(script(), at)
            await settled()
            done = all_or_nothing()
            if done:
                await tidy()
            if steps < at:
                assert done
                break
        await all_slots_work(2)
