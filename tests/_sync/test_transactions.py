# Generated from tests/_async/test_transactions.py by `python tools/unasync_build.py`; never edit.
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


def create(code: str) -> None:
    Genre.vinyl.create(code=code, name="new")


def test_without_a_block_every_statement_commits_by_itself() -> None:
    create("a")
    assert stored("a")


def test_a_block_commits_at_its_end() -> None:
    with vinyl.atomic():
        create("a")
        create("b")
        assert Genre.vinyl.filter(pk__in="ab").count() == 2
        assert not stored("a")
    assert stored("a")
    assert stored("b")


def test_an_error_rolls_the_block_back_and_comes_out() -> None:
    with pytest.raises(Oops):
        with vinyl.atomic():
            create("a")
            raise Oops
    assert not stored("a")
    assert Genre.vinyl.filter(pk="a").exists() is False


def test_every_kind_of_write_is_rolled_back() -> None:
    with pytest.raises(Oops):
        with vinyl.atomic():
            tag = Tag.vinyl.get(pk=1)
            tag.update(name="x")
            Tag.vinyl.filter(pk=2).update(name="y")
            Tag.vinyl.filter(pk=3).delete()
            Patron.vinyl.create(name="New", level=1)
            raise Oops
    names = stock(lambda: list(Tag.objects.filter(pk__lte=3).order_by("pk").values_list("name")))
    assert names == [("icelandic",), ("icelandic",), ("live",)]
    assert stock(lambda: Patron.objects.count()) == 2


def test_an_inner_block_is_a_savepoint() -> None:
    with vinyl.atomic():
        create("a")
        with pytest.raises(Oops):
            with vinyl.atomic():
                create("b")
                raise Oops
        create("c")
    assert (stored("a"), stored("b"), stored("c")) == (True, False, True)


def test_an_inner_block_that_fails_before_any_query_harms_nothing() -> None:
    with vinyl.atomic():
        with pytest.raises(Oops):
            with vinyl.atomic():
                raise Oops
        create("a")
    assert stored("a")


def test_an_inner_block_that_ends_well_goes_with_the_outer_one() -> None:
    with pytest.raises(Oops):
        with vinyl.atomic():
            with vinyl.atomic():
                create("a")
            raise Oops
    assert not stored("a")


def test_blocks_nest_deeply() -> None:
    with vinyl.atomic():
        create("a")
        with vinyl.atomic():
            create("b")
            with pytest.raises(Oops):
                with vinyl.atomic():
                    create("c")
                    with vinyl.atomic():
                        create("d")
                    raise Oops
            create("e")
    assert [stored(code) for code in "abcde"] == [True, True, False, False, True]


def test_a_database_error_in_an_inner_block_leaves_the_outer_one_usable() -> None:
    with vinyl.atomic():
        create("a")
        with pytest.raises(IntegrityError):
            with vinyl.atomic():
                create("pop")
        assert Genre.vinyl.filter(pk="a").exists() is True
        create("b")
    assert stored("a")
    assert stored("b")


def test_an_inner_block_without_a_savepoint_condemns_the_outer_one() -> None:
    with vinyl.atomic():
        create("a")
        with pytest.raises(Oops):
            with vinyl.atomic(savepoint=False):
                create("b")
                raise Oops
        assert vinyl.get_rollback() is True
        with pytest.raises(TransactionManagementError):
            Genre.vinyl.count()
    assert not stored("a")
    assert not stored("b")


def test_a_block_marked_for_rollback_is_rolled_back() -> None:
    with vinyl.atomic():
        create("a")
        vinyl.set_rollback(True)
    assert not stored("a")


def test_a_durable_block_must_be_the_outermost() -> None:
    with vinyl.atomic(durable=True):
        create("a")
    assert stored("a")
    with vinyl.atomic():
        with pytest.raises(RuntimeError, match="durable"):
            with vinyl.atomic(durable=True):
                create("b")
    assert not stored("b")


def test_a_function_can_be_a_block() -> None:
    @vinyl.atomic
    def good() -> str:
        create("a")
        return "result"

    @vinyl.atomic(savepoint=True)
    def bad() -> None:
        create("b")
        raise Oops

    assert good() == "result"
    with pytest.raises(Oops):
        bad()
    assert (stored("a"), stored("b")) == (True, False)


def test_a_function_can_be_a_block_many_times() -> None:
    @vinyl.atomic
    def again(depth: int) -> None:
        create(f"depth {depth}")
        if depth:
            again(depth - 1)

    again(2)
    assert stored("depth 0")
    assert stored("depth 2")


def test_the_connection_knows_whether_it_is_in_a_block() -> None:
    assert vinyl.connection.in_atomic_block is False
    with vinyl.atomic():
        assert vinyl.connections["default"].in_atomic_block is True
        assert vinyl.connections["other"].in_atomic_block is False
    assert vinyl.connection.in_atomic_block is False


def test_a_block_covers_one_database() -> None:
    with pytest.raises(Oops):
        with vinyl.atomic(using="other"):
            create("a")
            Artist.vinyl.using("other").create(name="There")
            raise Oops
    assert stored("a")
    assert stock(lambda: Artist.objects.using("other").filter(name="There").count()) == 0


def test_blocks_on_two_databases_nest_independently() -> None:
    with pytest.raises(Oops):
        with vinyl.atomic():
            create("a")
            with vinyl.atomic(using="other"):
                Artist.vinyl.using("other").create(name="There")
            raise Oops
    assert not stored("a")
    assert stock(lambda: Artist.objects.using("other").filter(name="There").count()) == 1


def test_on_commit_runs_after_the_commit_in_order() -> None:
    seen = []
    with vinyl.atomic():
        create("a")
        vinyl.on_commit(lambda: seen.append(("first", stored("a"))))
        with vinyl.atomic():
            vinyl.on_commit(lambda: seen.append(("second", stored("a"))))
        assert seen == []
    assert seen == [("first", True), ("second", True)]


def test_on_commit_takes_functions_that_query() -> None:
    def later() -> None:
        create("later")

    with vinyl.atomic():
        create("a")
        vinyl.on_commit(later)
        assert Genre.vinyl.filter(pk="later").exists() is False
    assert stored("later")


def test_on_commit_is_dropped_with_a_rollback() -> None:
    seen = []
    with pytest.raises(Oops):
        with vinyl.atomic():
            vinyl.on_commit(lambda: seen.append("outer"))
            raise Oops
    with vinyl.atomic():
        vinyl.on_commit(lambda: seen.append("kept"))
        with pytest.raises(Oops):
            with vinyl.atomic():
                vinyl.on_commit(lambda: seen.append("inner"))
                raise Oops
    assert seen == ["kept"]


def test_on_commit_is_taken_and_dropped_in_a_block_marked_for_rollback() -> None:
    seen = []
    with vinyl.atomic():
        vinyl.set_rollback(True)
        vinyl.on_commit(lambda: seen.append("marked"))
    with vinyl.atomic():
        vinyl.set_rollback(True)
        vinyl.on_commit(lambda: seen.append("in time"))
        vinyl.set_rollback(False)
    assert seen == ["in time"]


def test_on_commit_outside_a_block_runs_at_once() -> None:
    seen = []
    vinyl.on_commit(lambda: seen.append("now"))
    assert seen == ["now"]


def test_an_error_in_on_commit_comes_out_after_the_commit() -> None:
    def broken() -> None:
        raise Oops

    with pytest.raises(Oops):
        with vinyl.atomic():
            create("a")
            vinyl.on_commit(broken)
    assert stored("a")


def test_a_row_locked_inside_a_block_can_be_read_by_itself() -> None:
    with vinyl.atomic():
        genre = Genre.vinyl.select_for_update().get(pk="pop")
        genre.update(name="Locked")
    assert (Genre.vinyl.get(pk="pop")).name == "Locked"
