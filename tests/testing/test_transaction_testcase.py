"""vinyl.test.TransactionTestCase: no transaction around the test, and empty tables after it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType

import vinyl
from tests.app.models import Genre
from tests.conftest import ALIASES
from vinyl.test import CaptureQueries, TestCase, TransactionTestCase


@pytest.fixture(autouse=True)
def content_types(db: None) -> Iterator[None]:
    """Put those back that the data set was made with: Django makes new ones after a flush."""
    rows = {alias: list(ContentType.objects.using(alias)) for alias in ALIASES}
    yield
    for alias in ALIASES:
        ContentType.objects.using(alias).all().delete()
        ContentType.objects.using(alias).bulk_create(rows[alias])
    ContentType.objects.clear_cache()


def test_what_is_committed_is_seen_by_all_and_flushed_after_the_test(run):
    class Case(TransactionTestCase):
        databases = {"default", "other"}

        async def _test(self):
            assert await Genre.vinyl.count() == 0
            assert not vinyl.connection.in_atomic_block
            await asyncio.gather(*(Genre.vinyl.create(code=code, name="new") for code in "abc"))
            async with vinyl.atomic(durable=True):
                await Genre.vinyl.create(code="d", name="new")
                # Another connection does not see it yet, SQLite's reads nothing meanwhile.
            assert await Genre.objects.acount() == 4
            assert await sync_to_async(lambda: Genre.vinyl.count())() == 4

        test_one = test_two = _test

        def setUp(self):
            Genre.objects.all().delete()

    run(Case)
    assert Genre.objects.count() == 0


def test_hooks_run_at_the_commit(run):
    class Case(TransactionTestCase):
        async def test_it(self):
            done = []
            async with vinyl.atomic():
                vinyl.on_commit(lambda: done.append(1))
                assert done == []
            assert done == [1]

    run(Case)


def test_statements_are_counted(run):
    class Case(TransactionTestCase):
        async def test_it(self):
            async with self.assertNumQueries(2):
                await Genre.vinyl.count()
                await Genre.objects.acount()
            async with CaptureQueries() as captured:
                await asyncio.gather(*(Genre.vinyl.count() for _ in range(3)))
            assert len(captured) == 3

    run(Case)


def test_only_the_databases_of_the_test_can_be_used(run):
    class Case(TransactionTestCase):
        async def test_it(self):
            with pytest.raises(AssertionError, match=r"Add 'other' to .*Case\.databases"):
                await Genre.vinyl.using("other").count()

    run(Case)


def test_a_test_case_of_the_other_kind_may_follow(run):
    class One(TransactionTestCase):
        async def test_it(self):
            await Genre.vinyl.create(code="a", name="new")

    class Two(TestCase):
        async def test_it(self):
            assert await Genre.vinyl.count() == 0
            await Genre.vinyl.create(code="a", name="new")
            assert await Genre.objects.acount() == 1

    run(One)
    run(Two)
    run(One)
