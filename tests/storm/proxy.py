"""A wire that can be cut: between vinyl and its server."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from django.db import connection


class Wire:
    """A proxy of TCP whose connections stall, are delayed, reset, or cut in mid-packet."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.port = 0
        self.delay = 0.0
        # Bytes from the server that still pass before the connection is reset; None for all.
        self.cut_after: int | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def stall(self) -> None:
        """Let nothing through, in either direction, and say nothing; connecting included."""
        self._flows.clear()

    def go_on(self) -> None:
        """Let through what has been held up."""
        self._flows.set()

    def reset(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there = None
        try:
            await self._flows.wait()
            back, there = await asyncio.open_connection(*self.target)
            self._writers |= {writer, there}
            up = asyncio.create_task(self._pump(reader, there, False))
            down = asyncio.create_task(self._pump(back, writer, True))
            try:
                await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            finally:
                up.cancel()
                down.cancel()
                await asyncio.wait((up, down))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for each in (writer, there):
                if each is not None:
                    self._writers.discard(each)
                    each.close()
            self._tasks.discard(task)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(4096):
                await self._flows.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                if is_answer and self.cut_after is not None:
                    chunk, rest = chunk[: self.cut_after], chunk[self.cut_after :]
                    self.cut_after -= len(chunk)
                    if rest:
                        self.cut_after = None
                        writer.write(chunk)
                        await writer.drain()
                        await asyncio.sleep(0.01)
                        _reset(writer)
                        return
                writer.write(chunk)
                await writer.drain()

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def wire() -> AsyncIterator[Wire]:
    """Put a wire before the server of the test databases."""
    settings: dict[str, Any] = connection.settings_dict
    usual = 5432 if connection.vendor == "postgresql" else 3306
    made = Wire(settings["HOST"] or "127.0.0.1", int(settings["PORT"] or usual))
    server = await asyncio.start_server(made._serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.close()
        await server.wait_closed()
