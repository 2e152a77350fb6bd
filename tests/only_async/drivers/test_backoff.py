"""A server that is away is not hammered, and is used again when it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from vinyl.exceptions import PoolTimeout

from .support import Server

SIZE = 3


class Door:
    """A port before a server, that is shut: who comes is counted, and sent away."""

    def __init__(self, server: Server) -> None:
        usual = 5432 if server.kind == "postgresql" else 3306
        self._target = (server.url.hostname or "127.0.0.1", server.url.port or usual)
        self.port = 0
        self.is_open = False
        self.is_silent = False
        self.attempts: list[float] = []
        self.inside = 0
        self.most = 0
        self._writers: set[asyncio.StreamWriter] = set()

    def shut(self) -> None:
        """Send all away, those who are inside as well."""
        self.is_open = False
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.attempts.append(time.monotonic())
        self.inside += 1
        self.most = max(self.most, self.inside)
        there = None
        self._writers.add(writer)
        try:
            if self.is_silent:
                await reader.read()
            elif self.is_open:
                back, there = await asyncio.open_connection(*self._target)
                self._writers.add(there)
                await asyncio.gather(_pump(reader, there), _pump(back, writer))
        finally:
            self.inside -= 1
            for each in (writer, there):
                if each is not None:
                    self._writers.discard(each)
                    each.close()

    def gaps(self, since: int = 0) -> list[float]:
        return [after - before for before, after in pairwise(self.attempts[since:])]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(4096):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        return
    finally:
        writer.close()


@asynccontextmanager
async def door(server: Server, **options: Any) -> AsyncIterator[tuple[Door, Any]]:
    """Give a shut door, and a pool that has to go through it."""
    made = Door(server)
    listener = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listener.sockets[0].getsockname()[1]
    options = {"pool": {"max_size": SIZE, **options}}
    pool = server.driver(options, HOST="127.0.0.1", PORT=str(made.port)).make_pool()
    try:
        yield made, pool
    finally:
        await pool.close()
        made.shut()
        listener.close()
        await listener.wait_closed()


async def use(pool: Any) -> Any:
    connection = await pool.acquire()
    try:
        return (await connection.execute("SELECT 1")).rows
    finally:
        await pool.release(connection)


async def test_attempts_come_later_and_later(server: Server) -> None:
    async with door(server) as (shut, pool):
        for _ in range(5):
            with pytest.raises(pool.driver.errors.OperationalError):
                await pool.acquire()
        assert len(shut.attempts) == 5
        expected = (0.05, 0.1, 0.2, 0.4)
        # A failure is seen a little later than the attempt was made, never earlier.
        assert all(gap >= least for gap, least in zip(shut.gaps(), expected, strict=True))
        assert pool.stats[:3] == (0, 0, 0)


async def test_who_asks_first_gets_the_error_at_once(server: Server) -> None:
    async with door(server) as (_, pool):
        start = time.monotonic()
        with pytest.raises(pool.driver.errors.OperationalError):
            await pool.acquire()
        assert time.monotonic() - start < 1


async def test_many_who_ask_again_and_again_do_not_hammer(server: Server) -> None:
    async with door(server) as (shut, pool):
        errors = 0
        end = time.monotonic() + 2

        async def ask() -> None:
            nonlocal errors
            while time.monotonic() < end:
                try:
                    await use(pool)
                except pool.driver.errors.OperationalError:
                    errors += 1

        await asyncio.gather(*(ask() for _ in range(40)))
        # At 0, after 0.05, 0.1, 0.2, 0.4, 0.8 and 1 s; in the first moment as many as fit.
        assert len(shut.attempts) <= SIZE + 7
        assert errors >= 40
        assert shut.most <= SIZE
        assert pool.stats[:3] == (0, 0, 0)


async def test_it_is_used_again_when_it_is_back_and_a_success_sets_the_delay_back(
    server: Server,
) -> None:
    async with door(server) as (there, pool):
        for _ in range(2):
            there.is_open = False
            for _ in range(4):
                with pytest.raises(pool.driver.errors.OperationalError):
                    await pool.acquire()
                assert pool.stats.size == 0
            there.is_open = True
            before = len(there.attempts)
            start = time.monotonic()
            found = await asyncio.gather(*(use(pool) for _ in range(10)))
            assert found == [[(1,)]] * 10
            # Two waits of 1.25 s at most: an attempt may be on its way to the door as it opens.
            assert time.monotonic() - start < 3
            assert len(there.attempts) - before <= SIZE
            assert pool.stats.size <= SIZE
            there.shut()
            for _ in range(SIZE + 1):  # what is idle is found to be dead, one by one
                with pytest.raises(pool.driver.errors.Error):
                    await use(pool)
            await _is_let_go(there)


async def _is_let_go(there: Door) -> None:
    async with asyncio.timeout(5):
        while there.inside:  # noqa: ASYNC110 - it is the listener's business
            await asyncio.sleep(0.01)


async def test_a_connection_that_becomes_free_meanwhile_serves_who_waits(server: Server) -> None:
    async with door(server) as (there, pool):
        there.is_open = True
        held = await pool.acquire()
        there.is_open = False
        for _ in range(5):
            with pytest.raises(pool.driver.errors.OperationalError):
                await pool.acquire()
        waiter = asyncio.create_task(use(pool))
        await asyncio.sleep(0.01)
        start = time.monotonic()
        await pool.release(held)
        assert await waiter == [(1,)]
        assert time.monotonic() - start < 0.3


async def test_nobody_waits_longer_than_the_timeout(server: Server) -> None:
    async with door(server, timeout=0.15) as (there, pool):
        for _ in range(6):
            with pytest.raises((pool.driver.errors.OperationalError, PoolTimeout)):
                await pool.acquire()
        there.is_silent = True
        start = time.monotonic()
        with pytest.raises(PoolTimeout, match=r"0\.15 s.*The last attempt to connect failed: "):
            await pool.acquire()
        assert time.monotonic() - start < 1
        there.is_silent = False
