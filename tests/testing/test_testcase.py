"""vinyl.test.TestCase: one transaction for Django and both twins, rolled back after each test."""

# ruff: noqa: PT012, SIM117  what a block does with an error is seen around the whole of it

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django import test
from django.db import IntegrityError, connection, connections, transaction
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app.models import Album, Artist, Genre
from vinyl._runtime._async import sharing
from vinyl.test import CaptureQueries, TestCase


def stored(alias: str = "default") -> set[str]:
    return set(Genre.objects.using(alias).filter(name="new").values_list("pk", flat=True))


async def names() -> list[str]:
    return [genre.pk async for genre in Genre.vinyl.filter(name="new").order_by("pk")]


def test_all_three_see_each_others_rows_and_all_is_rolled_back(run):
    class Case(TestCase):
        async def test_it(self):
            await Genre.vinyl.create(code="a", name="new")
            await Genre.objects.acreate(code="b", name="new")
            await sync_to_async(lambda: Genre.vinyl.create(code="c", name="new"))()
            assert await names() == ["a", "b", "c"]
            assert await sync_to_async(stored)() == {"a", "b", "c"}

        def test_sync(self):
            assert stored() == set()
            Genre.objects.create(code="a", name="new")
            Genre.vinyl.create(code="b", name="new")
            assert async_to_sync(names)() == ["a", "b"]

    run(Case)
    assert stored() == set()


def test_data_of_the_class_is_there_in_each_test_in_copies(run):
    class Case(TestCase):
        @classmethod
        async def setUpTestData(cls):
            cls.genre = await Genre.vinyl.create(code="a", name="new")
            cls.same = cls.genre
            cls.albums = Album.vinyl.filter(pk=1)
            await cls.albums

        async def _test(self):
            assert self.genre is self.same
            assert self.genre is not type(self).__dict__["genre"].data
            assert self.genre.name == "new"
            assert await names() == ["a"]
            assert [album.title for album in await self.albums] == ["Debut"]
            await self.genre.update(name="other")
            assert await names() == []

        test_one = test_two = _test

    run(Case)
    assert stored() == set()


def test_asynchronous_data_of_a_base_class_is_awaited(run):
    class Base(TestCase):
        @classmethod
        async def setUpTestData(cls):
            await super().setUpTestData()
            cls.one = await Genre.vinyl.create(code="a", name="new")

    class Case(Base):
        @classmethod
        async def setUpTestData(cls):
            await super().setUpTestData()
            cls.two = await Genre.vinyl.create(code="b", name="new")

        def test_it(self):
            assert stored() == {"a", "b"}
            assert (self.one.pk, self.two.pk) == ("a", "b")

    class Sync(TestCase):
        @classmethod
        def setUpTestData(cls):
            cls.one = Genre.objects.create(code="a", name="new")

        async def test_it(self):
            assert await names() == ["a"]

    run(Case)
    run(Sync)


def test_blocks_make_savepoints(run):
    class Case(TestCase):
        async def test_it(self):
            with CaptureQueries() as captured:
                async with vinyl.atomic():
                    await Genre.vinyl.create(code="a", name="new")
                    with pytest.raises(ZeroDivisionError):
                        async with vinyl.atomic():
                            await Genre.vinyl.create(code="b", name="new")
                            raise ZeroDivisionError
            assert sum(query["sql"].startswith("SAVEPOINT") for query in captured) == 2
            with pytest.raises(IntegrityError):
                async with vinyl.atomic():
                    await Genre.vinyl.create(code="a", name="new")
            assert await names() == ["a"]
            assert vinyl.connection.in_atomic_block

    run(Case)


def test_durable_blocks_are_allowed_where_django_allows_them(run):
    class Case(TestCase):
        async def test_it(self):
            async with vinyl.atomic(durable=True):
                with pytest.raises(RuntimeError, match="durable"):
                    async with vinyl.atomic(durable=True):
                        pass

        def test_in_a_block_of_djangos(self):
            async def open_block() -> None:
                async with vinyl.atomic(durable=True):
                    pass

            with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
                async_to_sync(open_block)()

    run(Case)


def test_a_mark_for_rollback_is_djangos_as_well(run):
    class Case(TestCase):
        async def test_it(self):
            vinyl.set_rollback(True)
            with pytest.raises(TransactionManagementError):
                await Genre.vinyl.count()
            with pytest.raises(TransactionManagementError):
                await sync_to_async(Genre.objects.count)()
            vinyl.set_rollback(False)
            assert await Genre.vinyl.count() == await Genre.objects.acount()

    run(Case)


def test_tasks_take_turns(run):
    class Case(TestCase):
        async def test_it(self):
            async def one(number: int) -> None:
                async with vinyl.atomic():
                    await Genre.vinyl.create(code=f"{number:02}", name="new")
                    if number % 2:
                        vinyl.set_rollback(True)

            await asyncio.gather(*map(one, range(10)))
            assert await names() == ["00", "02", "04", "06", "08"]

    run(Case)


def test_a_tasks_spoilt_block_does_not_refuse_those_who_wait_for_their_turn(run):
    class Case(TestCase):
        async def test_it(self):
            spoilt = asyncio.Event()

            async def fails() -> None:
                async with vinyl.atomic():
                    await Genre.vinyl.create(code="a", name="new")
                    with pytest.raises(IntegrityError):
                        await Genre.vinyl.create(code="a", name="new")
                    spoilt.set()
                    await asyncio.sleep(0)

            async def waits() -> None:
                await spoilt.wait()
                await Genre.vinyl.create(code="b", name="new")

            await asyncio.gather(fails(), waits())
            assert await names() == ["b"]

    run(Case)


def test_what_django_marks_in_a_savepoint_is_rolled_back_with_it(run):
    class Case(TestCase):
        async def test_it(self):
            with pytest.raises(IntegrityError):
                async with vinyl.atomic():
                    await Genre.vinyl.create(code="b", name="new")  # which sets the savepoint
                    await Genre.objects.acreate(code="pop", name="new")
            await Genre.objects.acreate(code="a", name="new")
            assert await names() == ["a"]

    run(Case)


def test_statements_of_djangos_thread_and_of_the_loop_take_turns(run):
    class Case(TestCase):
        async def test_it(self):
            async def ours() -> None:
                for number in range(50):
                    assert await Genre.vinyl.filter(pk="pop").count() == 1, number

            def theirs() -> None:
                for number in range(50):
                    assert Genre.objects.filter(pk="pop").count() == 1, number

            await asyncio.gather(ours(), sync_to_async(theirs)(), ours())

    run(Case)


def test_what_djangos_threads_write_leaves_blocks_alone(run):
    class Case(TestCase):
        async def test_it(self):
            async def ours(number: int) -> None:
                async with vinyl.atomic():
                    await Genre.vinyl.create(code=f"a{number}", name="new")

            def theirs(number: int) -> None:
                Artist.objects.create(name=f"new {number}")

            tasks = [ours(number) for number in range(10)]
            threads = [sync_to_async(theirs)(number) for number in range(10)]
            await asyncio.gather(*tasks, *threads)
            assert len(await names()) == 10
            assert await Artist.vinyl.filter(name__startswith="new").count() == 10

        async def test_rows_that_are_left_unread(self):
            if connection.vendor == "mysql":
                return  # Only MariaDB has RETURNING.
            insert = "INSERT INTO shop_genre (code, name) VALUES (%s, 'new'), (%s, 'new')"

            def begin() -> Any:
                cursor = connection.cursor()
                cursor.execute(f"{insert} RETURNING code, name", ["a", "b"])
                return cursor

            cursor = await sync_to_async(begin)()
            async with vinyl.atomic():
                assert await names() == ["a", "b"]
            assert [column[0] for column in cursor.description] == ["code", "name"]
            assert await sync_to_async(cursor.fetchone)() == ("a", "new")
            assert await sync_to_async(cursor.fetchmany)(5) == [("b", "new")]
            assert await sync_to_async(cursor.fetchall)() == []
            assert cursor.fetchone() is None
            await sync_to_async(cursor.execute)("SELECT code FROM shop_genre WHERE code = 'b'")
            assert await sync_to_async(list)(cursor) == [("b",)]
            await sync_to_async(cursor.execute)(f"{insert} RETURNING code", ["c", "d"])
            assert await sync_to_async(list)(cursor) == [("c",), ("d",)]
            await sync_to_async(cursor.close)()

    run(Case)


def test_an_execute_wrapper_of_djangos_may_run_statements_itself(run):
    class Case(TestCase):
        def test_sync(self):
            seen = []

            def explain(execute, sql, params, many, context):
                if not seen:
                    seen.append(sql)
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT 1")
                    assert async_to_sync(names)() == []
                return execute(sql, params, many, context)

            with connection.execute_wrapper(explain):
                assert Genre.objects.filter(pk="pop").count() == 1
            assert len(seen) == 1

        async def test_async(self):
            await Genre.vinyl.count()
            await sync_to_async(self.test_sync)()

    run(Case)


def test_execute_wrappers_from_before_the_test_end_as_they_should(run):
    def note(execute, *args):
        seen.append(args[0])
        return execute(*args)

    class Case(TestCase):
        def test_it(self):
            assert Genre.objects.filter(pk="pop").count() == 1

    seen: list[str] = []
    before = connection.execute_wrappers
    with connection.execute_wrapper(note):
        run(Case)
        assert connection.execute_wrappers == [note]
    assert connection.execute_wrappers == before == []
    assert any("COUNT" in sql for sql in seen)


def test_a_block_that_waits_for_a_task_outside_gets_an_error_in_time(run, monkeypatch):
    monkeypatch.setattr(sharing, "TURN_TIMEOUT", 0.05)

    class Case(TestCase):
        async def test_it(self):
            go = asyncio.Event()

            async def other() -> None:
                await go.wait()
                await Genre.vinyl.count()

            task = asyncio.create_task(other())
            async with vinyl.atomic():
                go.set()
                with pytest.raises(vinyl.PoolTimeout, match="one connection of this test"):
                    await task

    run(Case)


def test_a_cancelled_statement_leaves_the_connection_in_step(run):
    class Case(TestCase):
        async def test_it(self):
            async with vinyl.atomic():
                task = asyncio.create_task(Album.vinyl.count())
                await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                vinyl.set_rollback(True)
            assert await Genre.vinyl.filter(pk="pop").count() == 1
            assert await sync_to_async(Genre.objects.filter(pk="pop").count)() == 1

    run(Case)


def test_rows_are_streamed_and_given_up(run):
    class Case(TestCase):
        async def test_it(self):
            rows = Album.vinyl.order_by("pk").iterator(chunk_size=2)
            assert (await anext(rows)).pk == 1
            await Genre.objects.acreate(code="a", name="new")
            assert (await anext(rows)).pk == 2
            assert (await anext(rows)).pk == 3

    run(Case)


def test_statements_of_all_three_are_counted(run):
    class Case(TestCase):
        async def test_async(self):
            async with self.assertNumQueries(3):
                await Genre.vinyl.count()
                await Genre.objects.acount()
                await sync_to_async(lambda: Genre.vinyl.count())()
            with self.assertNumQueries(1):
                await Genre.vinyl.count()
            await self.assertNumQueries(1, names)
            async with CaptureQueries() as captured:
                await Genre.objects.filter(pk="x").afirst()
                await Genre.vinyl.filter(pk="y").first()
            assert ["x" in query["sql"] for query in captured] == [True, False]

        def test_sync(self):
            with self.assertNumQueries(3):
                Genre.vinyl.count()
                Genre.objects.count()
                assert async_to_sync(names)() == []
            self.assertNumQueries(1, Genre.objects.count)

        async def test_fails(self):
            with pytest.raises(
                AssertionError, match=r"1 queries executed, 2 expected\n.*\n1\. SELECT"
            ):
                async with self.assertNumQueries(2):
                    await Genre.vinyl.count()

    run(Case)


def test_hooks_are_captured(run):  # noqa: C901  each test is simple
    class Case(TestCase):
        async def test_async(self):
            done = []

            async def later() -> None:
                done.append(await Genre.vinyl.filter(name="new").count())

            async def chained() -> None:
                vinyl.on_commit(later)

            def of_django() -> None:
                done.append(("django", Genre.objects.filter(name="new").count()))

            async with self.captureOnCommitCallbacks(execute=True) as captured:
                async with vinyl.atomic():
                    await Genre.vinyl.create(code="a", name="new")
                    vinyl.on_commit(chained)
                    await sync_to_async(transaction.on_commit)(of_django)
                with pytest.raises(ZeroDivisionError):
                    async with vinyl.atomic():
                        vinyl.on_commit(later)
                        raise ZeroDivisionError
            assert sorted(map(str, done)) == ["('django', 1)", "1"]
            assert set(captured) == {chained, of_django, later}

        async def test_without_running(self):
            async def never() -> None:
                raise AssertionError

            with self.captureOnCommitCallbacks() as captured:
                vinyl.on_commit(never)
            assert captured == [never]

        def test_sync(self):
            done = []

            async def register() -> None:
                async def later() -> None:
                    done.append(await Genre.vinyl.filter(pk="pop").count())

                vinyl.on_commit(later)

            with self.captureOnCommitCallbacks(execute=True) as captured:
                async_to_sync(register)()
                vinyl.on_commit(lambda: done.append("sync"))
            assert done == [1, "sync"]
            assert len(captured) == 2

        async def test_a_coroutine_in_a_plain_with(self):
            async def later() -> None:
                raise AssertionError

            with pytest.raises(vinyl.WrongMode, match="async with"):
                with self.captureOnCommitCallbacks(execute=True):
                    vinyl.on_commit(later)

    run(Case)


def test_hooks_are_captured_inside_of_blocks(run):
    class Case(TestCase):
        async def test_it(self):
            done = []

            def hook(name: str) -> Any:
                return lambda: done.append(name)

            async with vinyl.atomic():
                vinyl.on_commit(hook("before"))
                async with self.captureOnCommitCallbacks(execute=True) as captured:
                    vinyl.on_commit(hook("inside"))
                    async with vinyl.atomic():
                        vinyl.on_commit(hook("deeper"))
                    with pytest.raises(ZeroDivisionError):
                        async with vinyl.atomic():
                            async with vinyl.atomic():
                                vinyl.on_commit(hook("undone"))
                            raise ZeroDivisionError
                assert len(captured) == 2
            assert done == ["inside", "deeper"]

        async def test_in_the_order_in_which_they_come(self):
            with self.captureOnCommitCallbacks() as captured:
                async with vinyl.atomic():
                    vinyl.on_commit(first := lambda: None)
                    await sync_to_async(transaction.on_commit)(second := lambda: None)
                    async with vinyl.atomic(savepoint=False):
                        vinyl.on_commit(third := lambda: None)
            assert captured == [first, second, third]

        async def test_those_of_a_marked_block_are_dropped(self):
            with self.captureOnCommitCallbacks() as captured:
                async with vinyl.atomic():
                    vinyl.on_commit(lambda: None)
                    vinyl.set_rollback(True)
            assert captured == []
            assert connection.run_on_commit == []

    run(Case)


def test_the_error_of_a_robust_hook_is_logged(run, caplog):
    class Case(TestCase):
        async def test_it(self):
            async def fails() -> None:
                raise ZeroDivisionError

            async with self.captureOnCommitCallbacks(execute=True):
                vinyl.on_commit(fails, robust=True)
            with pytest.raises(ZeroDivisionError):
                async with self.captureOnCommitCallbacks(execute=True):
                    vinyl.on_commit(fails)

    with caplog.at_level(logging.ERROR, "django.test"):
        run(Case)
    assert len(caplog.records) == 1


def test_only_the_databases_of_the_test_can_be_used(run):
    class One(TestCase):
        async def test_it(self):
            with pytest.raises(AssertionError, match=r"Add 'other' to .*One\.databases"):
                await Genre.vinyl.using("other").count()

    class Both(TestCase):
        databases = {"default", "other"}

        async def test_it(self):
            await Genre.vinyl.using("other").create(code="a", name="new")
            await Genre.vinyl.create(code="b", name="new")
            assert await sync_to_async(stored)("other") == {"a"}
            assert await sync_to_async(stored)() == {"b"}
            async with self.assertNumQueries(1, using="other"):
                await Genre.vinyl.using("other").count()
                await Genre.vinyl.count()

    class NoDatabase(test.SimpleTestCase):
        pass

    run(One)
    run(Both)
    assert stored() == stored("other") == set()


def test_json_fixtures_are_there(run, tmp_path):
    path = tmp_path / "genres.json"
    path.write_text('[{"model": "shop.genre", "pk": "a", "fields": {"name": "new"}}]')

    class Case(TestCase):
        fixtures = [str(path)]

        async def test_it(self):
            assert await names() == ["a"]

    run(Case)
    assert stored() == set()


def test_generic_relations_and_prefetching_work(run):
    class Case(TestCase):
        async def test_it(self):
            albums = await Album.vinyl.select_related("artist").prefetch_related("genres")
            assert len(albums) == await Album.objects.acount()
            assert await Artist.vinyl.filter(albums__isnull=False).exists()

    run(Case)


def test_afterwards_nothing_is_shared(run):
    class Case(TestCase):
        async def test_it(self):
            await Genre.vinyl.create(code="a", name="new")

    run(Case)

    async def look() -> Any:
        try:
            return vinyl.connection.in_atomic_block, await names()
        finally:
            await vinyl.connections.close()

    assert asyncio.run(look()) == (False, [])
    assert sharing.wrapper_of("default") is None


def test_a_connection_that_the_test_has_closed_says_so(run):
    class Case(TestCase):
        async def test_it(self):
            await Genre.vinyl.count()
            await sync_to_async(connection.close)()
            with pytest.raises(Exception, match="closed"):
                await Genre.vinyl.count()

    run(Case, passes=False)
    connections.close_all()
