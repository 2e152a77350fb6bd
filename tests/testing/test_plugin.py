"""The plugin for pytest, in runs of their own, with each of the plugins that it works with."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A project of one table: those of the test project take most of the time to make and to flush.
SETTINGS = """
from tests.settings import *

INSTALLED_APPS = ["gallery"]
"""
MODELS = """
from django.db import models
from vinyl import VinylManager


class Genre(models.Model):
    code = models.CharField(max_length=10, primary_key=True)
    name = models.CharField(max_length=100)
    objects = models.Manager()
    vinyl = VinylManager()
"""
CONFTEST = """
import os
import pytest
from tests import settings

settings.FOLDER.mkdir(exist_ok=True)


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"
"""

# What each run has the same of: MARK makes a test asynchronous, DB the mark under test.
TESTS = """
import asyncio
import pytest
import vinyl
from asgiref.sync import sync_to_async
from gallery.models import Genre


def stored():
    return set(Genre.objects.values_list("pk", flat=True))


{DB}
class TestShared:
    {MARK}
    @pytest.mark.parametrize("code", ["a", "b"])
    async def test_all_three(self, code):
        await Genre.vinyl.create(code=code, name="new")
        await Genre.objects.acreate(code="x", name="new")
        await sync_to_async(lambda: Genre.vinyl.create(code="y", name="new"))()
        assert await sync_to_async(stored)() == {{code, "x", "y"}}
        assert [genre.pk async for genre in Genre.vinyl.all()] == [code, "x", "y"]

    def test_sync(self):
        assert stored() == set()
        Genre.vinyl.create(code="a", name="new")
        assert stored() == {{"a"}}

    {MARK}
    async def test_blocks(self, vinyl_assert_num_queries, vinyl_capture_on_commit_callbacks):
        done = []
        async with vinyl_capture_on_commit_callbacks(execute=True):
            async with vinyl.atomic(durable=True):
                vinyl.on_commit(lambda: done.append(1))
                await asyncio.gather(*(Genre.vinyl.create(code=code, name="") for code in "abc"))
            assert done == []
        assert done == [1]
        async with vinyl_assert_num_queries(2):
            await Genre.vinyl.count()
            await Genre.objects.acount()
        with pytest.raises(AssertionError, match="Add 'other' to"):
            await Genre.vinyl.using("other").count()


@pytest.fixture
def row(vinyl_db):
    return Genre.objects.create(code="row", name="new")


{MARK}
async def test_a_fixture_of_the_users(row):
    assert (await Genre.vinyl.get()).pk == "row"
    await Genre.vinyl.create(code="b", name="new")


{MARK}
@pytest.mark.vinyl_db(databases=["default", "other"])
async def test_both_databases():
    assert await Genre.vinyl.count() == 0
    await Genre.vinyl.using("other").create(code="b", name="new")
    assert await Genre.objects.using("other").acount() == 1


{MARK}
@pytest.mark.vinyl_db(transaction=True)
async def test_transactional():
    assert not vinyl.connection.in_atomic_block
    assert await Genre.vinyl.count() == 0
    async with vinyl.atomic():
        await Genre.vinyl.create(code="c", name="new")
    assert await Genre.objects.acount() == 1


{MARK}
async def test_transactional_by_fixture(vinyl_transactional_db):
    assert not vinyl.connection.in_atomic_block
    assert await Genre.vinyl.count() == 0
    await Genre.vinyl.create(code="d", name="new")


{MARK}
async def test_afterwards(vinyl_db):
    assert await Genre.vinyl.count() == 0
"""
ASYNC_FIXTURE = """

@FIXTURE
async def made(vinyl_db):
    return await Genre.vinyl.create(code="made", name="new")


{MARK}
async def test_an_asynchronous_fixture(made):
    assert [genre.pk async for genre in Genre.vinyl.all()] == ["made"]
    assert await sync_to_async(stored)() == {{"made"}}
"""
DJANGO = """

@pytest.fixture
def old(db):
    return Genre.objects.create(code="old", name="new")


{MARK}
async def test_a_fixture_on_db(old):
    assert (await Genre.vinyl.get()).pk == "old"
    async with vinyl.atomic(durable=True):
        await Genre.vinyl.create(code="b", name="new")


{MARK}
async def test_without_a_mark():
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        await Genre.vinyl.count()


{MARK}
@pytest.mark.django_db(transaction=True)
async def test_transactional_of_djangos():
    assert not vinyl.connection.in_atomic_block
    await Genre.vinyl.create(code="c", name="new")


{MARK}
@pytest.mark.django_db
async def test_after_that(django_assert_num_queries):
    assert await Genre.vinyl.count() == 0
    assert vinyl.connection.in_atomic_block


@pytest.mark.django_db
def test_djangos_counting(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert Genre.vinyl.count() == 0
"""

VINYL_MARK = "@pytest.mark.vinyl_db"
DJANGO_MARK = "@pytest.mark.django_db"
ASYNCIO = "@pytest.mark.asyncio"
ANYIO = "@pytest.mark.anyio"

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run tests with some plugins only, and return what pytest says."""

    def run(source: str, *plugins: str, **options: Any) -> str:
        (tmp_path / "conftest.py").write_text(CONFTEST)
        (tmp_path / "gallery").mkdir()
        (tmp_path / "gallery" / "models.py").write_text(MODELS)
        (tmp_path / "gallery_settings.py").write_text(SETTINGS)
        (tmp_path / "test_it.py").write_text(source)
        if "asyncio" in plugins:
            options.setdefault("asyncio_default_fixture_loop_scope", "function")
        lines = "\n".join(f"{name} = {value}" for name, value in options.items())
        (tmp_path / "pytest.ini").write_text(
            f"[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n{lines}\n"
        )
        left_out = {"asyncio", "django", "anyio"} - set(plugins)
        chosen = [f"no:{name}" for name in sorted(left_out)] + ["no:vinyl", "vinyl.test.plugin"]
        arguments = [word for name in chosen for word in ("-p", name)]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *arguments],
            cwd=tmp_path,
            env=os.environ
            | {
                "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
                "DJANGO_SETTINGS_MODULE": "gallery_settings",
                "VINYL_TEST_RUN": f"{os.getpid()}_plugin",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,  # a run that hangs must end
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def source(mark: str, db: str, *parts: str) -> str:
    return "".join(parts).format(MARK=mark, DB=db)


def test_with_anyio(run: Run) -> None:
    asynchronous = ASYNC_FIXTURE.replace("@FIXTURE", "@pytest.fixture")
    out = run(source(ANYIO, VINYL_MARK, TESTS, asynchronous), "anyio")
    assert "10 passed" in out


def test_with_anyio_in_its_automatic_mode(run: Run) -> None:
    asynchronous = ASYNC_FIXTURE.replace("@FIXTURE", "@pytest.fixture")
    out = run(source("", VINYL_MARK, TESTS, asynchronous), "anyio", anyio_mode="auto")
    assert "10 passed" in out


def test_with_pytest_asyncio_in_its_strict_mode(run: Run) -> None:
    asynchronous = "\nimport pytest_asyncio\n" + ASYNC_FIXTURE.replace(
        "@FIXTURE", "@pytest_asyncio.fixture"
    )
    out = run(source(ASYNCIO, VINYL_MARK, TESTS, asynchronous), "asyncio")
    assert "10 passed" in out


@pytest.mark.parametrize("scope", ["function", "session"])
def test_with_pytest_asyncio_in_its_automatic_mode(run: Run, scope: str) -> None:
    asynchronous = ASYNC_FIXTURE.replace("@FIXTURE", "@pytest.fixture")
    out = run(
        source("", VINYL_MARK, TESTS, asynchronous),
        "asyncio",
        asyncio_mode="auto",
        asyncio_default_fixture_loop_scope=scope,
        asyncio_default_test_loop_scope=scope,
    )
    assert "10 passed" in out


@pytest.mark.parametrize("mark", [VINYL_MARK, DJANGO_MARK])
def test_with_pytest_django_and_pytest_asyncio(run: Run, mark: str) -> None:
    asynchronous = ASYNC_FIXTURE.replace("@FIXTURE", "@pytest.fixture")
    out = run(
        source("", mark, TESTS, asynchronous, DJANGO), "asyncio", "django", asyncio_mode="auto"
    )
    assert "15 passed" in out


def test_with_pytest_django_and_anyio(run: Run) -> None:
    asynchronous = ASYNC_FIXTURE.replace("@FIXTURE", "@pytest.fixture")
    out = run(source(ANYIO, DJANGO_MARK, TESTS, asynchronous, DJANGO), "anyio", "django")
    assert "15 passed" in out


def test_test_cases_run_under_pytest(run: Run) -> None:
    cases = """
from vinyl.test import TestCase
from gallery.models import Genre


class Case(TestCase):
    @classmethod
    async def setUpTestData(cls):
        cls.genre = await Genre.vinyl.create(code="a", name="new")

    async def test_one(self):
        assert await Genre.vinyl.count() == await Genre.objects.acount() == 1

    test_two = test_one
"""
    assert "2 passed" in run(cases, "django")


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    plugins = project["entry-points"]["pytest11"]
    assert plugins == {"vinyl": "vinyl.test.plugin"}
    assert import_module(plugins["vinyl"])


def test_the_plugin_imports_no_django_before_it_is_used() -> None:
    code = "import sys, vinyl.test.plugin; sys.exit('django' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
