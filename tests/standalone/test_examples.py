"""The example is run as its README says, on the database of the run."""

from __future__ import annotations

import shutil

import pytest

from tests.standalone.conftest import ROOT

EXAMPLE = ROOT / "examples" / "fastapi_app"
LEND = """
import asyncio
from httpx import ASGITransport, AsyncClient
from library.app import app


async def main():
    async with app.router.lifespan_context(app):
        async with AsyncClient(transport=ASGITransport(app), base_url="http://x") as client:
            book = await client.post("/books", json={"title": "Tea", "author": "Okakura"})
            pk = book.json()["id"]
            await client.post(f"/books/{pk}/loans", json={"reader": "Somebody"})

asyncio.run(main())
"""


@pytest.fixture
def example(url, program):
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3")
    shutil.copytree(EXAMPLE, program.folder, dirs_exist_ok=True, ignore=ignored)
    return program


def test_its_tests_pass(example):
    # What is installed beside vinyl for its own tests is not the example's.
    plugins = [word for name in ("vinyl", "django", "asyncio") for word in ("-p", f"no:{name}")]
    told = example.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *plugins)
    assert " passed" in told
    assert "skipped" not in told


def test_its_migrations_make_the_tables_and_a_sync_program_reads_them(example):
    example.vinyl("migrate", "--verbosity", "0")
    assert "No changes detected" in example.vinyl("makemigrations", "--check")
    example.script(LEND)
    assert example.run("-m", "library.report") == "Somebody has Tea by Okakura\n"
