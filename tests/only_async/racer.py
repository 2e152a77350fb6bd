"""One of the processes of a race: fifty tasks, or threads, that ask for the same key."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

TASKS = 50
# Each has a connection, of which servers do not have a hundred to give.
THREADS = 16
LIMIT = 60


def main(method: str, mode: str, around: str, isolation: str) -> None:
    from django.conf import settings

    database = settings.DATABASES["default"]
    database["NAME"] = os.environ["RACE_DATABASE"]
    if database["ENGINE"].endswith("mysql"):
        database["OPTIONS"]["isolation_level"] = isolation
    if database["ENGINE"].endswith("sqlite3") and around == "atomic":
        # What has read may not be able to write.
        database["OPTIONS"]["transaction_mode"] = "IMMEDIATE"
    django.setup()
    run = in_tasks if mode == "async" else in_threads
    tell(json.dumps(run(method, around == "atomic")))


def wait_for_go() -> None:
    if sys.stdin.readline() != "go\n":
        sys.exit("The race was called off.")


def outcome_of(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def in_tasks(method: str, in_atomic: bool) -> list[str]:
    """Let tasks of one event loop race."""
    import vinyl
    from tests.app.written import Counter

    async def ask() -> str:
        if in_atomic:
            async with vinyl.atomic():
                # What a transaction sees may be settled by its first statement.
                await Counter.vinyl.filter(name="other").exists()
                return await ask_once()
        return await ask_once()

    async def ask_once() -> str:
        arguments: dict[str, Any] = {"name": "one", "defaults": {"value": 1}}
        _, created = await getattr(Counter.vinyl, method)(**arguments)
        return "created" if created else "found"

    async def reported() -> str:
        try:
            return await ask()
        except Exception as error:  # noqa: BLE001
            return outcome_of(error)

    async def race() -> list[str]:
        await Counter.vinyl.count()
        tell("ready")
        await asyncio.to_thread(wait_for_go)
        return await asyncio.gather(*(reported() for _ in range(TASKS)))

    return asyncio.run(race())


def in_threads(method: str, in_atomic: bool) -> list[str]:
    """Let threads race, each with a connection of Django's."""
    from django.db import connection

    import vinyl
    from tests.app.written import Counter

    def ask() -> str:
        if in_atomic:
            with vinyl.atomic():
                Counter.vinyl.filter(name="other").exists()
                return ask_once()
        return ask_once()

    def ask_once() -> str:
        _, created = getattr(Counter.vinyl, method)(name="one", defaults={"value": 1})
        return "created" if created else "found"

    at_start = threading.Barrier(THREADS + 1)

    def connect() -> None:
        Counter.vinyl.count()
        at_start.wait(LIMIT)
        at_start.wait(LIMIT)

    def reported() -> str:
        try:
            return ask()
        except Exception as error:  # noqa: BLE001
            return outcome_of(error)

    with ThreadPoolExecutor(THREADS) as pool:
        connected = [pool.submit(connect) for _ in range(THREADS)]
        at_start.wait(LIMIT)
        tell("ready")
        wait_for_go()
        done = [pool.submit(reported) for _ in range(TASKS)]
        at_start.wait(LIMIT)
        outcomes = [future.result() for future in (*connected, *done)][THREADS:]
        closed = threading.Barrier(THREADS)
        for _ in range(THREADS):
            pool.submit(lambda: (connection.close(), closed.wait(LIMIT)))
    return outcomes


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
