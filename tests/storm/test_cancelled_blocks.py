"""Blocks ended by time-outs, cancel scopes, task groups, the server or the garbage collector."""

# ruff: noqa: PT012, SIM117, ASYNC110  what a block does with an error is seen around all of it

from __future__ import annotations

import asyncio
import gc
from typing import Any

import anyio
import pytest
from django.db import Error, OperationalError, connection
from django.db.models import F
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app.written import Counter

from .support import EACH, SLOW, all_slots_work, pool_of, settled, values

pytestmark = pytest.mark.usefixtures("bank")


def accounts(*names: int) -> Any:
    return Counter.vinyl.filter(name__in=[f"account {name}" for name in names])


async def take(number: int) -> None:
    await accounts(number).update(value=F("value") - 1)


LIMITS = {
    "asyncio": lambda: asyncio.timeout(0.1),
    "anyio": lambda: anyio.fail_after(0.1),
    "deadline": lambda: vinyl.deadline(0.1),
}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("when", ["idle", "running"])
async def test_a_nested_block_out_of_time_is_undone_alone(limit: str, when: str) -> None:
    async with pool_of(1):
        async with vinyl.atomic():
            await take(1)
            if limit == "anyio":
                with pytest.raises(TimeoutError), LIMITS[limit]():
                    await nested(when)
            else:
                with pytest.raises(TimeoutError):
                    async with LIMITS[limit]():
                        await nested(when)
            await take(3)
        await settled()
    found = values()
    assert [found[f"account {number}"] for number in (1, 2, 3)] == [EACH - 1, EACH, EACH - 1]


async def nested(when: str) -> None:
    async with vinyl.atomic():
        await take(2)
        if when == "idle":
            await asyncio.sleep(30)
        elif connection.vendor == "sqlite":
            # A SELECT that is interrupted; a write would end the transaction.
            await vinyl.connection.execute(SLOW["sqlite"])
        else:
            await vinyl.connection.execute(SLOW[connection.vendor])


@pytest.mark.parametrize("when", ["idle", "running"])
async def test_move_on_after_around_a_block_undoes_it(when: str) -> None:
    async with pool_of(1):
        with anyio.move_on_after(0.1) as scope:
            await nested(when)
        assert scope.cancelled_caught
        await settled()
        await all_slots_work(1)
    assert set(values().values()) == {EACH}


async def test_a_task_group_that_fails_inside_a_block_undoes_it() -> None:
    async def fail() -> None:
        await asyncio.sleep(0.1)
        raise ZeroDivisionError

    async with pool_of(1):
        with pytest.raises(ExceptionGroup) as caught:
            async with vinyl.atomic():
                async with asyncio.TaskGroup() as group:
                    group.create_task(take(1))
                    group.create_task(nested("idle"))
                    group.create_task(fail())
        assert caught.group_contains(ZeroDivisionError)
        await settled()
        await all_slots_work(1)
    assert set(values().values()) == {EACH}


async def test_anyios_task_group_that_fails_inside_a_block_undoes_it() -> None:
    async def fail() -> None:
        await asyncio.sleep(0.1)
        raise ZeroDivisionError

    async with pool_of(1):
        with pytest.raises(ExceptionGroup) as caught:
            async with vinyl.atomic():
                async with anyio.create_task_group() as group:
                    group.start_soon(take, 1)
                    group.start_soon(nested, "running")
                    group.start_soon(fail)
        assert caught.group_contains(ZeroDivisionError)
        await settled()
        await all_slots_work(1)
    assert set(values().values()) == {EACH}


async def test_a_block_whose_child_still_runs_may_be_cancelled_twice() -> None:
    async def child() -> None:
        await vinyl.connection.execute(SLOW[connection.vendor])

    children = []

    async def parent() -> None:
        async with vinyl.atomic():
            await take(1)
            children.append(asyncio.create_task(child()))
            await asyncio.sleep(30)

    async with pool_of(2):
        for pause in (0, 0.01, 0.1):
            task = asyncio.create_task(parent())
            while not children:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.sleep(pause)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            (running,) = children
            # Others go on meanwhile, over the connection that took its place.
            for number in range(5):
                rows = (await vinyl.connection.execute("SELECT %s", [str(number)])).rows
                assert rows[0][0] == str(number)
            done, _ = await asyncio.wait([running], timeout=10)
            assert done
            assert isinstance(running.exception(), Error | TransactionManagementError)
            children.clear()
            # By itself, MariaDB notices after 5 seconds that nobody waits for its SLEEP.
            await settled(3)
        await all_slots_work(2)
    assert set(values().values()) == {EACH}


async def test_a_callback_on_commit_that_is_cancelled_undoes_nothing() -> None:
    async with pool_of(1):
        with anyio.move_on_after(0.2) as scope:
            async with vinyl.atomic():
                await take(1)
                vinyl.on_commit(lambda: asyncio.sleep(30))
        assert scope.cancelled_caught
        await settled()
    assert values()["account 1"] == EACH - 1


async def test_a_generator_that_is_collected_gives_its_block_back() -> None:
    async def rows() -> Any:
        async with vinyl.atomic():
            await take(1)
            yield 1

    async def read() -> None:
        async for _ in rows():
            break

    async with pool_of(1):
        for _ in range(3):
            await asyncio.create_task(read())
            gc.collect()
            await settled()
        await all_slots_work(1)
    assert set(values().values()) == {EACH}


@pytest.mark.skipif(connection.vendor != "mysql", reason="only there it commits by itself")
async def test_what_follows_a_statement_that_commits_is_in_a_transaction() -> None:
    async with pool_of(1):
        with pytest.raises(ZeroDivisionError):
            async with vinyl.atomic():
                await take(1)
                await vinyl.connection.execute("CREATE TABLE storm_made (id integer)")
                await take(2)
                raise ZeroDivisionError
        await vinyl.connection.execute("DROP TABLE storm_made")
    found = values()
    assert found["account 1"] == EACH - 1
    assert found["account 2"] == EACH


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no row locks")
async def test_a_deadlock_that_is_caught_inside_the_block_leaves_nothing_of_it() -> None:
    both = asyncio.Barrier(2)
    caught: list[BaseException] = []

    async def cross(first: int, second: int, own: int) -> None:
        async with vinyl.atomic():
            await take(own)
            await take(first)
            await both.wait()
            try:
                await take(second)
            except OperationalError as exc:
                caught.append(exc)
            await take(own)

    async with pool_of(2):
        outcomes = await asyncio.gather(cross(1, 2, 3), cross(2, 1, 4), return_exceptions=True)
        await settled()
        assert len(caught) == 1
        failed = [outcome for outcome in outcomes if outcome is not None]
        assert len(failed) == 1
        assert isinstance(failed[0], Error)
    found = values()
    # One of the two has done all, the other nothing.
    assert sorted((found["account 3"], found["account 4"])) == [EACH - 2, EACH]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="ON CONFLICT ROLLBACK is SQLite's")
async def test_a_statement_that_rolls_all_back_condemns_the_block() -> None:
    async with pool_of(1):
        with pytest.raises(TransactionManagementError):
            async with vinyl.atomic():
                await take(1)
                with pytest.raises(Error):
                    await vinyl.connection.execute(
                        "INSERT OR ROLLBACK INTO shop_counter (name, value) VALUES (%s, 1)",
                        ["account 1"],
                    )
                await take(2)
        await settled()
    assert set(values().values()) == {EACH}


async def test_a_waiting_task_may_be_cancelled() -> None:
    async with pool_of(1):
        async with vinyl.atomic():
            await take(1)
            tasks = [asyncio.create_task(outside()) for _ in range(5)]
            await asyncio.sleep(0.02)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            assert all(task.cancelled() for task in tasks)
        await settled()
        await all_slots_work(1)


async def outside() -> None:
    from contextvars import Context

    await asyncio.create_task(Counter.vinyl.acount(), context=Context())
