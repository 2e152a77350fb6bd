"""The SQL with which a server gives a statement up after some time."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

# What may run inside a transaction, and can take long.
_LIMITABLE = re.compile(r"[\s(]*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES|MERGE|REPLACE)\b", re.I)
_SELECT = re.compile(r"\s*SELECT\b", re.I)


class Limited(NamedTuple):
    """SQL with a limit in it, and how many results come before that of the statement."""

    sql: str
    results_before: int


def limited(kind: str, sql: str, seconds: float, *, in_transaction: bool) -> Limited:
    """
    Return SQL that runs no longer than so many seconds, where the server knows such a limit.

    `kind` is "postgresql", "mariadb", "mysql" or another. PostgreSQL gets several statements as
    one text. Nothing of it outlasts the statement.
    """
    if not _LIMITABLE.match(sql):
        return Limited(sql, 0)
    milliseconds = max(math.ceil(seconds * 1000), 1)
    if kind == "postgresql":
        text = f"SET LOCAL statement_timeout = {milliseconds}; {sql}"
        if in_transaction:
            text += "; SET LOCAL statement_timeout TO DEFAULT"
        return Limited(text, 1)
    if kind == "mariadb":
        return Limited(f"SET STATEMENT max_statement_time={milliseconds / 1000:g} FOR {sql}", 0)
    if kind == "mysql" and (match := _SELECT.match(sql)):
        hint = f" /*+ MAX_EXECUTION_TIME({milliseconds}) */"
        return Limited(sql[: match.end()] + hint + sql[match.end() :], 0)
    return Limited(sql, 0)
