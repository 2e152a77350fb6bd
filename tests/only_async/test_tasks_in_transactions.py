"""Transactions and tasks: children take part, strangers do not, nobody is left behind."""

# ruff: noqa: PT012  what a transaction does with an error is seen around its whole block

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app.models import Genre
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("pools", "db")


class Oops(Exception):
    """What the tests raise to break a block."""


async def create(code: str) -> None:
    await Genre.vinyl.create(code=code, name="new")


def stored() -> set[str]:
    """Return the new genres that another connection sees."""
    return stock(lambda: set(Genre.objects.filter(name="new").values_list("pk", flat=True)))


async def test_child_tasks_work_in_the_transaction() -> None:
    with pytest.raises(Oops):
        async with vinyl.atomic():
            await asyncio.gather(*(create(code) for code in "abcde"))
            assert await Genre.vinyl.filter(name="new").count() == 5
            raise Oops
    assert stored() == set()


async def test_what_child_tasks_wrote_is_committed_with_the_block() -> None:
    async with vinyl.atomic():
        await asyncio.gather(*(create(code) for code in "abcde"))
    assert stored() == set("abcde")


async def test_no_tasks_statements_land_in_anothers_savepoint() -> None:
    async def fails(code: str) -> None:
        async with vinyl.atomic():
            await create(code)
            await asyncio.sleep(0)
            raise Oops

    async def works(code: str) -> None:
        async with vinyl.atomic():
            await create(code)
            await asyncio.sleep(0)
        await create(code * 2)

    async with vinyl.atomic():
        await asyncio.gather(
            *(works(code) for code in "ace"),
            *(fails(code) for code in "bdf"),
            return_exceptions=True,
        )
    assert stored() == {"a", "aa", "c", "cc", "e", "ee"}


async def test_a_mark_set_in_the_outer_block_is_not_that_of_a_tasks_nested_block() -> None:
    inside, marked = asyncio.Event(), asyncio.Event()

    async def nested() -> None:
        async with vinyl.atomic():
            await create("a")
            inside.set()
            await marked.wait()
            assert vinyl.get_rollback() is False
            with pytest.raises(TransactionManagementError):
                await Genre.vinyl.count()

    async with vinyl.atomic():
        task = asyncio.create_task(nested())
        await inside.wait()
        vinyl.set_rollback(True)
        marked.set()
        await task
        assert vinyl.get_rollback() is True
    assert stored() == set()


async def test_a_mark_set_in_a_nested_block_is_not_that_of_the_outer_one() -> None:
    inside, looked = asyncio.Event(), asyncio.Event()

    async def nested() -> None:
        async with vinyl.atomic():
            await create("a")
            async with vinyl.atomic(savepoint=False):
                vinyl.set_rollback(True)
            assert vinyl.get_rollback() is True
            inside.set()
            await looked.wait()

    async with vinyl.atomic():
        task = asyncio.create_task(nested())
        await inside.wait()
        marked = vinyl.get_rollback()
        looked.set()
        await task
        assert marked is False
        await create("b")
    assert stored() == {"b"}


async def test_the_outer_block_goes_on_where_its_mark_is_taken_back() -> None:
    inside, marked = asyncio.Event(), asyncio.Event()

    async def nested() -> None:
        async with vinyl.atomic():
            await create("a")
            inside.set()
            await marked.wait()

    async with vinyl.atomic():
        task = asyncio.create_task(nested())
        await inside.wait()
        vinyl.set_rollback(True)
        marked.set()
        await task
        vinyl.set_rollback(False)
    assert stored() == {"a"}


async def test_a_tasks_spoilt_block_does_not_refuse_those_who_wait_for_their_turn() -> None:
    spoilt = asyncio.Event()

    async def fails() -> None:
        async with vinyl.atomic():
            await create("a")
            with pytest.raises(IntegrityError):
                await create("a")
            spoilt.set()
            await asyncio.sleep(0)
            with pytest.raises(TransactionManagementError):
                await Genre.vinyl.count()

    async def waits() -> None:
        await spoilt.wait()
        await create("b")

    async def reads() -> int:
        await spoilt.wait()
        return len([genre async for genre in Genre.vinyl.filter(name="new").iterator()])

    async with vinyl.atomic():
        _, _, read = await asyncio.gather(fails(), waits(), reads())
        assert read == 1
    assert stored() == {"b"}


async def test_a_task_that_outlives_the_block_is_refused() -> None:
    go_on = asyncio.Event()

    async def late() -> None:
        await go_on.wait()
        await create("late")

    async with vinyl.atomic():
        await create("a")
        task = asyncio.create_task(late())
    go_on.set()
    with pytest.raises(TransactionManagementError):
        await task
    assert stored() == {"a"}


async def leave_early(generator: AsyncGenerator[Any, None]) -> None:
    """Leave an asynchronous generator after its first item, and let the event loop end it."""
    ended = asyncio.Event()

    async def watched() -> AsyncGenerator[Any, None]:
        try:
            async for item in generator:
                yield item
        finally:
            await generator.aclose()
            ended.set()

    watching = watched()
    async for _ in watching:
        break
    del watching
    gc.collect()
    async with asyncio.timeout(10):
        await ended.wait()


async def genres_in_a_block() -> AsyncGenerator[Genre, None]:
    async with vinyl.atomic(), vinyl.atomic():
        await create("lost")
        async for genre in Genre.vinyl.iterator():
            yield genre


async def test_a_generator_that_is_left_early_leaves_its_block() -> None:
    await leave_early(genres_in_a_block())
    assert vinyl.connection.in_atomic_block is False
    await create("a")
    async with vinyl.atomic():
        await create("b")
        await leave_early(genres_in_a_block())
        await create("c")
        await leave_early(genres_in_a_block())
    await create("d")
    assert stored() == {"a", "b", "c", "d"}


async def test_tasks_started_after_a_generator_was_left_early_are_not_in_its_block() -> None:
    await leave_early(genres_in_a_block())
    if sys.version_info < (3, 12):
        assert vinyl.connection.in_atomic_block is False
    await asyncio.gather(create("a"), create("b"))
    assert stored() == {"a", "b"}


async def test_a_task_that_outlives_the_block_of_a_generator_left_early_is_refused() -> None:
    go_on = asyncio.Event()
    tasks = []

    async def late() -> None:
        await go_on.wait()
        await create("late")

    async def rows() -> AsyncGenerator[int, None]:
        async with vinyl.atomic():
            tasks.append(asyncio.create_task(late()))
            yield 1

    await leave_early(rows())
    go_on.set()
    with pytest.raises(TransactionManagementError):
        await tasks[0]
    await create("a")
    assert stored() == {"a"}


async def test_a_task_from_before_is_not_in_the_transaction() -> None:
    inside, written = asyncio.Event(), asyncio.Event()

    async def stranger() -> bool:
        await inside.wait()
        assert vinyl.connection.in_atomic_block is False
        found = await Genre.vinyl.filter(pk="a").exists()
        written.set()
        return found

    task = asyncio.create_task(stranger())
    async with vinyl.atomic():
        await create("a")
        inside.set()
        await written.wait()
    assert await task is False
    assert stored() == {"a"}


async def test_a_cancelled_block_is_rolled_back_and_the_pool_goes_on() -> None:
    async def never_ends(code: str) -> None:
        async with vinyl.atomic():
            await create(code)
            await asyncio.sleep(60)

    # One after the other: on SQLite a second writer would have to wait.
    for number in range(15):
        task = asyncio.create_task(never_ends(f"n{number}"))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await Genre.vinyl.filter(name="new").count() == 0
    await create("a")
    assert stored() == {"a"}


async def test_a_timeout_inside_a_block_rolls_it_back() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), vinyl.atomic():
            await create("a")
            await asyncio.sleep(60)
    assert stored() == set()


async def test_on_commit_awaits_a_coroutine_function() -> None:
    seen: list[str] = []

    async def later() -> None:
        await asyncio.sleep(0)
        seen.append("later")

    async with vinyl.atomic():
        vinyl.on_commit(later)
        assert seen == []
    assert seen == ["later"]
