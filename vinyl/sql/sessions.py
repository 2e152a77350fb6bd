"""
Tell from its text whether a statement may leave something behind in its session.

Statements of an ORM are known to leave nothing. Of others, one too many is suspected rather than
one too few: that costs a round trip, not a stranger's settings. (A stored function that changes
a setting or takes a lock goes unseen.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

__all__ = ["changes_postgresql", "changes_sqlite"]

# Texts that are longer are looked at each time, so that they are not kept.
_REMEMBERED = 10_000

_LEADING = r"\s*(?:(?:/\*(?:(?!/\*).)*?\*/|--[^\n]*\n|\()\s*)*"
_WORDS = re.compile(_LEADING + r"([a-z]+)(?:\s+([a-z]+))?", re.DOTALL)

_COMMON = (
    "select insert update delete with values begin commit end rollback savepoint release explain "
    "create alter drop analyze reindex vacuum "
)
_MORE_ON_POSTGRESQL = (
    "abort checkpoint close cluster comment copy declare fetch grant import lock merge move "
    "notify reassign refresh revoke show start table truncate"
)
_HARMLESS_ON_POSTGRESQL = frozenset((_COMMON + _MORE_ON_POSTGRESQL).split())
_HARMLESS_ON_SQLITE = frozenset((_COMMON + "replace").split())

_TELLTALES = ("set_config", "advisory_lock", "pg_temp", "setseed", "dblink_connect")
_LOCAL_CONFIG = re.compile(r"\bset_config\s*\([^()]*,\s*true\s*\)")
# The second half: with a comment between the words, whatever else is there.
_TEMPORARY = re.compile(
    r"\b(?:create\s+(?:or\s+replace\s+)?|into\s+)(?:(?:local|global)\s+)?temp|"
    r"\b(?:create|into)\b.*?(?:/\*|--).*\btemp(?:orary)?\b",
    re.DOTALL,
)
_COMMENT = re.compile(r"/\*|--")
# What a SET of these sets ends with the transaction.
_OF_TRANSACTION = ("local", "transaction", "constraints")

_READING_PRAGMA = re.compile(
    r"\s*pragma\s+(?:\w+\.)?(?:\w+\s*;?\s*$|(?:table_x?info|table_list|index_x?info|index_list|"
    r"foreign_key_list|foreign_key_check|integrity_check|quick_check|wal_checkpoint)\s*\()"
)


def _remembering(judge: Callable[[str], bool]) -> Callable[[str], bool]:
    remembered = lru_cache(maxsize=4096)(judge)
    return lambda sql: remembered(sql) if len(sql) < _REMEMBERED else judge(sql)


@_remembering
def changes_postgresql(sql: str) -> bool:
    """Tell whether one or more statements may change the session on PostgreSQL."""
    low = sql.lower()
    if "set_config" in low and not _COMMENT.search(low):
        low = _LOCAL_CONFIG.sub("", low)
    if any(telltale in low for telltale in _TELLTALES):
        return True
    if "temp" in low and _TEMPORARY.search(low):
        return True
    return any(map(_changes_postgresql, low.split(";")))


def _changes_postgresql(statement: str) -> bool:
    if (match := _WORDS.match(statement)) is None:
        return bool(statement.strip())
    first, second = match.groups()
    if first == "set":
        return second not in _OF_TRANSACTION
    if first == "declare":
        return "hold" in statement
    return first not in _HARMLESS_ON_POSTGRESQL


@_remembering
def changes_sqlite(sql: str) -> bool:
    """Tell whether a statement may change the session on SQLite."""
    low = sql.lower()
    if (match := _WORDS.match(low)) is None:
        return bool(low.strip())
    first = match[1]
    if first == "create":
        return "temp" in low
    if first == "pragma":
        return not _READING_PRAGMA.match(low)
    return first not in _HARMLESS_ON_SQLITE
