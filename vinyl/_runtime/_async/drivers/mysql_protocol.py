"""
The reading side of MySQL's text protocol: bytes in, a `Result` out.

aiomysql reads a row with two waits and several calls a packet, and loses its place when it is
cancelled. A `Reader` is fed with bytes and keeps its place: after a cancellation the rest of the
answer can still be read, so that the connection is in step with the server again.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from struct import unpack_from
from typing import Any, cast

from pymysql.constants import FIELD_TYPE, SERVER_STATUS
from pymysql.err import InterfaceError, MySQLError, NotSupportedError, raise_mysql_exception

from vinyl._runtime._async.drivers.base import Result, Row

__all__ = ["Columns", "Decoder", "Reader", "command"]

Decoder = Callable[[bytes], Any]

_BINARY_CHARSET = 63
_BINARY_FLAG = 128
_MORE_RESULTS = SERVER_STATUS.SERVER_MORE_RESULTS_EXISTS
_MAX_PACKET = 0xFFFFFF

# Types whose values are text or bytes, as the column's character set says.
_STRINGS = frozenset(
    {
        FIELD_TYPE.STRING,
        FIELD_TYPE.VAR_STRING,
        FIELD_TYPE.VARCHAR,
        FIELD_TYPE.TINY_BLOB,
        FIELD_TYPE.MEDIUM_BLOB,
        FIELD_TYPE.LONG_BLOB,
        FIELD_TYPE.BLOB,
    }
)


def command(code: int, body: bytes = b"") -> bytes:
    """Make the packet of a short command."""
    return (len(body) + 1).to_bytes(3, "little") + b"\0" + bytes((code,)) + body


class Columns:
    """
    Column definitions of one database: how to decode, by the definition's bytes.

    `converters` are those that Django gives to mysqlclient, by field type: functions of str.
    """

    def __init__(self, converters: Mapping[Any, Any], encoding: str) -> None:
        self._converters = converters
        self._encoding = encoding
        self._known: dict[bytes, tuple[Decoder | None, tuple[Any, ...]]] = {}

    def of(self, packet: bytes) -> tuple[Decoder | None, tuple[Any, ...]]:
        """Return the decoder (None for bytes as they are) and PEP 249's description."""
        known = self._known.get(packet)
        if known is None:
            if len(self._known) > 4096:
                self._known.clear()
            known = self._known[packet] = self._parse(packet)
        return known

    def _parse(self, packet: bytes) -> tuple[Decoder | None, tuple[Any, ...]]:
        pos = 0
        name = b""
        for index in range(6):  # catalog, schema, table, org_table, name, org_name
            length, pos = _lenenc(packet, pos)
            if index == 4:
                name = packet[pos : pos + length]
            pos += length
        # At the end: a client may have asked MariaDB for more in between.
        charset, length, kind, flags, scale = unpack_from("<HIBHB", packet, len(packet) - 12)
        description = (
            name.decode(self._encoding),
            kind,
            None,
            length,
            length,
            scale,
            not flags & 1,
        )
        return self._decoder(kind, charset, flags), description

    def _decoder(self, kind: int, charset: int, flags: int) -> Decoder | None:
        text: Decoder = partial(str, encoding=self._encoding)
        if kind == FIELD_TYPE.JSON:
            return text
        if kind in _STRINGS:
            return None if charset == _BINARY_CHARSET and flags & _BINARY_FLAG else text
        converter: Any = self._converters.get(kind)
        if converter is None:
            return None if charset == _BINARY_CHARSET else text
        if converter is int or converter is float:
            return cast(Decoder, converter)
        if converter is Decimal:
            return _decimal
        fast = _FAST.get((kind, getattr(converter, "__name__", "")))
        return partial(_converted, fast or converter, converter)


def _decimal(value: bytes) -> Decimal:
    return Decimal(value.decode("ascii"))


def _converted(fast: Callable[[str], Any], sure: Callable[[str], Any], value: bytes) -> Any:
    """Convert by the C function where it can, else by Django's or mysqlclient's."""
    text = value.decode("ascii")
    try:
        return fast(text)
    except ValueError:
        return sure(text)


# What the C functions do faster and just so, for the converters of mysqlclient and Django.
_FAST: dict[tuple[int, str], Callable[[str], Any]] = {
    (FIELD_TYPE.DATETIME, "DateTime_or_None"): datetime.datetime.fromisoformat,
    (FIELD_TYPE.TIMESTAMP, "DateTime_or_None"): datetime.datetime.fromisoformat,
    (FIELD_TYPE.DATE, "Date_or_None"): datetime.date.fromisoformat,
    (FIELD_TYPE.TIME, "typecast_time"): datetime.time.fromisoformat,
}


def _lenenc(data: bytes, pos: int) -> tuple[int, int]:
    """Read a length-encoded integer; return it and the position behind it."""
    first = data[pos]
    if first < 251:
        return first, pos + 1
    size = {252: 2, 253: 3, 254: 8}[first]
    return int.from_bytes(data[pos + 1 : pos + 1 + size], "little"), pos + 1 + size


class Reader:
    """
    Reads the answer to one command; feed() it until it is `done`.

    The first result that has rows counts, else the first; an error that the server reports is in
    `error` once the answer is complete. `status` are the server's flags, None if it sent none.

    The packets of an answer are numbered on from those of the command, whose body has `size`
    bytes.
    """

    def __init__(self, columns: Columns, size: int = 0) -> None:
        self.size = size
        self.done = False
        self.error: Exception | None = None
        self.status: int | None = None
        self.result: Result | None = None
        self._columns = columns
        self._data = b""
        self._pos = 0
        self._begin = self._sequence = (size + 1) // _MAX_PACKET + 1
        self._parts: list[bytes] = []
        # No bound method: it would be a cycle, and all rows wait for the garbage collector.
        self._state: Callable[[Reader, bytes], None] = Reader._first
        self._rows: list[Row] = []
        self._left = 0
        self._decoders: list[Decoder | None] = []
        self._description: list[tuple[Any, ...]] = []

    @property
    def rows(self) -> list[Row]:
        """The rows read so far of the result that counts; they may be taken out."""
        result = self.result
        return self._rows if result is None or result.description is None else result.rows

    @property
    def description(self) -> Any:
        """The columns of the result that counts, or else of that under way; None for no rows."""
        if self.result is not None:
            return self.result.description
        return self._description or None

    @property
    def missing(self) -> int:
        """Tell how many bytes the packet under way lacks at least."""
        have = len(self._data) - self._pos
        if have < 4:
            return 4 - have
        return int.from_bytes(self._data[self._pos : self._pos + 3], "little") + 4 - have

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes from the server."""
        data = self._data = (
            self._data[self._pos :] + chunk if self._pos < len(self._data) else chunk
        )
        self._pos = pos = 0
        have = len(data)
        while pos + 4 <= have and not self.done:
            length = data[pos] | data[pos + 1] << 8 | data[pos + 2] << 16
            end = pos + 4 + length
            if end > have:
                break
            packet = data[pos + 4 : end]
            if data[pos + 3] != self._sequence & 255 and not self._is_refusal(packet):
                raise InterfaceError(0, "The server's packets came out of order.")
            self._sequence += 1
            self._pos = pos = end
            if length == _MAX_PACKET:
                self._parts.append(packet)
                continue
            if self._parts:
                packet = b"".join((*self._parts, packet))
                self._parts.clear()
            self._state(self, packet)
        if self.done and pos != have:
            raise InterfaceError(0, "The server sent more than the answer to one command.")

    def _is_refusal(self, packet: bytes) -> bool:
        """
        Tell whether the server speaks before it has read the whole command, to refuse it.

        It then numbers on from what it has read: some packets of a command that is too large, or
        none where it ends an idle session.
        """
        return self._sequence == self._begin and packet[:1] == b"\xff"

    def _first(self, packet: bytes) -> None:
        head = packet[0]
        if head == 0:
            affected, pos = _lenenc(packet, 1)
            insert_id, pos = _lenenc(packet, pos)
            (status,) = unpack_from("<H", packet, pos)
            if self.result is None:
                self.result = Result([], affected, insert_id)
            self._end(status)
        elif head == 0xFF:
            self._fail(packet)
        elif head == 0xFB:
            raise NotSupportedError(0, "LOAD DATA LOCAL is not supported.")
        else:
            self._left, _ = _lenenc(packet, 0)
            self._rows, self._decoders, self._description = [], [], []
            self._state = Reader._column

    def _column(self, packet: bytes) -> None:
        decoder, description = self._columns.of(packet)
        self._decoders.append(decoder)
        self._description.append(description)
        self._left -= 1
        if not self._left:
            self._state = Reader._end_of_columns

    def _end_of_columns(self, packet: bytes) -> None:
        if packet[0] == 0xFF:
            self._fail(packet)
        else:
            self._state = Reader._row

    def _row(self, packet: bytes) -> None:
        head = packet[0]
        if head >= 0xFE:
            if head == 0xFE and len(packet) < 9:
                self._end_of_rows(packet)
                return
            if head == 0xFF:
                self._fail(packet)
                return
        row: list[Any] = []
        pos = 0
        for decode in self._decoders:
            length = packet[pos]
            pos += 1
            if length > 250:
                if length == 251:
                    row.append(None)
                    continue
                length, pos = _lenenc(packet, pos - 1)
            value = packet[pos : pos + length]
            pos += length
            row.append(value if decode is None else self._decode(decode, value))
        self._rows.append(tuple(row))

    def _decode(self, decode: Decoder, value: bytes) -> Any:
        try:
            return decode(value)
        except Exception as exc:  # noqa: BLE001 - raised once the answer is read to its end
            self.error = self.error or exc
            return None

    def _end_of_rows(self, packet: bytes) -> None:
        (status,) = unpack_from("<H", packet, 3)
        description = tuple(self._description)
        if self.result is None or self.result.description is None:
            self.result = Result(self._rows, len(self._rows), None, description)
        self._end(status)

    def _end(self, status: int) -> None:
        self.status = status
        self._state = Reader._first
        self.done = not status & _MORE_RESULTS

    def _fail(self, packet: bytes) -> None:
        try:
            raise_mysql_exception(packet)
        except MySQLError as exc:
            # Its traceback would lead back here.
            self.error = exc.with_traceback(None)
        self.done = True
