"""Who holds a connection: for the error that tells why none became free."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .drivers.base import Connection

# More would make the message longer than anyone reads.
_SHOWN = 5
_OWN = (
    str(Path(__file__).parents[2]),
    str(Path(sys.modules["django"].__file__ or "").parent),
    str(Path(asyncio.__file__).parent),
    contextlib.__file__,
)


class Holder:
    """The task that took a connection, the line of code that asked for it, and when."""

    __slots__ = ("file", "line", "since", "task")

    def __init__(self) -> None:
        self.task = asyncio.current_task()
        self.since = monotonic()
        frame = sys._getframe(1)
        while frame.f_code.co_filename.startswith(_OWN) and frame.f_back is not None:
            frame = frame.f_back
        self.file = frame.f_code.co_filename
        self.line = frame.f_lineno

    def __str__(self) -> str:
        name = "no task" if self.task is None else self.task.get_name()
        return f"{name} ({self.file}:{self.line}, for {monotonic() - self.since:.1f} s)"


def told(connections: Iterable[Connection]) -> str:
    """Return who holds these connections, as the end of a sentence; empty where nobody does."""
    found = (getattr(connection, "holder", None) for connection in connections)
    holders = [holder for holder in found if holder is not None]
    holders.sort(key=lambda holder: holder.since)
    if not holders:
        return ""
    more = f" and {len(holders) - _SHOWN} more" if len(holders) > _SHOWN else ""
    return f" Held by {'; '.join(map(str, holders[:_SHOWN]))}{more}."
