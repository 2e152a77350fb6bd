"""The comparison notices every kind of difference; otherwise agreement would mean nothing."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.app.models import Album, Artist
from tests.differential.expressions import READS, WRITES
from tests.differential.normal import normal
from tests.differential.subjects import Stock, differences
from tests.differential.table import case

EQUAL_BUT_NOT_THE_SAME = [
    (1, True),
    (1, 1.0),
    (1, Decimal(1)),
    (Decimal("1.0"), Decimal("1.00")),
    (0.0, -0.0),
    (b"x", bytearray(b"x")),
    (b"x", memoryview(b"x")),
    ([1], (1,)),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(0), "x")),
    ),
    ("lp", Album.Format.LP),
    (Album(pk=1), Album(pk=1, title="x")),
    (Album(pk=1), Album(pk=1, artist=Artist())),
    (Album(pk=1), Album.from_db("default", ["id", "title"], [1, "x"])),
]


@pytest.mark.parametrize(
    ("one", "other"), EQUAL_BUT_NOT_THE_SAME, ids=lambda value: type(value).__name__
)
def test_values_that_are_only_equal_are_told_apart(one: Any, other: Any) -> None:
    assert normal(one) != normal(other)


def test_objects_with_the_same_columns_and_relations_are_the_same() -> None:
    artist = {"pk": 1, "name": "x"}
    one, other = (Album(pk=2, title="y", artist=Artist(**artist), barcode=None) for _ in range(2))
    assert normal(one) == normal(other)


def test_an_object_that_points_back_to_itself_is_told_once() -> None:
    artist = Artist(pk=1)
    artist._state.fields_cache["label"] = artist
    assert "again" in repr(normal(artist))


@pytest.fixture
def observed(databases: None) -> Callable[[Callable[..., Any]], Any]:
    return lambda build: Stock().observe(case("planted", build))


PLANTED = {
    "another row": lambda Album: Album.filter(pk=2),
    "another column": lambda Album: Album.defer("title").filter(pk=1),
    "other sql": lambda Album: Album.filter(pk__exact=1, title__isnull=False),
    "other parameters": lambda Album: Album.filter(pk="1").extra(where=["1 = %s"], params=[1]),
    "an annotation": lambda Album: Album.extra(select={"x": "1"}).filter(pk=1),
    "a joined relation": lambda Album: Album.select_related("artist").filter(pk=1),
    "an error": lambda Album: Album.get(pk=0),
}


@pytest.mark.parametrize("build", PLANTED.values(), ids=PLANTED)
def test_a_planted_difference_is_noticed(build: Any, observed: Any) -> None:
    expected = observed(lambda Album: Album.filter(pk=1))
    assert not list(differences(expected, observed(lambda Album: Album.filter(pk=1))))
    assert list(differences(expected, observed(build)))


def test_an_extra_query_is_noticed(observed: Any) -> None:
    def asks_twice(Album: Any) -> Any:
        yield Album.filter(pk=1)
        return Album.filter(pk=1)

    expected = observed(lambda Album: Album.filter(pk=1))
    assert "queries: expected 1, got 2" in list(differences(expected, observed(asks_twice)))


def test_another_error_class_or_message_is_noticed(observed: Any) -> None:
    expected = observed(lambda Album: Album.get(pk=0))
    assert list(differences(expected, observed(lambda Artist: Artist.get(pk=0))))
    assert list(differences(expected, observed(lambda Album: Album.get(year=1993))))


def test_another_written_row_is_noticed(observe_write: Any) -> None:
    expected = observe_write(
        "stock", case("one", lambda Genre: Genre.filter(pk="pop").update(name="x"))
    )
    other = observe_write(
        "stock", case("two", lambda Genre: Genre.filter(pk="jazz").update(name="x"))
    )
    other.statements = expected.statements
    assert list(differences(expected, other))


def test_writes_are_put_back(observe_write: Any, snapshots: Any) -> None:
    observe_write("stock", case("all", lambda Tag: Tag.all().delete()))
    assert not snapshots["default"].changes()


def test_the_table_is_large_and_its_names_are_unique() -> None:
    for table in (READS, WRITES):
        names = [case.name for case in table]
        assert len(names) == len(set(names))
    assert len(READS) + len(WRITES) >= 150
