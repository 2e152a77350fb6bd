# Generated from tests/_async/test_contrib_postgres.py by `python tools/unasync_build.py`; never edit.
"""django.contrib.postgres: its fields, lookups, search and aggregates; on PostgreSQL only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import django
import pytest
from django.apps import apps

if not apps.is_installed("django.contrib.postgres"):
    pytest.skip("this database is not PostgreSQL", allow_module_level=True)

from django.contrib.postgres.aggregates import ArrayAgg, BoolAnd, BoolOr, JSONBAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import BigIntegerRangeField
from django.contrib.postgres.search import (
    SearchHeadline,
    SearchQuery,
    SearchRank,
    SearchVector,
    TrigramDistance,
    TrigramSimilarity,
    TrigramWordSimilarity,
)
from django.db.backends.postgresql.psycopg_any import (
    DateRange,
    DateTimeTZRange,
    NumericRange,
)
from django.db.models import F, Func, OuterRef, Q, Value, Window
from django.db.models.functions import RowNumber

from tests._sync.recording import recorded
from tests.app.stock import stock
from tests.pgapp.models import Shelf

if django.VERSION >= (6, 0):
    from django.db.models import StringAgg
else:
    from django.contrib.postgres.aggregates import StringAgg

if django.VERSION >= (6, 1):
    from django.db.models import BitAnd, BitOr
else:
    from django.contrib.postgres.aggregates import BitAnd, BitOr

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ROWS: list[dict[str, Any]] = [
    {
        "title": "Jazz",
        "text": 'The quick brown fox\'s \\ "jumps" over 100% of the lazy dogs',
        "words": ["blue", "note"],
        "grid": [[1, 2], [3, 4]],
        "dates": [dt.date(2026, 1, 1)],
        "labels": {"colour": "blue", "empty": None, "quote": 'a"b\\c'},
        "label_sets": [{"a": "1"}, {}],
        "nick": "Blue",
        "nicks": ["A", "b"],
        "years": NumericRange(1950, 1960),
        "numbers": NumericRange(None, 10**12),
        "prices": NumericRange(Decimal("1.50"), Decimal("9.99")),
        "opened": DateTimeTZRange(NOON, NOON + dt.timedelta(hours=2)),
        "days": DateRange(dt.date(2026, 1, 1), dt.date(2026, 2, 1)),
    },
    {"title": "Rock", "text": "Ábc naïve", "words": ["loud"], "labels": {}},
    {"title": "Pop", "text": "foxes everywhere", "years": NumericRange(empty=True)},
]


@pytest.fixture(autouse=True)
def shelves(snapshots: Any) -> Iterator[None]:
    stock(lambda: [Shelf.objects.create(**row) for row in ROWS])
    yield
    stock(Shelf.objects.all().delete)


def plain(obj: Any) -> dict[str, Any]:
    return {field.name: getattr(obj, field.attname) for field in obj._meta.concrete_fields}


def test_every_field_is_read_as_stock_django_reads_it() -> None:
    expected = stock(lambda: [plain(shelf) for shelf in Shelf.objects.all()])
    assert [plain(shelf) for shelf in Shelf.vinyl.all()] == expected
    jazz = expected[0]
    assert {name: jazz[name] for name in ROWS[0]} == ROWS[0]
    assert type(jazz["labels"]) is dict


def test_every_field_is_written_as_stock_django_writes_it() -> None:
    made = Shelf.vinyl.create(**ROWS[0])
    written = stock(lambda: plain(Shelf.objects.get(pk=made.pk)))
    assert {name: written[name] for name in ROWS[0]} == ROWS[0]
    made.update(words=["x"], labels={"n": "1"}, years=NumericRange(1, 2))
    read = Shelf.vinyl.get(pk=made.pk)
    assert (read.words, read.labels, read.years) == (["x"], {"n": "1"}, NumericRange(1, 2))


LOOKUPS: dict[str, Callable[[Any], Any]] = {
    "array contains": lambda q: q.filter(words__contains=["blue"]),
    "array contained": lambda q: q.filter(words__contained_by=["loud", "x"]),
    "array overlap": lambda q: q.filter(words__overlap=["loud", "note"]),
    "array length": lambda q: q.filter(words__len=2),
    "array index": lambda q: q.filter(words__0="blue"),
    "array slice": lambda q: q.filter(words__0_1=["loud"]),
    "array exact": lambda q: q.filter(words=["blue", "note"]),
    "array in": lambda q: q.filter(words__in=[["loud"], ["x"]]),
    "array of dates": lambda q: q.filter(dates__contains=[dt.date(2026, 1, 1)]),
    "array overlaps query": lambda q: q.filter(
        words__overlap=q.filter(words__len=1).values_list("words")
    ),
    "hstore key": lambda q: q.filter(labels__colour="blue"),
    "hstore has": lambda q: q.filter(labels__has_key="colour"),
    "hstore any": lambda q: q.filter(labels__has_any_keys=["colour", "x"]),
    "hstore contains": lambda q: q.filter(labels__contains={"colour": "blue"}),
    "hstore values": lambda q: q.values_list("labels__colour", "labels__keys", "labels__values"),
    "citext": lambda q: q.filter(nick="bLUE"),
    "citext array": lambda q: q.filter(nicks__contains=["a"]).values_list("nicks"),
    "range contains": lambda q: q.filter(years__contains=1955),
    "range overlap": lambda q: q.filter(years__overlap=NumericRange(1959, 1970)),
    "range adjacent": lambda q: q.filter(years__adjacent_to=NumericRange(1960, 1970)),
    "range starts": lambda q: q.filter(years__startswith=1950),
    "range empty": lambda q: q.filter(years__isempty=True),
    "range of dates": lambda q: q.filter(days__contains=dt.date(2026, 1, 31)),
    "range of times": lambda q: q.filter(opened__contains=NOON),
    "range fully less": lambda q: q.filter(prices__fully_lt=NumericRange(Decimal(10), None)),
    "range not greater": lambda q: q.filter(years__not_gt=NumericRange(1950, 1960)),
    "range ends": lambda q: q.filter(years__endswith=1960),
    "range bounds": lambda q: q.filter(years__lower_inc=True, years__upper_inf=False),
    "range contained": lambda q: q.filter(years__contained_by=NumericRange(1900, 2000)),
    "range function": lambda q: q.annotate(
        n=Func(F("id"), Value(10**12), function="int8range", output_field=BigIntegerRangeField())
    ).filter(n__contains=10**12 - 1),
    "array of parts": lambda q: q.values_list("words__0", "words__0_2", "grid__0__1"),
    "search headline": lambda q: q.filter(text__search="fox").annotate(
        h=SearchHeadline("text", "fox", config="english")
    ),
    "word similarity": lambda q: (
        q.annotate(w=TrigramWordSimilarity("brown", "text"), d=TrigramDistance("title", "jaz"))
        .order_by("d")
        .values_list("title", "w", "d", named=True)
    ),
    "grouped": lambda q: (
        q.values("words__len").annotate(t=ArrayAgg("title", distinct=True)).order_by("words__len")
    ),
    "search": lambda q: q.filter(text__search="fox"),
    "search vector": lambda q: q.annotate(s=SearchVector("title", "text")).filter(s="dog"),
    "search config": lambda q: q.annotate(s=SearchVector("text", config="french")).filter(
        s=SearchQuery("foxes", config="french")
    ),
    "search rank": lambda q: (
        q.annotate(
            r=SearchRank(
                SearchVector("text", weight="A"), SearchQuery("fox | dog", search_type="raw")
            )
        )
        .order_by("-r", "id")
        .values_list("title", "r")
    ),
    "headline": lambda q: q.annotate(
        h=SearchHeadline(
            "text",
            SearchQuery("fox"),
            start_sel="<b>",
            stop_sel="'\\</b>",
            max_words=9,
            min_words=2,
        )
    ).values_list("h"),
    "trigram": lambda q: (
        q.annotate(t=TrigramSimilarity("title", "jaz")).filter(t__gt=0.1).values_list("title", "t")
    ),
    "trigram lookup": lambda q: q.filter(title__trigram_similar="jazzy"),
    "unaccent": lambda q: q.filter(text__unaccent__icontains="naive"),
    "array subquery": lambda q: q.annotate(
        same=ArraySubquery(q.filter(pk=OuterRef("pk")).values("title"))
    ).values_list("same"),
    "window": lambda q: q.annotate(n=Window(RowNumber(), order_by=F("words").asc())).values_list(
        "n"
    ),
    "array of column": lambda q: q.annotate(
        a=Value(["x", "y"], Shelf._meta.get_field("words"))
    ).values("a"),
}


@pytest.mark.parametrize("lookup", LOOKUPS.values(), ids=LOOKUPS)
def test_a_lookup_finds_what_it_finds_with_stock_django(lookup: Any) -> None:
    expected = stock(lambda: list(lookup(Shelf.objects)))
    assert expected
    with recorded() as statements:
        assert list(lookup(Shelf.vinyl)) == expected
    assert len(statements) == 1


def test_aggregates_are_those_of_stock_django() -> None:
    aggregates = {
        "titles": ArrayAgg("title", order_by="title"),
        "first": ArrayAgg("words__0", order_by="id", default=Value([])),
        "any": BoolOr(Q(words__len=2)),
        "json": JSONBAgg("title", order_by="title"),
        "and": BitAnd("id"),
        "or": BitOr("id"),
        "every": BoolAnd(Q(words__len=2)),
        "text": StringAgg("title", Value("|"), order_by="title"),
        "filtered": ArrayAgg("title", filter=Q(words__len=2)),
    }
    expected = stock(lambda: Shelf.objects.aggregate(**aggregates))
    assert Shelf.vinyl.aggregate(**aggregates) == expected


def test_objects_of_raw_have_their_types() -> None:
    (jazz,) = Shelf.vinyl.raw("SELECT * FROM archive_shelf WHERE title = 'Jazz'")
    assert jazz.labels == ROWS[0]["labels"]
    assert jazz.words == ROWS[0]["words"]
    assert jazz.years == ROWS[0]["years"]


def test_objects_are_inserted_at_once() -> None:
    made = Shelf.vinyl.bulk_create([Shelf.vinyl(title="a", words=["1"]), Shelf.vinyl(title="b")])
    assert [shelf.words for shelf in made] == [["1"], []]
    assert Shelf.vinyl.filter(title="a", words=["1"]).exists()


def test_a_vector_is_stored_and_searched() -> None:
    assert Shelf.vinyl.update(vector=SearchVector("text")) == 3
    found = Shelf.vinyl.filter(vector=SearchQuery("fox")).values_list("title", flat=True)
    assert list(found) == ["Jazz", "Pop"]
