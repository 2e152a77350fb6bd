"""
Databases for the tests of drivers and pools: made with stock Django, one of each kind.

These tests need no model, so that they run on all kinds of database at once. The servers'
addresses come from VINYL_POSTGRESQL_URL and VINYL_MYSQL_URL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from .support import Database, Server, SQLiteFile

KINDS = ("postgresql", "mysql", "sqlite")
SERVERS = ("postgresql", "mysql")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def made(
    databases: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Database]]:
    """
    The databases made so far, by kind; dropped at the end.

    Those of the settings must be there: whichever database of PostgreSQL stock Django connects
    to, it asks the one of that alias for the types of extensions.
    """
    folder = tmp_path_factory.mktemp("drivers")
    found: dict[str, Database] = _Made(folder)
    yield found
    for database in found.values():
        database.drop()


class _Made(dict[str, Database]):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __missing__(self, kind: str) -> Database:
        database = SQLiteFile(self.folder) if kind == "sqlite" else Server(kind)
        database.create()
        self[kind] = database
        return database


@pytest.fixture(params=KINDS)
def any_database(request: Any, made: dict[str, Database]) -> Database:
    return made[request.param]


@pytest.fixture(params=SERVERS)
def any_server(request: Any, made: dict[str, Database]) -> Database:
    return made[request.param]


# Made by plain fixtures, outside of the event loop: stock Django refuses to work inside of it.
@pytest.fixture
async def database(any_database: Database) -> AsyncIterator[Database]:
    """A database of each kind."""
    yield any_database
    await any_database.tidy()


@pytest.fixture
async def server(any_server: Server) -> AsyncIterator[Server]:
    """A database of each kind that has a server."""
    yield any_server
    await any_server.tidy()


@pytest.fixture
def made_one(request: Any, made: dict[str, Database]) -> Database:
    return made[request.param]


@pytest.fixture
async def one(made_one: Database) -> AsyncIterator[Database]:
    """The database of the kind that `@on(kind)` names."""
    yield made_one
    await made_one.tidy()
