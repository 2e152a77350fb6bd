"""The databases that the tests of drivers and pools run on."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.db.utils import ConnectionHandler

from vinyl._runtime._async.drivers import driver_for
from vinyl._runtime._async.drivers.base import Connection, Driver
from vinyl._runtime._async.pool import Pool

URLS = {
    "postgresql": os.environ.get("VINYL_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/"),
    "mysql": os.environ.get("VINYL_MYSQL_URL", "mysql://root@127.0.0.1:3306/"),
}


def on(kind: str) -> pytest.MarkDecorator:
    """Let the fixture `one` be the database of this kind."""
    return pytest.mark.parametrize("made_one", [kind], indirect=True)


class Database:
    """A database, and what the tests ask of it."""

    kind: str
    name: str
    sleep: str  # a statement that runs for at least 20 s unless it is stopped
    many: str  # a statement that gives 200000 rows of one number, from 1 on

    def __init__(self) -> None:
        self.opened: list[Pool | Connection] = []

    def settings(self) -> dict[str, Any]:
        raise NotImplementedError

    def wrapper(self, options: dict[str, Any] | None = None, **changes: Any) -> Any:
        """Return a stock DatabaseWrapper that has not connected."""
        entry = self.settings() | changes
        entry["OPTIONS"] = entry.get("OPTIONS", {}) | (options or {})
        wrapper = ConnectionHandler({"default": entry}).create_connection("default")
        wrapper.inc_thread_sharing()
        return wrapper

    def driver(self, options: dict[str, Any] | None = None, **changes: Any) -> Driver:
        return driver_for(self.wrapper(options, **changes))

    def pool(self, **options: Any) -> Pool:
        pool = self.driver({"pool": options}).make_pool()
        self.opened.append(pool)
        return pool

    async def connect(self, options: dict[str, Any] | None = None, **changes: Any) -> Connection:
        connection = await self.driver(options, **changes).connect()
        self.opened.append(connection)
        return connection

    def stock(self, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
        """Run a statement through stock Django; no asynchronous code of ours takes part."""
        wrapper = self.wrapper()
        return _stock(wrapper, sql, params)

    def create(self) -> None:
        self.stock("CREATE TABLE item (id integer PRIMARY KEY, name varchar(100) UNIQUE)")

    def drop(self) -> None:
        raise NotImplementedError

    async def tidy(self) -> None:
        for opened in self.opened:
            await opened.close()
        self.opened.clear()
        await asyncio.to_thread(self.stock, "DELETE FROM item")

    async def stock_async(self, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self.stock, sql, params)


def _stock(wrapper: Any, sql: str, params: Any) -> list[tuple[Any, ...]]:
    try:
        with wrapper.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        wrapper.close()


class Server(Database):
    """A database on a server."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.name = f"vinyl_drivers_{os.getpid()}"
        self.url = urlsplit(URLS[kind])
        if kind == "postgresql":
            self.sleep = "SELECT pg_sleep(20)"
            self._sessions = (
                "SELECT pid, CASE state WHEN 'active' THEN query END FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            self.many = "SELECT generate_series(1, 200000)"
        else:
            self.sleep = "SELECT SLEEP(20)"
            self._sessions = (
                "SELECT id, info FROM information_schema.processlist"
                " WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            )
            self.many = (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 448) "
                "SELECT (a.i - 1) * 448 + b.i AS k FROM n a, n b ORDER BY k LIMIT 200000"
            )

    def settings(self) -> dict[str, Any]:
        return {
            "ENGINE": f"django.db.backends.{self.kind}",
            "NAME": self.name,
            "USER": unquote(self.url.username or ""),
            "PASSWORD": unquote(self.url.password or ""),
            "HOST": self.url.hostname or "",
            "PORT": str(self.url.port or ""),
        }

    def _admin(self, sql: str) -> None:
        system = {"postgresql": "postgres", "mysql": "mysql"}[self.kind]
        _stock(self.wrapper(NAME=system), sql, None)

    def create(self) -> None:
        self._admin(f"CREATE DATABASE {self.name}")
        super().create()

    def drop(self) -> None:
        force = " WITH (FORCE)" if self.kind == "postgresql" else ""
        self._admin(f"DROP DATABASE {self.name}{force}")

    def sessions(self) -> list[tuple[Any, ...]]:
        """Return id and running statement of each session, the asking one left out."""
        return self.stock(self._sessions)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Callable[[], int]]:
        """Give a function that tells the highest number of sessions seen so far."""
        wrapper = self.wrapper()
        seen = [0]
        stop = threading.Event()

        def watch() -> None:
            with wrapper.cursor() as cursor:
                while not stop.wait(0.001):
                    cursor.execute(self._sessions)
                    seen.append(len(cursor.fetchall()))
            wrapper.close()

        watching = asyncio.create_task(asyncio.to_thread(watch))
        try:
            yield lambda: max(seen)
        finally:
            stop.set()
            await watching

    async def running(self) -> list[str]:
        sessions = await asyncio.to_thread(self.sessions)
        return [statement for _, statement in sessions if statement]

    async def wait_for_sessions(self, count: int, seconds: float = 2.0) -> int:
        """Return how many sessions there are once there are `count`, or after a while."""
        end = time.monotonic() + seconds
        while len(found := await asyncio.to_thread(self.sessions)) != count:
            if time.monotonic() > end:
                break
            await asyncio.sleep(0.02)
        return len(found)

    async def kill(self) -> None:
        """End all sessions, as the administrator or a restart does."""
        for session, _ in await asyncio.to_thread(self.sessions):
            if self.kind == "postgresql":
                await self.stock_async("SELECT pg_terminate_backend(%s)", [session])
            else:
                await self.stock_async(f"KILL {session}")
        await self.wait_for_sessions(0)


class SQLiteFile(Database):
    """A database in a file."""

    kind = "sqlite"
    sleep = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000)"
        " SELECT max(i) FROM n"
    )
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
        " SELECT i FROM n"
    )

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.name = str(folder / "drivers.sqlite3")

    def settings(self) -> dict[str, Any]:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": self.name}

    def drop(self) -> None:
        Path(self.name).unlink()
