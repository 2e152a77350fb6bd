"""
Queries put together at random: filters, annotations, orders, shapes and slices in any mixture.

A seed always gives the same query, so a failing one can be run again by its number. What stock
Django refuses, the twins must refuse in the same way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce, Length, Lower

from tests.app import models
from tests.differential.table import Case as TableCase
from tests.differential.table import case

NUMBER_OF_QUERIES = 250

# Conditions by model: a lookup and the values to choose from.
CONDITIONS: dict[str, list[tuple[str, list[Any]]]] = {
    "Album": [
        ("title__icontains", ["d", "100%", "", "🎸"]),
        ("year__gt", [0, 1990, 2**40]),
        ("price__lte", [Decimal("20"), "19.99"]),
        ("format__in", [["lp"], ["ep", "cd"], []]),
        ("released__year", [1999, 2024]),
        ("length__isnull", [True, False]),
        ("notes__mono", [True, None]),
        ("artist__name__startswith", ["B", "中"]),
        ("artist__label__country", ["de", ""]),
        ("producer", [1, None]),
        ("genres", ["pop", "jazz"]),
        ("tracks__seconds__gt", [300]),
        ("tags__name", ["live", "classic"]),
    ],
    "Artist": [
        ("name__contains", ["j", "%", "𝄞"]),
        ("active", [True, False, None]),
        ("born__lt", [dt.date(1960, 1, 1)]),
        ("rating__gte", [3.0, 1e300]),
        ("label", ["ecm", "", None]),
        ("label__owner__code", ["bertel"]),
        ("albums__price__gt", [Decimal("15")]),
        ("profile__isnull", [True, False]),
        ("friends__name", ["Björk"]),
        ("influences", [3]),
        ("pk__in", [[1, 2, 3], []]),
    ],
    "Track": [
        ("title__endswith", ["b", ""]),
        ("seconds__range", [(200, 300), (0, 0)]),
        ("disc", [1, 2]),
        ("album__artist__active", [True, False]),
        ("album__genres__parent", ["pop", None]),
        ("guests__rating__gt", [8.5]),
        ("credits__role", ["vocals"]),
        ("playlist__title", ["Morning"]),
    ],
    "Customer": [
        ("name__iexact", ["ADA"]),
        ("email__isnull", [True, False]),
        ("credit__gt", [Decimal("5")]),
        ("address__zip", [None]),
        ("favourite__title", ["Homogenic"]),
        ("orders__status", [1, 2]),
        ("patron__level__lt", [0]),
        ("playlists__entries__track", [1]),
    ],
}
ORDERS = {
    "Album": ["title", "-year", "artist__name", F("length").desc(nulls_last=True), Lower("title")],
    "Artist": ["-name", "label__name", F("rating").asc(nulls_first=True), Length("name")],
    "Track": ["-seconds", "album__title", "position"],
    "Customer": ["-credit", "name", "favourite__year"],
}
ANNOTATIONS: dict[str, list[Callable[[], Any]]] = {
    "Album": [
        lambda: Count("tracks"),
        lambda: Max("tracks__seconds"),
        lambda: F("year") + 1,
        lambda: Coalesce("producer__name", Value("nobody")),
        lambda: Exists(models.Track.objects.filter(album=OuterRef("pk"), seconds__gt=280)),
        lambda: Case(When(price__gt=19, then=Value("dear")), default=Value("cheap")),
    ],
    "Artist": [
        lambda: Count("albums", distinct=True),
        lambda: Sum("albums__price"),
        lambda: Min("albums__released"),
        lambda: Lower("name"),
        lambda: Count("albums", filter=Q(albums__year__gt=1995)),
    ],
    "Track": [lambda: Count("guests"), lambda: F("seconds") / 60, lambda: F("album__artist__name")],
    "Customer": [lambda: Count("orders"), lambda: F("credit") * 2, lambda: Max("orders__placed")],
}
JOINS = {
    "Album": ["artist", "artist__label", "producer"],
    "Artist": ["label", "label__owner", "profile"],
    "Track": ["album", "album__artist"],
    "Customer": ["favourite", "favourite__artist", "patron"],
}
COLUMNS = {
    "Album": ["title", "price", "notes", "released", "artist"],
    "Artist": ["name", "born", "rating", "label"],
    "Track": ["title", "seconds", "album"],
    "Customer": ["name", "credit", "address"],
}


def condition(random: Choices, model: str, depth: int = 2) -> Q:
    """Return a tree of conditions."""
    if depth and random.random() < 0.4:
        left, right = (condition(random, model, depth - 1) for _ in range(2))
        return random.choice([left & right, left | right, left ^ right, ~left])
    lookup, values = random.choice(CONDITIONS[model])
    return Q(**{lookup: random.choice(values)})


def shaped(random: Choices, model: str, rows: Any, annotated: list[str]) -> Any:
    """Choose what is selected."""
    columns = COLUMNS[model]
    some = random.sample(columns, random.randint(1, len(columns)))
    match random.randrange(9):
        case 0:
            return rows.values(*some, *annotated)
        case 1:
            return rows.values_list(*some)
        case 2:
            return rows.values_list(some[0], flat=True)
        case 3:
            return rows.only(*some)
        case 4:
            return rows.defer(*some)
        case 5 | 6:
            return rows.select_related(*random.sample(JOINS[model], random.randint(1, 2)))
        case _:
            return rows


def ended(random: Choices, rows: Any) -> Any:
    """Choose what is asked: all rows, some of them, or one answer."""
    match random.randrange(10):
        case 0:
            return rows.count()
        case 1:
            return rows.exists()
        case 2:
            return rows.first()
        case 3:
            return rows.last()
        case 4:
            return rows.aggregate(Count("pk"), low=Min("pk"))
        case 5 | 6:
            start = random.randint(0, 3)
            return rows[start : start + random.randint(0, 4)]
        case _:
            return rows


def query(manager: Callable[[str], Any], random: Choices) -> Any:
    """Build the query that these choices make on a subject's managers."""
    model = random.choice(list(CONDITIONS))
    rows = manager(model).all()
    annotated = []
    for number in range(random.randint(0, 4)):
        match random.randrange(5):
            case 0 | 1:
                rows = rows.filter(condition(random, model))
            case 2:
                rows = rows.exclude(condition(random, model))
            case 3:
                annotated.append(f"a{number}")
                rows = rows.annotate(**{f"a{number}": random.choice(ANNOTATIONS[model])()})
            case 4:
                rows = rows.distinct()
    rows = rows.order_by(*random.sample(ORDERS[model], random.randint(0, 2)), "pk")
    return ended(random, shaped(random, model, rows, annotated))


def numbered(seed: int) -> TableCase:
    return case(f"query_{seed}", lambda do: query(do.given, Random(seed)))


class Tape:
    """Choices of a source of them, which can be taken again by the next subject."""

    def __init__(self, source: Random) -> None:
        self.source = source
        self.taken: list[int] = []
        self.position = 0

    def rewound(self) -> Tape:
        """Return the tape, at its start."""
        self.position = 0
        return self

    def randrange(self, stop: int) -> int:
        if self.position == len(self.taken):
            self.taken.append(self.source.randrange(stop))
        self.position += 1
        return self.taken[self.position - 1]

    def randint(self, low: int, high: int) -> int:
        return low + self.randrange(high - low + 1)

    def random(self) -> float:
        return self.randrange(1000) / 1000

    def choice(self, values: Sequence[Any]) -> Any:
        return values[self.randrange(len(values))]

    def sample(self, values: Sequence[Any], number: int) -> list[Any]:
        left = list(values)
        return [left.pop(self.randrange(len(left))) for _ in range(number)]


Choices = Random | Tape


QUERIES = [numbered(seed) for seed in range(NUMBER_OF_QUERIES)]
