"""Writing: one object inserted, one updated, one deleted with all that hangs on it."""

from __future__ import annotations

import asyncio
import datetime
import uuid
from decimal import Decimal
from typing import Any

from benchmarks.measure import Comparison, compare
from benchmarks.models import Item, Note, Shelf, Volume

VOLUMES = 1000


def fill() -> None:
    """Need nothing: each comparison writes what it works on."""


def measure(runner: asyncio.Runner, rounds: int) -> list[Comparison]:
    """Compare writing objects."""
    stock_item = Item.objects.create(**values(1))
    vinyl_item = runner.run(create_natively())

    def update() -> None:
        stock_item.views += 1
        stock_item.save(update_fields=["views"])

    async def update_natively() -> None:
        await vinyl_item.update(views=vinyl_item.views + 1)

    def delete() -> None:
        Shelf.objects.get(pk=shelves.pop()).delete()

    async def delete_natively() -> None:
        await (await Shelf.vinyl.get(pk=shelves.pop())).delete()

    shelves: list[int] = []

    def fill_shelves() -> None:
        shelves.append(full_shelf())

    return [
        compare(
            runner,
            "insert",
            lambda: Item(**values(3)).save(),
            lambda: Item.vinyl(**values(4)).insert(),
            calls=500,
            rounds=rounds,
            limit=0.8,
        ),
        compare(
            runner,
            "update one object",
            update,
            update_natively,
            calls=500,
            rounds=rounds,
            limit=0.7,
        ),
        compare(
            runner,
            f"cascade over {VOLUMES}",
            delete,
            delete_natively,
            calls=1,
            rounds=rounds,
            limit=0.8,
            before=fill_shelves,
        ),
    ]


async def create_natively() -> Item:
    """Create an item in the event loop, where vinyl is asynchronous."""
    return await Item.vinyl.create(**values(2))


def values(number: int) -> dict[str, Any]:
    """Return the values of an item."""
    now = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    return {
        "title": f"Item {number}",
        "description": "A longer text. " * 5,
        "status": "new",
        "views": number,
        "rating": 4.5,
        "price": Decimal("9.95"),
        "created": now,
        "released": now.date(),
        "uid": uuid.UUID(int=number),
        "data": {"size": number, "tags": ["a", "b"]},
    }


def full_shelf() -> int:
    """Make a shelf of volumes with a note each; return its key."""
    shelf = Shelf.objects.create(name="full")
    volumes = Volume.objects.bulk_create(
        Volume(title=f"Volume {number}", shelf=shelf) for number in range(VOLUMES)
    )
    Note.objects.bulk_create(Note(text="Read it", volume=volume) for volume in volumes)
    return shelf.pk
