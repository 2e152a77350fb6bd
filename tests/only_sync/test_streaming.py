"""Streaming in the sync twin: Django's own cursors, read in chunks."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

import vinyl
from tests.app import numbers
from tests.app.models import Album, Genre

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(scope="module")
def table(snapshots: Any) -> Iterator[str]:
    with numbers.table() as name:
        yield name


def many(table: str) -> Any:
    """Return a queryset of a hundred thousand objects."""
    return numbers.one_each(Genre.vinyl.filter(pk="pop"), table)


def raw(table: str) -> Any:
    """Return a hundred thousand objects of a query written by hand."""
    sql = f"SELECT g.*, n FROM shop_genre g, {table} WHERE code = %s"
    return Genre.vinyl.raw(sql, ["pop"])


@pytest.mark.parametrize("rows_of", [many, raw])
@pytest.mark.parametrize("atomic", [False, True])
def test_memory_stays_flat_however_many_rows_there_are(
    table: str, atomic: bool, rows_of: Any
) -> None:
    if connection.vendor == "mysql":
        pytest.skip("there, Django's cursor reads all rows at once")
    gc.collect()
    tracemalloc.start()
    try:
        with transaction.atomic() if atomic else vinyl.async_mode(False):
            count = sum(1 for _ in rows_of(table).iterator(chunk_size=500))
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == numbers.COUNT
    # As a list, they take more than 40 MB.
    assert taken < 6_000_000


def test_postgresql_reads_from_the_cursor_that_django_opens() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("a feature of PostgreSQL")
    cursors = "SELECT name FROM pg_cursors"
    for _ in Album.vinyl.order_by("pk").iterator(chunk_size=2):
        ((name,),) = vinyl.connection.execute(cursors).rows
        assert name.startswith("_django_curs_")
        break
    assert vinyl.connection.execute(cursors).rows == []


def test_it_reads_what_djangos_transaction_has_written() -> None:
    with transaction.atomic():
        Genre.objects.create(pk="zzz")
        assert "zzz" in [genre.pk for genre in Genre.vinyl.iterator()]
        transaction.set_rollback(True)
