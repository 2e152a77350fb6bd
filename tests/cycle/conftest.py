"""A server in the event loop of the test, and its clients."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.test.utils import override_settings

import vinyl

ATOMIC = "vinyl.middleware.AtomicRequestsMiddleware"


@pytest.fixture
async def pools(snapshots: Any, anyio_backend: str) -> AsyncIterator[None]:
    """Close the pools of the test's event loop."""
    yield
    await vinyl.connections.close()


@pytest.fixture
def project() -> Iterator[None]:
    """Settings with views, and middleware that makes them atomic."""
    entry = connections.settings["default"]
    before = entry["ATOMIC_REQUESTS"]
    entry["ATOMIC_REQUESTS"] = True
    with override_settings(
        ROOT_URLCONF="tests.cycle.views", MIDDLEWARE=[ATOMIC], ALLOWED_HOSTS=["*"]
    ):
        yield
    entry["ATOMIC_REQUESTS"] = before


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[int]:
    """Serve an application in this event loop; give the port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, log_config=None, lifespan="off", loop="none", ws="none", access_log=False
        )
        server = uvicorn.Server(config)
        # Signals are the test runner's.
        task = asyncio.create_task(server._serve([listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
            await asyncio.sleep(0.005)
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            await task


@pytest.fixture
async def client(project: None, pools: None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Django's ASGI handler behind uvicorn."""
    from tests.cycle import views

    views.gates.update({name: asyncio.Event() for name in ("waiting", "never", "next", "left")})
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(ASGIHandler()))
        yield await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20)
        )


@pytest.fixture
def nothing_held() -> Callable[[], Any]:
    """Wait until no connection of the default pool is in use."""

    async def wait() -> None:
        async with asyncio.timeout(10):
            while vinyl.connection.pool_stats.size != vinyl.connection.pool_stats.idle:  # noqa: ASYNC110 - a pool tells nobody
                await asyncio.sleep(0.005)
        assert vinyl.connection.pool_stats.waiting == 0

    return wait
