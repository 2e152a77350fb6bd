"""
Queries put together at random: filters, annotations, orders, shapes and slices in any mixture.

A seed always gives the same query, so a failing one can be run again by its number. What stock
Django refuses, the twins must refuse in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Prefetch, Q, Sum

from tests.app import models
from tests.differential.random_parts import (
    ANNOTATIONS,
    COLUMNS,
    CONDITIONS,
    DATES,
    FAR_COLUMNS,
    JOINS,
    ORDERS,
    POINTERS,
    PREFETCHES,
    knows_time_zones,
)
from tests.differential.table import Case as TableCase
from tests.differential.table import case

NUMBER_OF_QUERIES = 250
COMBINATORS = ("union", "intersection", "difference")


class Making:
    """A query in the making: choices, and the managers of the subject."""

    def __init__(self, do: Any, random: Choices) -> None:
        self.do = do
        self.random = random

    def rows(self, model: str) -> Any:
        """Return all rows of a model; at times by a queryset of Django's, which vinyl takes."""
        return self.do.given(model).all()

    def part(self, model: str) -> Any:
        """Return the rows of a model for a part of a query, which Django's may be, too."""
        if self.random.randrange(4) == 0:
            return getattr(models, model)._default_manager.all()
        return self.rows(model)

    def query(self) -> Any:
        """Build a query and say what is asked."""
        model = self.random.choice(list(CONDITIONS))
        if self.random.randrange(6) == 0:
            return self.combined(model)
        rows, annotated = self.narrowed(model, self.rows(model), 4)
        rows = rows.order_by(*self.orders(model), "pk")
        shape = self.random.randrange(13)
        return self.ended(model, self.shaped(model, shape, rows, annotated))

    def orders(self, model: str) -> list[Any]:
        return self.random.sample(ORDERS[model], self.random.randint(0, 2))

    def narrowed(self, model: str, rows: Any, most: int) -> tuple[Any, list[str]]:
        """Filter and annotate rows; return them with the names of the annotations."""
        random, annotated = self.random, []
        for number in range(random.randint(0, most)):
            match random.randrange(7):
                case 0 | 1:
                    rows = rows.filter(self.condition(model))
                case 2:
                    rows = rows.exclude(self.condition(model))
                case 3 | 4:
                    name = f"a{number}"
                    rows = rows.annotate(**{name: random.choice(ANNOTATIONS[model])()})
                    annotated.append(name)
                case 5:
                    rows = rows.distinct()
                case 6:
                    rows = self.rarely(model, rows)
        return rows, annotated

    def rarely(self, model: str, rows: Any) -> Any:
        """Do one of the things that are seldom done."""
        match self.random.randrange(7):
            case 0:
                return rows.extra(select={"e": "1 + 1"})
            case 1:
                return rows.extra(where=["1 = %s"], params=[self.random.randrange(2)])
            case 2:
                return rows.none()
            case 3:
                return rows.alias(hidden=self.random.choice(ANNOTATIONS[model])())
            case 4:
                return rows | self.do.given(model).filter(self.condition(model))
            case 5:
                return rows & self.do.given(model).filter(self.condition(model))
            case _:
                return rows.reverse()

    def condition(self, model: str, depth: int = 2) -> Any:
        """Return a tree of conditions."""
        random = self.random
        if depth and random.random() < 0.4:
            left, right = (self.condition(model, depth - 1) for _ in range(2))
            return random.choice([left & right, left | right, left ^ right, ~left])
        if model in POINTERS and random.randrange(6) == 0:
            return self.pointed_to(model)
        lookup, values = random.choice(CONDITIONS[model])
        return Q(**{lookup: random.choice(values)})

    def pointed_to(self, model: str) -> Q:
        """Return a condition on the rows of another model that point to a row."""
        other, name = self.random.choice(POINTERS[model])
        rows = self.part(other)
        if other in CONDITIONS and self.random.randrange(2):
            rows = rows.filter(self.condition(other, 0))
        match self.random.randrange(3):
            case 0:
                return Q(Exists(rows.filter(**{name: OuterRef("pk")})))
            case 1:
                return Q(pk__in=rows.values(name))
            case _:
                return ~Q(Exists(rows.filter(**{name: OuterRef("pk")})))

    def combined(self, model: str) -> Any:
        """Put two or three queries together to one."""
        random = self.random
        parts = []
        columns = random.sample(COLUMNS[model], random.randint(1, 2))
        as_values = random.randrange(2)
        for _ in range(random.randint(2, 3)):
            rows, annotated = self.narrowed(model, self.rows(model), 1)
            if annotated and not as_values:
                rows = self.rows(model)  # The order of rows that only this tells apart is anyone's.
            rows = rows.order_by()
            parts.append(rows.values_list("pk", *columns) if as_values else rows)
        combinator = random.choice(COMBINATORS)
        options = {"all": True} if combinator == "union" and random.randrange(2) else {}
        rows = getattr(parts[0], combinator)(*parts[1:], **options)
        if model != "ChartEntry":
            rows = rows.order_by("-pk" if random.randrange(2) else "pk")
        if not as_values and random.randrange(4) == 0:
            rows = rows.values("pk", *columns)
        return self.ended(model, rows)

    def shaped(self, model: str, shape: int, rows: Any, annotated: list[str]) -> Any:
        """Choose what is selected."""
        random = self.random
        columns = COLUMNS[model]
        some = random.sample(columns, random.randint(1, len(columns)))
        far = random.sample(FAR_COLUMNS[model], random.randrange(2))
        match shape:
            case 0:
                return rows.values(*some, *far, *annotated)
            case 1:
                named = random.randrange(2) == 1
                return rows.values_list(*some, *far, named=named)
            case 2:
                return rows.values_list(random.choice([*columns, *far, "pk"]), flat=True)
            case 3:
                path = far[0].rpartition("__")[0] if far else None
                joined = rows.select_related(path) if path else rows
                return joined.only(*some, *far)
            case 4:
                return rows.defer(*some).only(*some[:2]) if far else rows.defer(*some)
            case 5 | 6:
                most = min(2, len(JOINS[model]))
                return rows.select_related(*random.sample(JOINS[model], random.randint(1, most)))
            case 7 | 8 | 9:
                return self.prefetching(model, rows)
            case 10:
                return self.dated(model, rows)
            case 11:
                grouped = rows.order_by().values(some[0]).annotate(n=Count("pk"), high=Max("pk"))
                return grouped.order_by(some[0], "n", "high")
            case _:
                return rows

    def dated(self, model: str, rows: Any) -> Any:
        """Ask for the dates in a column."""
        if (name := DATES.get(model)) is None:
            return rows
        order = self.random.choice(["ASC", "DESC"])
        if name == "released":
            if not knows_time_zones():
                return rows
            kind = self.random.choice(["year", "month", "week", "day", "hour", "second"])
            return rows.datetimes(name, kind, order=order)
        return rows.dates(name, self.random.choice(["year", "month", "week", "day"]), order=order)

    def prefetching(self, model: str, rows: Any) -> Any:
        """Load relations, by name or by querysets."""
        lookups = self.random.sample(PREFETCHES[model], min(2, len(PREFETCHES[model])))
        return rows.prefetch_related(*(self.lookup(*lookup) for lookup in lookups))

    def lookup(self, path: str, model: str) -> Any:
        random = self.random
        if model not in CONDITIONS or random.randrange(3) == 0:
            return path
        rows = self.part(model).filter(self.condition(model, 1)).order_by(*self.orders(model), "pk")
        match random.randrange(5):
            case 0:
                # Django refuses slices here without an attribute.
                return Prefetch(path, rows[: random.randint(0, 2)], to_attr="mine")
            case 1:
                rows = rows.select_related(random.choice(JOINS[model]))
            case 2:
                rows = rows.prefetch_related(
                    *random.sample(onwards(model), 1 if onwards(model) else 0)
                )
            case 3:
                rows = rows.annotate(b=random.choice(ANNOTATIONS[model])())
        return Prefetch(path, rows, to_attr="mine" if random.randrange(2) else None)

    def ended(self, model: str, rows: Any) -> Any:
        """Choose what is asked: all rows, some of them, or one answer."""
        endings = SIMPLE_ENDINGS if rows.query.combinator else ENDINGS
        return self.random.choice(endings)(self, model, rows)

    def sliced(self, model: str, rows: Any) -> Any:
        start = self.random.randint(0, 3)
        return rows[start : start + self.random.randint(0, 4)]

    def aggregated(self, model: str, rows: Any) -> Any:
        return rows.aggregate(Count("pk"), low=Min("pk"), most=Max("pk"), n=Sum("pk", default=0))

    def in_bulk(self, model: str, rows: Any) -> Any:
        return rows.in_bulk([1, 2, 3, 2] if self.random.randrange(2) else None)

    def iterated(self, model: str, rows: Any) -> Any:
        return self.do.listed(rows.iterator(chunk_size=self.random.randint(1, 3)))

    def at_an_end(self, model: str, rows: Any) -> Any:
        return rows.latest("pk") if self.random.randrange(2) else rows.earliest("-pk")

    def contained(self, model: str, rows: Any) -> Any:
        """Ask whether the last row of all is among these."""
        last = yield self.rows(model).order_by("-pk").first()
        return rows.contains(last)

    def again(self, model: str, rows: Any) -> Any:
        """Ask for all rows, and go on with them."""
        first = yield rows
        count = yield rows.count()
        more = yield rows.all()[:2]
        return [first, count, more]


def onwards(model: str) -> list[str]:
    """Return the relations of a model to prefetch that cannot lead back to who is prefetching."""
    # Django would query the way back, although it leads to the object that one comes from.
    meta = getattr(models, model)._meta
    fields = [(path, meta.get_field(path.split("__")[0])) for path, _ in PREFETCHES[model]]
    return [path for path, field in fields if field.one_to_many or field.many_to_many]


SIMPLE_ENDINGS: list[Callable[[Making, str, Any], Any]] = [
    *[lambda making, model, rows: rows] * 6,
    lambda making, model, rows: rows.count(),
    lambda making, model, rows: rows.exists(),
    lambda making, model, rows: rows.first(),
    lambda making, model, rows: rows.last(),
    Making.sliced,
    Making.iterated,
    Making.again,
]
ENDINGS: list[Callable[[Making, str, Any], Any]] = [
    *SIMPLE_ENDINGS,
    Making.sliced,
    Making.aggregated,
    Making.in_bulk,
    Making.at_an_end,
    Making.contained,
    lambda making, model, rows: rows.get(pk=making.random.randint(1, 2)),
    lambda making, model, rows: rows[1:4].count(),
    lambda making, model, rows: rows[:2].exists(),
]


def query(do: Any, random: Choices) -> Any:
    """Build the query that these choices make on a subject's managers."""
    return Making(do, random).query()


def numbered(seed: int) -> TableCase:
    return case(f"query_{seed}", lambda do: query(do, Random(seed)))


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
