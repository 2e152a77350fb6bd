"""Give the results of a queryset one by one, read from the database in chunks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from vinyl._async.prefetching import prefetch_related
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect
from vinyl._runtime._async.streaming import closing
from vinyl.sql.door import statement_of
from vinyl.sql.rows import loader


async def iterate(queryset: Any, chunk_size: int) -> AsyncIterator[Any]:
    """Run a query and give its results, without keeping them; relations are loaded by chunk."""
    using = queryset.db
    compiler = queryset.query.get_compiler(connection=await dialect(using))
    if (statement := statement_of(compiler)) is None:
        return
    load = loader(queryset, compiler, queryset.model._twin.model_of, using)
    async with closing(connections[using].stream(*statement, chunk_size)) as chunks:
        async for rows in chunks:
            objects = load(rows)
            await prefetch_related(objects, queryset._prefetch_related_lookups)
            for obj in objects:
                yield obj
