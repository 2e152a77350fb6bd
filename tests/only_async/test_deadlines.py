"""A deadline ends with its block, in whatever task that is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

import vinyl
from tests.app.models import Genre
from vinyl.deadlines import seconds_left

pytestmark = pytest.mark.usefixtures("db")


async def numbers(seconds: float) -> AsyncIterator[int]:
    async with vinyl.deadline(seconds):
        yield 1
        yield 2


async def end_elsewhere(generator: AsyncIterator[int]) -> None:
    """End a generator as the event loop does with one that was left early."""
    await asyncio.create_task(generator.aclose())  # type: ignore[attr-defined]


async def test_left_early_in_a_generator_it_ends_with_that() -> None:
    loop = asyncio.get_running_loop()
    generator = numbers(0.1)
    assert await anext(generator) == 1
    await end_elsewhere(generator)
    later = loop.create_future()
    loop.call_later(0.2, later.set_result, None)
    await later  # The timer of the deadline would have come before.
    assert seconds_left() is None
    assert await Genre.vinyl.count() == 6


async def test_that_one_around_such_a_generator_stays() -> None:
    async with vinyl.deadline(60):
        generator = numbers(20)
        assert await anext(generator) == 1
        assert 0 < (seconds_left() or 0) <= 20
        await end_elsewhere(generator)
        assert 20 < (seconds_left() or 0) <= 60
    assert seconds_left() is None


async def test_that_one_around_may_end_first() -> None:
    generator = numbers(60)
    async with vinyl.deadline(20):
        assert await anext(generator) == 1
        assert 0 < (seconds_left() or 0) <= 20
    assert 20 < (seconds_left() or 0) <= 60
    assert await anext(generator) == 2
    with pytest.raises(StopAsyncIteration):
        await anext(generator)
    assert seconds_left() is None


async def test_a_task_that_outlives_the_block_has_no_deadline() -> None:
    go = asyncio.Event()

    async def work() -> float | None:
        await go.wait()
        return seconds_left()

    async with vinyl.deadline(20):
        task = asyncio.create_task(work())
    go.set()
    assert await task is None


async def test_a_plain_with_says_what_to_write() -> None:
    with pytest.raises(vinyl.WrongMode, match=r"`async with vinyl\.deadline"), vinyl.deadline(20):
        pass
    assert seconds_left() is None
