"""
Statements over psycopg's protocol, without its cursors.

A cursor is made for one statement here, and costs as much as the statement: it makes its own
dumpers and loaders, reads the SQL for placeholders, and keeps state that nobody asks for.
psycopg's libpq wrapper, generators and adapters do the work itself; they are used as a cursor uses
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import generators
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Wait

from vinyl._runtime._async.drivers.base import LazyResult, Params, Result

_ROWS = ExecStatus.TUPLES_OK
_GOOD = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY})
_COPY = frozenset({ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH})

COPY_APART = (
    "execute() neither sends nor reads the rows of a COPY; use `async with cursor.copy(sql)`, or "
    "name a file of the server's in place of STDIN or STDOUT."
)


class Protocol:
    """What one connection sends as text, and what it makes of the answers."""

    __slots__ = ("adapters", "encoding", "transformer")

    def __init__(self, raw: psycopg.AsyncConnection[Any]) -> None:
        # Kept, so that the dumpers and loaders of a type are made once a connection.
        self.transformer = Transformer(raw)
        self.adapters = raw.adapters
        self.encoding = raw.info.encoding

    def text(self, sql: str, params: Params | None) -> bytes | None:
        """Return a statement with its parameters in it; None where a cursor has to do that."""
        if params is None:
            return sql.encode(self.encoding)
        marks = sql.count("%s")
        # psycopg knows other placeholders, and names; Django's SQL has none of these.
        if (
            isinstance(params, Mapping)
            or marks != len(params)
            or marks + 2 * sql.count("%%") != sql.count("%")
        ):
            return None
        literal = self.transformer.as_literal
        literals = tuple([b"NULL" if value is None else literal(value) for value in params])
        try:
            return sql.encode(self.encoding) % literals
        except TypeError:
            return None

    def checked(self, results: list[PGresult]) -> list[PGresult]:
        """Return the results of a text of statements. Raises: psycopg.Error for a bad one."""
        for result in results:
            if (status := result.status) in _GOOD:
                continue
            if status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result, encoding=self.encoding)
            if status in _COPY:
                raise psycopg.ProgrammingError(COPY_APART)
            raise psycopg.InternalError(f"unexpected result status: {ExecStatus(status).name}")
        return results

    def result(self, found: PGresult) -> Result:
        """Return what one statement gave."""
        if found.status != _ROWS:
            count = found.command_tuples
            return Result([], -1 if count is None else count)
        self.transformer.set_pgresult(found)
        number = found.ntuples
        rows = self.transformer.load_rows(0, number, tuple)
        return LazyResult(rows, number, None, lambda: self._description(found))

    def _description(self, found: PGresult) -> list[psycopg.Column]:
        cursor: Any = _Described(found, self.encoding, self.adapters)
        return [psycopg.Column(cursor, position) for position in range(found.nfields)]


def end_copies(pgconn: PGconn) -> PQGen[None]:
    """
    Go through what the server still has to say about a text of statements, up to its end.

    A COPY that asks for rows is told that there are none, which is an error; the rows that one
    gives are thrown away.
    """
    while results := (yield from generators.fetch_many(pgconn)):
        status = results[-1].status
        if status == ExecStatus.COPY_IN:
            while not pgconn.put_copy_end(b"execute() sends no rows"):
                yield from generators.send(pgconn)
            yield from generators.send(pgconn)
        elif status == ExecStatus.COPY_OUT:
            while (length := pgconn.get_copy_data(1)[0]) >= 0:
                if not length:
                    while not (yield Wait.R):
                        continue
                    pgconn.consume_input()
        elif status == ExecStatus.COPY_BOTH:
            return


class _Described:
    """What psycopg.Column asks of a cursor."""

    def __init__(self, found: PGresult, encoding: str, adapters: Any) -> None:
        self.pgresult = found
        self._encoding = encoding
        self.adapters = adapters
