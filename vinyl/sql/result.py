"""What one executed statement gave."""

from __future__ import annotations

from typing import Any, NamedTuple


class Result(NamedTuple):
    """
    All of what one statement gave.

    `rows` is empty for a statement that gives none. `lastrowid` is the database's last
    automatic key where it has such a thing, else None.
    """

    rows: list[tuple[Any, ...]]
    rowcount: int
    lastrowid: Any = None
    description: Any = None
