"""Which twin answers where."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.app.models import Album
from vinyl import async_mode, is_async, set_async


@pytest.fixture(autouse=True)
def automatic() -> Iterator[None]:
    set_async(None)
    yield
    set_async(None)


def test_without_a_loop_the_sync_twin_answers() -> None:
    assert not is_async()
    assert not Album.vinyl.model._twin.is_async


def test_inside_a_loop_the_async_twin_answers() -> None:
    async def ask() -> tuple[bool, bool]:
        return is_async(), Album.vinyl.model._twin.is_async

    assert asyncio.run(ask()) == (True, True)


def test_a_thread_started_from_a_loop_is_sync() -> None:
    async def ask() -> bool:
        return await asyncio.to_thread(is_async)

    assert asyncio.run(ask()) is False


@pytest.mark.parametrize("mode", [True, False])
def test_the_flag_of_the_process_wins_over_the_loop(mode: bool) -> None:
    set_async(mode)

    async def ask() -> bool:
        return is_async()

    assert asyncio.run(ask()) is mode
    assert is_async() is mode


def test_the_context_wins_over_the_process_and_ends_with_its_block() -> None:
    set_async(True)
    with async_mode(False):
        assert not is_async()
        with async_mode(None):
            assert is_async()
        assert not is_async()
    assert is_async()


def test_the_context_is_that_of_a_task() -> None:
    async def sync_task(seen: list[bool], gate: asyncio.Event) -> None:
        with async_mode(False):
            gate.set()
            await asyncio.sleep(0)
            seen.append(is_async())

    async def main() -> list[bool]:
        seen: list[bool] = []
        gate = asyncio.Event()
        task = asyncio.create_task(sync_task(seen, gate))
        await gate.wait()
        seen.append(is_async())
        await task
        return seen

    assert sorted(asyncio.run(main())) == [False, True]


def test_the_context_is_not_that_of_other_threads() -> None:
    seen: list[bool] = []
    with async_mode(True):
        thread = threading.Thread(target=lambda: seen.append(is_async()))
        thread.start()
        thread.join()
    assert seen == [False]


@pytest.mark.parametrize("value", [1, 0, "yes", "async"])
def test_other_values_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="True, False or None"):
        set_async(value)
    with pytest.raises(TypeError, match="True, False or None"), async_mode(value):
        pass
