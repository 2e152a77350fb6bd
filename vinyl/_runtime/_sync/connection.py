"""`vinyl.connections[alias]` of the sync twin: Django's own connection."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.db import connections as django_connections

from vinyl.sql.result import Result

from .databases import close_all
from .streaming import stream

Wrapper = Callable[..., Any]


class Connection:
    """What runs statements on an alias: Django's own connection of this thread."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def __getattr__(self, name: str) -> Any:
        return getattr(django_connections[self.alias], name)

    @property
    def force_debug_cursor(self) -> bool:
        """Whether statements are recorded in `queries` without DEBUG, too."""
        return django_connections[self.alias].force_debug_cursor

    @force_debug_cursor.setter
    def force_debug_cursor(self, value: bool) -> None:
        django_connections[self.alias].force_debug_cursor = value

    def execute(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        """
        Run one statement and return all it gives.

        `%s` marks a parameter; with params None, nothing is interpolated.
        Raises: Django's database errors, with the driver's as `__cause__`.
        """
        with django_connections[self.alias].cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchall() if cursor.description else []
            lastrowid = getattr(cursor, "lastrowid", None)
            return Result(rows, cursor.rowcount, lastrowid, cursor.description)

    def stream(
        self, sql: str, params: Sequence[Any] | None = None, chunk_size: int = 2000
    ) -> Generator[list[tuple[Any, ...]], None, None]:
        """
        Run one SELECT and give its rows as they come, in lists of `chunk_size`.

        Parameters and errors are those of `execute`. Read it to the end, or close it.
        """
        if chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        return stream(self.alias, sql, params, chunk_size)

    def execute_wrapper(self, wrapper: Wrapper) -> AbstractContextManager[None]:
        """
        Run `wrapper(execute, sql, params, many, context)` around each statement.

        Django: DatabaseWrapper.execute_wrapper().
        """
        return django_connections[self.alias].execute_wrapper(wrapper)

    def cursor(self) -> Any:
        """Give Django's cursor."""
        return django_connections[self.alias].cursor()

    def close(self) -> None:
        """Close Django's connection of this thread."""
        django_connections[self.alias].close()


class Connections:
    """The connections by alias."""

    def __getitem__(self, alias: str) -> Connection:
        django_connections[alias]
        return Connection(alias)

    def __iter__(self) -> Iterator[str]:
        return iter(django_connections)

    def close(self) -> None:
        """Close Django's connections of this thread."""
        close_all()


connections = Connections()
