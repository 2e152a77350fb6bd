"""Give the results of a queryset one by one, read from the database in chunks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from vinyl._async.prefetching import prefetch_related
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect
from vinyl._runtime._async.streaming import closing, stream
from vinyl.sql.door import compiler_of, statement_of
from vinyl.sql.raw import can_be_read_in_parts, raw_loader, raw_statement
from vinyl.sql.rows import Load, loader


async def iterate(queryset: Any, chunk_size: int) -> AsyncIterator[Any]:
    """Run a query and give its results, without keeping them; relations are loaded by chunk."""
    using = queryset.db
    compiler = compiler_of(queryset.query, await dialect(using))
    if (statement := statement_of(compiler)) is None:
        return
    load = loader(queryset, compiler, queryset.model._twin.model_of, using)
    async with closing(connections[using].stream(*statement, chunk_size)) as chunks:
        async for rows in chunks:
            objects = load(rows)
            await prefetch_related(objects, queryset._prefetch_related_lookups)
            for obj in objects:
                yield obj


async def iterate_raw(raw: Any, chunk_size: int) -> AsyncIterator[Any]:
    """Run a query written by hand and give its objects; relations are loaded by chunk."""
    using = raw.db
    connection = await dialect(using)
    # The rows' description comes before the first of them.
    described: list[Load] = []

    def describe(description: Any) -> None:
        described.append(raw_loader(raw, connection, description, using))

    reading = stream(
        using,
        *raw_statement(raw, connection),
        chunk_size,
        at_once=not can_be_read_in_parts(raw),
        describe=describe,
    )
    async with closing(reading) as chunks:
        async for rows in chunks:
            objects = described[-1](rows)
            await prefetch_related(objects, raw._prefetch_related_lookups)
            for obj in objects:
                yield obj
