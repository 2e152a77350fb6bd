"""Transactions: all or nothing, savepoints inside, and what runs after the commit."""

# ruff: noqa: PT012  what a transaction does with an error is seen around its whole block

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.db.transaction import TransactionManagementError

import vinyl
from tests.app.models import Artist, Genre, Patron, Tag
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("db")


class Oops(Exception):
    """What the tests raise to break a block."""


def stored(code: str) -> bool:
    """Tell whether another connection sees the genre."""
    return stock(lambda: Genre.objects.filter(pk=code).exists())


async def create(code: str) -> None:
    await Genre.vinyl.create(code=code, name="new")


async def test_without_a_block_every_statement_commits_by_itself() -> None:
    await create("a")
    assert stored("a")


async def test_a_block_commits_at_its_end() -> None:
    async with vinyl.atomic():
        await create("a")
        await create("b")
        assert await Genre.vinyl.filter(pk__in="ab").count() == 2
        assert not stored("a")
    assert stored("a")
    assert stored("b")


async def test_an_error_rolls_the_block_back_and_comes_out() -> None:
    with pytest.raises(Oops):
        async with vinyl.atomic():
            await create("a")
            raise Oops
    assert not stored("a")
    assert await Genre.vinyl.filter(pk="a").exists() is False


async def test_every_kind_of_write_is_rolled_back() -> None:
    with pytest.raises(Oops):
        async with vinyl.atomic():
            tag = await Tag.vinyl.get(pk=1)
            await tag.update(name="x")
            await Tag.vinyl.filter(pk=2).update(name="y")
            await Tag.vinyl.filter(pk=3).delete()
            await Patron.vinyl.create(name="New", level=1)
            raise Oops
    names = stock(lambda: list(Tag.objects.filter(pk__lte=3).order_by("pk").values_list("name")))
    assert names == [("icelandic",), ("icelandic",), ("live",)]
    assert stock(lambda: Patron.objects.count()) == 2


async def test_an_inner_block_is_a_savepoint() -> None:
    async with vinyl.atomic():
        await create("a")
        with pytest.raises(Oops):
            async with vinyl.atomic():
                await create("b")
                raise Oops
        await create("c")
    assert (stored("a"), stored("b"), stored("c")) == (True, False, True)


async def test_an_inner_block_that_fails_before_any_query_harms_nothing() -> None:
    async with vinyl.atomic():
        with pytest.raises(Oops):
            async with vinyl.atomic():
                raise Oops
        await create("a")
    assert stored("a")


async def test_an_inner_block_that_ends_well_goes_with_the_outer_one() -> None:
    with pytest.raises(Oops):
        async with vinyl.atomic():
            async with vinyl.atomic():
                await create("a")
            raise Oops
    assert not stored("a")


async def test_blocks_nest_deeply() -> None:
    async with vinyl.atomic():
        await create("a")
        async with vinyl.atomic():
            await create("b")
            with pytest.raises(Oops):
                async with vinyl.atomic():
                    await create("c")
                    async with vinyl.atomic():
                        await create("d")
                    raise Oops
            await create("e")
    assert [stored(code) for code in "abcde"] == [True, True, False, False, True]


async def test_a_database_error_in_an_inner_block_leaves_the_outer_one_usable() -> None:
    async with vinyl.atomic():
        await create("a")
        with pytest.raises(IntegrityError):
            async with vinyl.atomic():
                await create("pop")
        assert await Genre.vinyl.filter(pk="a").exists() is True
        await create("b")
    assert stored("a")
    assert stored("b")


async def test_an_inner_block_without_a_savepoint_condemns_the_outer_one() -> None:
    async with vinyl.atomic():
        await create("a")
        with pytest.raises(Oops):
            async with vinyl.atomic(savepoint=False):
                await create("b")
                raise Oops
        assert vinyl.get_rollback() is True
        with pytest.raises(TransactionManagementError):
            await Genre.vinyl.count()
    assert not stored("a")
    assert not stored("b")


async def test_a_block_marked_for_rollback_is_rolled_back() -> None:
    async with vinyl.atomic():
        await create("a")
        vinyl.set_rollback(True)
    assert not stored("a")


async def test_a_durable_block_must_be_the_outermost() -> None:
    async with vinyl.atomic(durable=True):
        await create("a")
    assert stored("a")
    async with vinyl.atomic():
        with pytest.raises(RuntimeError, match="durable"):
            async with vinyl.atomic(durable=True):
                await create("b")
    assert not stored("b")


async def test_a_function_can_be_a_block() -> None:
    @vinyl.atomic
    async def good() -> str:
        await create("a")
        return "result"

    @vinyl.atomic(savepoint=True)
    async def bad() -> None:
        await create("b")
        raise Oops

    assert await good() == "result"
    with pytest.raises(Oops):
        await bad()
    assert (stored("a"), stored("b")) == (True, False)


async def test_a_function_can_be_a_block_many_times() -> None:
    @vinyl.atomic
    async def again(depth: int) -> None:
        await create(f"depth {depth}")
        if depth:
            await again(depth - 1)

    await again(2)
    assert stored("depth 0")
    assert stored("depth 2")


async def test_the_connection_knows_whether_it_is_in_a_block() -> None:
    assert vinyl.connection.in_atomic_block is False
    async with vinyl.atomic():
        assert vinyl.connections["default"].in_atomic_block is True
        assert vinyl.connections["other"].in_atomic_block is False
    assert vinyl.connection.in_atomic_block is False


async def test_a_block_covers_one_database() -> None:
    with pytest.raises(Oops):
        async with vinyl.atomic(using="other"):
            await create("a")
            await Artist.vinyl.using("other").create(name="There")
            raise Oops
    assert stored("a")
    assert stock(lambda: Artist.objects.using("other").filter(name="There").count()) == 0


async def test_blocks_on_two_databases_nest_independently() -> None:
    with pytest.raises(Oops):
        async with vinyl.atomic():
            await create("a")
            async with vinyl.atomic(using="other"):
                await Artist.vinyl.using("other").create(name="There")
            raise Oops
    assert not stored("a")
    assert stock(lambda: Artist.objects.using("other").filter(name="There").count()) == 1


async def test_on_commit_runs_after_the_commit_in_order() -> None:
    seen = []
    async with vinyl.atomic():
        await create("a")
        vinyl.on_commit(lambda: seen.append(("first", stored("a"))))
        async with vinyl.atomic():
            vinyl.on_commit(lambda: seen.append(("second", stored("a"))))
        assert seen == []
    assert seen == [("first", True), ("second", True)]


async def test_on_commit_takes_functions_that_query() -> None:
    async def later() -> None:
        await create("later")

    async with vinyl.atomic():
        await create("a")
        vinyl.on_commit(later)
        assert await Genre.vinyl.filter(pk="later").exists() is False
    assert stored("later")


async def test_on_commit_is_dropped_with_a_rollback() -> None:
    seen = []
    with pytest.raises(Oops):
        async with vinyl.atomic():
            vinyl.on_commit(lambda: seen.append("outer"))
            raise Oops
    async with vinyl.atomic():
        vinyl.on_commit(lambda: seen.append("kept"))
        with pytest.raises(Oops):
            async with vinyl.atomic():
                vinyl.on_commit(lambda: seen.append("inner"))
                raise Oops
    assert seen == ["kept"]


async def test_on_commit_is_taken_and_dropped_in_a_block_marked_for_rollback() -> None:
    seen = []
    async with vinyl.atomic():
        vinyl.set_rollback(True)
        vinyl.on_commit(lambda: seen.append("marked"))
    async with vinyl.atomic():
        vinyl.set_rollback(True)
        vinyl.on_commit(lambda: seen.append("in time"))
        vinyl.set_rollback(False)
    assert seen == ["in time"]


async def test_on_commit_outside_a_block_runs_at_once() -> None:
    seen = []
    await vinyl.on_commit(lambda: seen.append("now"))
    assert seen == ["now"]


async def test_an_error_in_on_commit_comes_out_after_the_commit() -> None:
    def broken() -> None:
        raise Oops

    with pytest.raises(Oops):
        async with vinyl.atomic():
            await create("a")
            vinyl.on_commit(broken)
    assert stored("a")


async def test_a_row_locked_inside_a_block_can_be_read_by_itself() -> None:
    async with vinyl.atomic():
        genre = await Genre.vinyl.select_for_update().get(pk="pop")
        await genre.update(name="Locked")
    assert (await Genre.vinyl.get(pk="pop")).name == "Locked"
