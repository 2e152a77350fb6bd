"""The statement cache: only what cannot change the SQL may be bound anew."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import EmptyResultSet

from tests.app.models import Album, Artist, ChartEntry, Genre
from vinyl.sql.statements import Statement, key_of, prepare, remember

WEEK = datetime.date(2024, 1, 1)


def prepared(dialect: Any, model: Any, **values: Any) -> Statement | None:
    """Prepare get() by these values."""
    compiler = model.objects.filter(**values).query.get_compiler(connection=dialect)
    return prepare(compiler, values, lambda: list)


def compiled(dialect: Any, model: Any, **values: Any) -> tuple[str, tuple[Any, ...]]:
    """Return what Django compiles for these values."""
    sql, params = model.objects.filter(**values).query.get_compiler(connection=dialect).as_sql()
    return sql, tuple(params)


@pytest.mark.parametrize(
    ("model", "first", "second"),
    [
        (Album, {"pk": 1}, {"pk": 2}),
        (Album, {"pk": "1"}, {"pk": "2"}),
        (Album, {"id": 1, "title": "One"}, {"id": 5, "title": "It's 100 % \\ _"}),
        (Album, {"artist": 3}, {"artist": 4}),
        (Album, {"artist_id": 3}, {"artist_id": 4}),
        (Genre, {"code": "rock"}, {"code": ""}),
        (Album, {"title": "x", "id": 1}, {"title": "1", "id": 2}),
        (ChartEntry, {"week": WEEK, "place": 1}, {"week": WEEK, "place": 2}),
    ],
)
def test_binding_gives_what_compiling_gives(
    dialect: Any, model: Any, first: dict[str, Any], second: dict[str, Any]
) -> None:
    statement = prepared(dialect, model, **first)
    assert statement is not None
    for values in (first, second):
        assert (statement.sql, statement.bind(values)) == compiled(dialect, model, **values)


@pytest.mark.parametrize(
    "values",
    [
        {"artist__name": "x"},
        {"title__icontains": "x"},
        {"pk__in": [1]},
        {"notes": "text"},
        {"released__year": 1999},
    ],
)
def test_other_lookups_are_compiled_each_time(dialect: Any, values: dict[str, Any]) -> None:
    assert prepared(dialect, Album, **values) is None


@pytest.mark.parametrize("value", [None, True, [1], (1, 2), Artist(pk=1), datetime.UTC, object()])
def test_values_that_can_change_the_sql_have_no_key(value: Any) -> None:
    assert key_of(Album, {"pk": value}) is None


def test_no_values_have_no_key() -> None:
    assert key_of(Album, {}) is None


def test_types_make_different_keys() -> None:
    keys = {key_of(Album, {"pk": value}) for value in (1, "1", 1.0, b"1")}
    assert len(keys) == 4


def test_a_number_out_of_range_can_match_nothing(dialect: Any) -> None:
    statement = prepared(dialect, Album, pk=1)
    assert statement is not None
    with pytest.raises(EmptyResultSet):
        statement.bind({"pk": 10**30})


def test_a_value_that_does_not_fit_is_refused_as_by_django(dialect: Any) -> None:
    statement = prepared(dialect, Album, pk="1")
    assert statement is not None
    with pytest.raises(ValueError, match="expected a number but got 'x'"):
        statement.bind({"pk": "x"})


def test_the_cache_is_bounded() -> None:
    cache: dict[Any, Any] = {}
    for number in range(2000):
        remember(cache, number, None)
    assert len(cache) <= 512
    assert 1999 in cache
