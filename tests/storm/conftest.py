"""A bank to rob, and what nobody may see: tasks whose exceptions nobody took."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest


@pytest.fixture
def bank(db: None) -> None:
    """Some accounts of the same value each."""
    from .support import open_account

    open_account()


@pytest.fixture(autouse=True)
async def no_lost_exceptions(anyio_backend: str) -> AsyncIterator[None]:
    """Fail where the event loop has something to complain of."""
    loop = asyncio.get_running_loop()
    complaints: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    yield
    gc.collect()
    await asyncio.sleep(0)
    loop.set_exception_handler(None)
    assert complaints == []


@pytest.fixture
def collected() -> Iterator[None]:
    """Collect what is left, so that it complains here."""
    yield
    gc.collect()
