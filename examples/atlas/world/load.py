"""
Fill the database through `Model.vinyl`, asynchronously.

Batches of rows are inserted by several tasks side by side, each batch in a transaction of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

from django.db import connections

import vinyl
from world import source
from world.models import AlternateName, Border, City, Continent, Country

BATCH = 2000
TASKS = 4


class Progress(Protocol):
    """What tells how far the loading is, as rich's progress bar does."""

    def add_task(self, description: str, *, total: int) -> Any:
        """Begin a step of `total` rows; return the step's handle."""

    def advance(self, task: Any, rows: float) -> None:
        """Count rows that are done."""


async def load(data: source.Source, progress: Progress) -> None:
    """Insert everything, each table after those that it refers to."""
    loader = Loader(progress, tasks=tasks_at_once())
    await loader.insert(Continent, map(source.continent_fields, data.continents))
    await loader.insert(Country, map(source.country_fields, data.countries))
    await loader.insert(Border, source.border_fields(data.countries))
    await loader.insert(City, map(source.city_fields, data.cities))
    await loader.insert(
        AlternateName, chain.from_iterable(map(source.alternate_name_fields, data.cities))
    )
    await loader.name_capitals(source.capitals(data.countries, data.cities))


def tasks_at_once() -> int:
    """Return how many tasks may insert side by side: in SQLite, one writer at a time."""
    return 1 if connections["default"].vendor == "sqlite" else TASKS


class Loader:
    """Inserts rows with a number of tasks, and tells how far it is."""

    def __init__(self, progress: Progress, *, tasks: int) -> None:
        self.progress = progress
        self.tasks = tasks

    async def insert(self, model: Any, fields: Iterable[source.Fields]) -> None:
        """Insert a row of a model for each of these fields."""
        rows = list(fields)
        step = self.progress.add_task(str(model._meta.verbose_name_plural), total=len(rows))
        batches = batched(rows, BATCH)

        async def work() -> None:
            # The tasks share one iterator: each takes the next batch as soon as it is free.
            for batch in batches:
                async with vinyl.atomic():
                    await model.vinyl.bulk_create([model.vinyl(**row) for row in batch])
                self.progress.advance(step, len(batch))

        async with asyncio.TaskGroup() as group:
            for _ in range(self.tasks):
                group.create_task(work())

    async def name_capitals(self, capitals: dict[str, int]) -> None:
        """Set the capital of each country: it could not be there before its city was."""
        step = self.progress.add_task("capitals", total=len(capitals))
        async with vinyl.atomic():
            async for country in Country.vinyl.filter(pk__in=capitals):
                await country.update(capital_id=capitals[country.pk])
                self.progress.advance(step, 1)


def batched(rows: Sequence[source.Fields], size: int) -> Iterator[Sequence[source.Fields]]:
    """Yield the rows in pieces of at most this size."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
