"""Many rows in one statement: what its parameters are, in place of single values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class Columns(tuple[list[Any], ...]):
    """
    Parameters that are the columns of many rows, each an array in the statement.

    A driver may send them in the database's binary form, which takes less time.
    """

    __slots__ = ()


class ParamRows(list[Any]):
    """The parameters of a statement that is run for each of several rows."""

    __slots__ = ()


class CopiedRows:
    """
    The rows that a COPY FROM STDIN sends; they may be read again and again.

    `types` names the columns' types where the statement asks for the binary form, else it is None.
    """

    __slots__ = ("columns", "types")

    def __init__(self, columns: Sequence[list[Any]], types: list[str] | None) -> None:
        self.columns = columns
        self.types = types

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return zip(*self.columns, strict=True)

    def __len__(self) -> int:
        return len(self.columns[0])

    def __repr__(self) -> str:
        return f"<{len(self)} rows to copy>"
