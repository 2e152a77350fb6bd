"""Read the rows of a statement in chunks, one after the other: Django's chunked cursors."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

from django.db import connections as django_connections

__all__ = ["closing", "stream"]


def stream(
    alias: str,
    sql: str,
    params: Any,
    chunk_size: int,
    *,
    at_once: bool = False,
    describe: Callable[[Any], None] | None = None,
) -> Generator[list[tuple[Any, ...]], None, None]:
    """
    Run one statement, and give its rows in lists of `chunk_size`.

    `at_once` is for statements that no cursor takes: all rows are read first. `describe` is told
    the columns, as PEP 249 has it, before there are rows; None where the statement gives none.
    """
    connection = django_connections[alias]
    if at_once or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = [] if cursor.description is None else list(cursor.fetchall())
            if describe is not None:
                describe(cursor.description)
        for start in range(0, len(rows), chunk_size):
            yield rows[start : start + chunk_size]
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        rows = [] if cursor.description is None else cursor.fetchmany(chunk_size)
        if describe is not None:
            describe(cursor.description)
        while rows:
            yield list(rows)
            rows = cursor.fetchmany(chunk_size) if len(rows) == chunk_size else []
