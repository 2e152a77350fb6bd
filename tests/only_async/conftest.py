"""The test project's databases, for the tests of this folder that ask for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

import vinyl


@pytest.fixture(scope="module")
async def pools(snapshots: Any, anyio_backend: str) -> AsyncIterator[None]:
    """Keep one event loop, and with it its pools, for all tests of a module."""
    yield
    await vinyl.connections.close()
