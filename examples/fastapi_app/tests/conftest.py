"""A client of the application, on an empty database."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

if "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = f"sqlite:///{Path(tempfile.mkdtemp(), 'test.sqlite3')}"

import vinyl
from library.app import app
from library.catalogue.models import Author, Book, Loan


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    """Give a client, in the lifespan of the application; the tables are empty before and after."""
    async with app.router.lifespan_context(app):
        await vinyl.create_tables()
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://library") as given:
            yield given
        for model in (Loan, Book, Author):
            await model.vinyl.all().delete()
