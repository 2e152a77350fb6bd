"""Record the statements that a test's queries send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import vinyl


class Recorder(list[str]):
    """The statements sent, transaction control apart."""

    async def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # What opens a connection of Django's on MySQL is none of them.
        if not sql.startswith(("BEGIN", "SET SESSION")):
            self.append(sql)
        return await execute(sql, params, many, context)


@contextmanager
def recorded(alias: str = "default") -> Iterator[Recorder]:
    """Collect what is sent to a database inside a `with` block."""
    recorder = Recorder()
    with vinyl.connections[alias].execute_wrapper(recorder):
        yield recorder
