"""What `tests/parity.tsv` says of the async twin, seen in its classes."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.db import NotSupportedError

from tests._async.recording import recorded
from tests.app.models import Album, Genre, Label
from tools import parity

pytestmark = pytest.mark.usefixtures("pools")

ROWS = parity.read()
NOT_YET = [row for row in ROWS if row.in_async == parity.NOT_YET]
ASYNC_NAMES = [row for row in ROWS if row.in_sync == parity.REFUSED and row.method != "aiterator"]


def label(row: parity.Row) -> str:
    return f"{row.of}.{row.method}"


def subject(row: parity.Row) -> Any:
    """Return an object of the class that a row is about."""
    album = Album.vinyl.model(pk=1, title="x", artist_id=1, year=1, price=1)
    return {
        "QuerySet": lambda: Album.vinyl.all(),
        "Model": lambda: album,
        "reverse manager": lambda: Label.vinyl.model(pk=1, code="x").artists,
        "many-to-many manager": lambda: album.genres,
        "generic manager": lambda: album.tags,
    }[row.of]()


@pytest.mark.parametrize("row", NOT_YET, ids=label)
async def test_what_is_not_native_yet_is_refused_without_a_query(row: parity.Row) -> None:
    await Album.vinyl.get(pk=1)
    errors = (NotSupportedError, SynchronousOnlyOperation)
    with recorded() as statements, pytest.raises(errors, match=r"not native yet|async context"):
        await getattr(subject(row), row.method)()
    assert statements == []


@pytest.mark.parametrize("row", ASYNC_NAMES, ids=label)
async def test_djangos_async_names_do_what_the_plain_names_do(row: parity.Row) -> None:
    owner = type(subject(row)) if row.of != "QuerySet" else type(Genre.vinyl.all())
    method, plain = getattr(owner, row.method), getattr(owner, row.method[1:])
    if row.in_async == parity.NOT_YET:
        assert "refused" in method.__qualname__
    else:
        assert inspect.unwrap(method) is inspect.unwrap(plain)


async def test_aiterator_gives_the_objects_one_by_one() -> None:
    genres = Genre.vinyl.order_by("code")
    assert [genre async for genre in genres.aiterator()] == await genres
