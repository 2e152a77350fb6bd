"""The SQL with which a server gives a statement up after some time."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

# What may run inside a transaction, and can take long.
_LIMITABLE = re.compile(r"[\s(]*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES|MERGE|REPLACE)\b", re.I)
_SELECT = re.compile(r"\s*SELECT\b", re.I)

# Seconds. PostgreSQL takes no more, the others take more; who could wait for 24 days?
_MOST = 2_147_483.0

# Of the user's own limit and this one, the smaller prevails; 0 is none.
_POSTGRESQL = (
    "SELECT set_config('statement_timeout', CASE WHEN {former} = '0' OR "
    "{former}::interval > '{milliseconds}ms' THEN '{milliseconds}' ELSE {former} END, true)"
)
_MARIADB = (
    "IF(@@max_statement_time BETWEEN 0.000001 AND {seconds}, @@max_statement_time, {seconds})"
)

# What is local lasts until the end of the transaction, and DEFAULT is not what it was before. So it
# is kept, in a setting that has no value any more when the transaction has ended.
_CURRENT = "current_setting('statement_timeout')"
_REMEMBER = f" FROM set_config('vinyl.statement_timeout', {_CURRENT}, true) AS former"
# On a line of its own, lest it be part of a comment.
_PUT_BACK = (
    "\n; SELECT set_config('statement_timeout', current_setting('vinyl.statement_timeout'), true)"
)


class Limited(NamedTuple):
    """SQL with a limit in it, and how many results come before that of the statement."""

    sql: str
    results_before: int


def limited(kind: str, sql: str, seconds: float, *, in_transaction: bool) -> Limited:
    """
    Return SQL that runs no longer than so many seconds, where the server knows such a limit.

    `kind` is "postgresql", "mariadb", "mysql" or another. PostgreSQL gets several statements as
    one text. Nothing of it outlasts the statement; a smaller limit that the session has already
    holds, except on MySQL.
    """
    if not _LIMITABLE.match(sql) or seconds > _MOST:
        return Limited(sql, 0)
    milliseconds = max(math.ceil(seconds * 1000), 1)
    if kind == "postgresql":
        return _limited_on_postgresql(sql, milliseconds, in_transaction)
    if kind == "mariadb":
        limit = _MARIADB.format(seconds=f"{milliseconds / 1000:.3f}")
        return Limited(f"SET STATEMENT max_statement_time={limit} FOR {sql}", 0)
    if kind == "mysql" and (match := _SELECT.match(sql)):
        hint = f" /*+ MAX_EXECUTION_TIME({milliseconds}) */"
        return Limited(sql[: match.end()] + hint + sql[match.end() :], 0)
    return Limited(sql, 0)


def _limited_on_postgresql(sql: str, milliseconds: int, in_transaction: bool) -> Limited:
    if not in_transaction:
        return Limited(
            f"{_POSTGRESQL.format(former=_CURRENT, milliseconds=milliseconds)}; {sql}", 1
        )
    if "set_config" in sql.lower():
        # What it may set would be put back.
        return Limited(sql, 0)
    limit = _POSTGRESQL.format(former="former", milliseconds=milliseconds)
    return Limited(f"{limit}{_REMEMBER}; {sql}{_PUT_BACK}", 1)
