"""The sync twin runs on Django's own connection, in Django's own transactions."""

# ruff: noqa: PT012  what a transaction does with an error is seen around its whole block

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

import vinyl
from tests.app.models import Album, Genre

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def databases_are_there(snapshots: Any) -> Iterator[None]:
    yield
    connection.close()


class Oops(Exception):
    """What the tests raise to break a block."""


def stored() -> set[str]:
    return set(Genre.objects.filter(name="new").values_list("pk", flat=True))


def test_outside_an_event_loop_the_sync_twin_answers() -> None:
    assert vinyl.is_async() is False
    assert Album.vinyl.get(pk=1).title == "Debut"
    assert [album.pk for album in Album.vinyl.order_by("id")[:2]] == [1, 2]
    assert len(Album.vinyl.all()) == 11
    assert bool(Album.vinyl.filter(pk=0)) is False


def test_the_repr_of_a_queryset_is_djangos() -> None:
    assert repr(Genre.vinyl.filter(pk="pop")) == "<QuerySet [<Genre: Pop>]>"


def test_djangos_tools_see_the_statements() -> None:
    with CaptureQueriesContext(connection) as captured:
        Album.vinyl.get(pk=1)
        Album.vinyl.count()
    assert len(captured) == 2


def test_both_managers_work_in_one_transaction_of_djangos() -> None:
    with pytest.raises(Oops), transaction.atomic():
        Genre.objects.create(code="a", name="new")
        Genre.vinyl.create(code="b", name="new")
        assert Genre.vinyl.filter(name="new").count() == 2
        assert Genre.objects.filter(name="new").count() == 2
        raise Oops
    assert stored() == set()


def test_both_managers_work_in_one_transaction_of_vinyls() -> None:
    with pytest.raises(Oops), vinyl.atomic():
        Genre.objects.create(code="a", name="new")
        Genre.vinyl.create(code="b", name="new")
        raise Oops
    assert stored() == set()


def test_blocks_of_both_nest_in_each_other() -> None:
    with vinyl.atomic():
        Genre.vinyl.create(code="a", name="new")
        with pytest.raises(Oops), transaction.atomic():
            Genre.vinyl.create(code="b", name="new")
            raise Oops
        with transaction.atomic(), pytest.raises(Oops), vinyl.atomic():
            Genre.objects.create(code="c", name="new")
            raise Oops
    assert stored() == {"a"}


def test_on_commit_of_both_run_in_order() -> None:
    seen: list[str] = []
    with vinyl.atomic():
        transaction.on_commit(lambda: seen.append("django"))
        vinyl.on_commit(lambda: seen.append("vinyl"))
        assert seen == []
    assert seen == ["django", "vinyl"]


def test_an_error_condemns_the_block_for_both() -> None:
    with pytest.raises(TransactionManagementError), transaction.atomic():
        transaction.set_rollback(True)
        Genre.vinyl.count()


def test_a_coroutine_style_block_is_refused_in_sync_code() -> None:
    async def entered() -> None:
        async with vinyl.atomic():
            return

    coroutine = entered()
    with vinyl.async_mode(False), pytest.raises((vinyl.WrongMode, AttributeError, TypeError)):
        coroutine.send(None)
    coroutine.close()
