"""Rows that had to be read all at once, kept out of memory until somebody wants them."""

from __future__ import annotations

import pickle
from collections import deque
from tempfile import SpooledTemporaryFile
from typing import Any

from vinyl._runtime._async.drivers.base import Row, Stream

__all__ = ["CHUNK", "Spool", "spooled"]

# Rows to read, and to write, at a time.
CHUNK = 1000
# Bytes that are kept in memory; what is more goes to a file, which has no name.
_IN_MEMORY = 1 << 20


class Spool(Stream):
    """
    A stream of rows that were put in before; it needs no connection.

    The first chunk stays as it is, so that short results are never serialised.
    """

    __slots__ = ("_file", "_position", "_rows", "_written", "description")

    needs_connection = False

    def __init__(self, description: Any = None) -> None:
        self.description = description
        self._rows: deque[Row] = deque()
        self._file: Any = None
        self._written = 0
        self._position = 0

    def add(self, rows: list[Row]) -> None:
        """Put in the next rows, before any are fetched."""
        if not self._rows:
            self._rows.extend(rows)
            return
        if self._file is None:
            self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        pickle.dump(rows, self._file, pickle.HIGHEST_PROTOCOL)
        self._written += 1

    async def fetch(self, size: int) -> list[Row]:
        """Return the next rows."""
        rows = self._rows
        while len(rows) < size and self._written:
            self._read_back()
        return [rows.popleft() for _ in range(min(size, len(rows)))]

    def _read_back(self) -> None:
        self._file.seek(self._position)
        self._rows.extend(pickle.load(self._file))
        self._position = self._file.tell()
        self._written -= 1

    async def close(self) -> None:
        """Forget the rows that are left."""
        self.shut()

    def shut(self) -> None:
        """Forget the rows that are left, at once."""
        self._rows.clear()
        self._written = 0
        if self._file is not None:
            self._file.close()


async def spooled(stream: Stream) -> Stream:
    """Read a stream to its end, and close it."""
    spool = Spool()
    try:
        while rows := await stream.fetch(CHUNK):
            spool.add(rows)
        spool.description = stream.description
        await stream.close()
    except BaseException:
        spool.shut()
        raise
    return spool
