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

    def dicts(self) -> list[dict[str, Any]]:
        """
        Return the rows as dicts by the names of the columns.

        Raises: ValueError where two columns have one name.
        """
        names = [column[0] for column in self.description or ()]
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ValueError(
                f"More than one column is called {', '.join(map(repr, twice))}; give each a name "
                "of its own with AS, or take the rows from execute()."
            )
        return [dict(zip(names, row, strict=True)) for row in self.rows]
