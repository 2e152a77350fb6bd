# Generated from vinyl/_async/streaming.py by `python tools/unasync_build.py`; never edit.
"""Give the results of a queryset one by one, read from the database in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vinyl._runtime._sync.connection import connections
from vinyl._runtime._sync.databases import dialect
from vinyl._runtime._sync.streaming import closing
from vinyl._sync.prefetching import prefetch_related
from vinyl.sql.door import statement_of
from vinyl.sql.rows import loader


def iterate(queryset: Any, chunk_size: int) -> Iterator[Any]:
    """Run a query and give its results, without keeping them; relations are loaded by chunk."""
    using = queryset.db
    compiler = queryset.query.get_compiler(connection=dialect(using))
    if (statement := statement_of(compiler)) is None:
        return
    load = loader(queryset, compiler, queryset.model._twin.model_of, using)
    with closing(connections[using].stream(*statement, chunk_size)) as chunks:
        for rows in chunks:
            objects = load(rows)
            prefetch_related(objects, queryset._prefetch_related_lookups)
            for obj in objects:
                yield obj
