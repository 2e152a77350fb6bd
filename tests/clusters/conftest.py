"""Aliases for servers that the tests start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from django.db import connections

import vinyl
from tests.clusters import postgresql


@pytest.fixture(scope="session")
def primary() -> Iterator[postgresql.Node]:
    """A PostgreSQL server of the tests' own."""
    with postgresql.server() as node:
        yield node


@pytest.fixture
def alias() -> Iterator[Callable[[str, dict[str, Any]], str]]:
    """Name a database for the time of a test."""
    made = []

    def make(name: str, entry: dict[str, Any]) -> str:
        connections.settings[name] = connections.configure_settings({"default": entry})["default"]
        made.append(name)
        return name

    yield make
    for name in made:
        connections[name].close()
        del connections[name], connections.settings[name]


@pytest.fixture
async def pools(anyio_backend: str) -> AsyncIterator[None]:
    """Close the pools of the test's event loop, before the servers end."""
    yield
    await vinyl.connections.close()
