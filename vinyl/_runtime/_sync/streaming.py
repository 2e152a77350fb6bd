"""Read the rows of a statement in chunks, one after the other: Django's chunked cursors."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Any

from django.db import connections as django_connections

__all__ = ["closing", "stream"]


def stream(
    alias: str, sql: str, params: Any, chunk_size: int
) -> Generator[list[tuple[Any, ...]], None, None]:
    """Run one statement, and give its rows in lists of `chunk_size`."""
    connection = django_connections[alias]
    if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = list(cursor.fetchall())
        for start in range(0, len(rows), chunk_size):
            yield rows[start : start + chunk_size]
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        size = chunk_size
        while size == chunk_size and (rows := cursor.fetchmany(chunk_size)):
            size = len(rows)
            yield list(rows)
