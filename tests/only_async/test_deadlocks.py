"""A deadlock inside an atomic block: MySQL rolls all of it back, so that nothing can go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app.models import Genre, Label
from tests.app.stock import stock

if connection.vendor != "mysql":
    pytest.skip(
        "on other databases a deadlock ends no more than a savepoint", allow_module_level=True
    )

pytestmark = pytest.mark.usefixtures("pools", "db")


Write = Callable[[str], Awaitable[Any]]


async def by_the_orm(code: str) -> None:
    await Label.vinyl.update_or_create({"founded": 2}, code=code)


async def by_hand(code: str) -> None:
    await vinyl.connection.execute("UPDATE shop_label SET founded = 2 WHERE code = %s", [code])


async def wanted(write: Write, code: str) -> OperationalError | None:
    try:
        await write(code)
    except OperationalError as error:
        return error
    return None


async def work(write: Write, first: str, second: str, both_hold: asyncio.Barrier) -> str:
    """Lock two rows, one after the other; tell how it ended."""
    try:
        async with vinyl.atomic():
            await Genre.vinyl.create(code=f"by {first}", name="x")
            await Label.vinyl.filter(code=first).update(founded=1)
            await both_hold.wait()
            error = await wanted(write, second)
            if error is not None:
                assert error.args[0] == 1213
                with pytest.raises(TransactionManagementError):
                    await Genre.vinyl.count()
                # The block goes on as if nothing had happened; it cannot be committed.
                return "lost"
    except TransactionManagementError:
        return "refused"
    return "won"


@pytest.mark.parametrize("write", [by_the_orm, by_hand])
async def test_a_deadlock_is_raised_and_the_block_around_is_rolled_back(write: Write) -> None:
    barrier = asyncio.Barrier(2)
    outcomes = await asyncio.gather(
        work(write, "ecm", "olo", barrier), work(write, "olo", "ecm", barrier)
    )
    assert sorted(outcomes) == ["lost", "won"]
    winner = ["ecm", "olo"][outcomes.index("won")]
    made = stock(lambda: list(Genre.objects.filter(name="x").values_list("code", flat=True)))
    assert made == [f"by {winner}"]
    assert not vinyl.connection.in_atomic_block
    assert await Genre.vinyl.count() == 7
