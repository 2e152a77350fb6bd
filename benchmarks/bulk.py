"""Writing many rows at once."""

from __future__ import annotations

import asyncio
import datetime
import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from benchmarks.measure import Comparison, compare
from benchmarks.models import Line

ROWS = 10_000
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def lines(model: Any, number: int = ROWS) -> list[Any]:
    """Make objects that are not inserted yet."""
    return [
        model(
            title=f"Item {n}",
            description="A longer text. " * 5,
            status="new",
            active=n % 3 == 0,
            views=n,
            rating=n / 7,
            price=Decimal(n) / 100,
            created=START,
            released=START.date() if n % 2 else None,
            uid=uuid.UUID(int=n),
            data={"size": n % 50, "tags": ["a", "b"]},
        )
        for n in range(number)
    ]


def fill() -> None:
    """Leave the table empty."""


def measure(runner: asyncio.Runner, rounds: int) -> list[Comparison]:
    """Compare inserting and updating many objects. Making the objects is not measured."""

    def given(model: Any) -> Callable[[], list[Any]]:
        # Objects without keys, which each call takes afresh.
        made = lines(model)

        def take() -> list[Any]:
            for obj in made:
                obj.pk = None
                obj._state.adding = True
            return made

        return take

    stock, native = given(Line), given(Line.vinyl)
    some_stock, some_native = given(Line)()[:200], given(Line.vinyl)()[:200]
    Line.objects.bulk_create(some_stock)
    for one, other in zip(some_stock, some_native, strict=True):
        other.pk = one.pk

    def create(**options: Any) -> Callable[[], Awaitable[object]]:
        return lambda: Line.vinyl.bulk_create(native(), **options)

    def comparison(name: str, new: Callable[[], Awaitable[object]], limit: float) -> Comparison:
        return compare(
            runner,
            name,
            lambda: Line.objects.bulk_create(stock()),
            new,
            calls=1,
            rounds=rounds,
            limit=limit,
        )

    fields = ["title", "views", "price"]
    return [
        comparison(f"bulk_create {ROWS}", create(), 0.7),
        comparison(f"bulk_create copy {ROWS}", create(copy=True), 0.25),
        compare(
            runner,
            "bulk_update 200",
            lambda: Line.objects.bulk_update(some_stock, fields),
            lambda: Line.vinyl.bulk_update(some_native, fields),
            calls=3,
            rounds=rounds,
            limit=1.05,
        ),
    ]
