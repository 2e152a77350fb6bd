"""Reading: one object by its key, and many rows into objects."""

from __future__ import annotations

import asyncio
import datetime
import random
import uuid
from decimal import Decimal
from itertools import cycle

from benchmarks.measure import Comparison, compare
from benchmarks.models import Item

ROWS = 10_000


def fill() -> None:
    """Make items."""
    rng = random.Random(7)
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    Item.objects.bulk_create(
        Item(
            title=f"Item {number}",
            description="A longer text. " * 5,
            status=rng.choice(["new", "sold", "kept"]),
            active=rng.random() < 0.8,
            views=rng.randrange(10**6),
            rating=rng.random() * 5,
            price=Decimal(rng.randrange(10**6)) / 100,
            created=start + datetime.timedelta(seconds=rng.randrange(10**7)),
            released=start.date() if rng.random() < 0.5 else None,
            uid=uuid.UUID(int=rng.getrandbits(128), version=4),
            data={"size": rng.randrange(50), "tags": ["a", "b"]},
        )
        for number in range(ROWS)
    )


def measure(runner: asyncio.Runner, rounds: int) -> list[Comparison]:
    """Compare reading objects."""
    stock_keys, vinyl_keys = cycle(range(1, ROWS, 37)), cycle(range(1, ROWS, 37))

    async def all_items() -> list[Item]:
        return await Item.vinyl.all()

    return [
        compare(
            runner,
            "get(pk=...)",
            lambda: Item.objects.get(pk=next(stock_keys)),
            lambda: Item.vinyl.get(pk=next(vinyl_keys)),
            calls=1000,
            rounds=rounds,
            limit=0.8,
        ),
        compare(
            runner,
            f"{ROWS} rows to objects",
            lambda: list(Item.objects.all()),
            all_items,
            calls=3,
            rounds=rounds,
            limit=0.7,
        ),
    ]
