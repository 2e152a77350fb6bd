"""A table of a hundred thousand numbers, for tests of what must not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tests.app.stock import stock

COUNT = 100_000


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def table() -> Iterator[str]:
    """Make the table with stock Django, give its name, and drop it."""
    digits = " UNION ALL ".join(f"SELECT {digit} AS d" for digit in range(10))
    tables = ", ".join(f"({digits}) {name}" for name in "abcde")
    number = "a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d"
    stock(lambda: _run(f"CREATE TABLE numbers AS SELECT {number} AS n FROM {tables}"))
    try:
        yield "numbers"
    finally:
        stock(lambda: _run("DROP TABLE numbers"))


def one_each(queryset: Any, table: str) -> Any:
    """Repeat each row of a queryset for each of the numbers."""
    return queryset.extra(tables=[table], select={"n": f"{table}.n"})
