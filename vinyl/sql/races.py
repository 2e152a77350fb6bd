"""What a database says to a transaction that lost to another one. No I/O."""

from __future__ import annotations

from django.db import OperationalError

# Deadlock found; record has changed since last read (MariaDB).
_MYSQL = frozenset({1213, 1020})
# Serialization failure; deadlock detected.
_POSTGRESQL = frozenset({"40001", "40P01"})


def lost_a_race(error: OperationalError, *, again: bool) -> bool:
    """
    Tell whether a transaction failed for the only reason that another one was faster.

    The database has rolled it back, or wants that; run again, it may succeed.
    """
    if getattr(error.__cause__, "sqlstate", None) in _POSTGRESQL:
        return True
    if error.args[:1] == ("database is locked",):
        # SQLite says so at once where waiting would be in vain: both have read, and want to write.
        # It says the same after having waited for long.
        return not again
    return bool(_MYSQL.intersection(error.args[:1]))


def sql_to_lock(table: str) -> str:
    """Return what makes an SQLite transaction wait until it may write; it changes nothing."""
    return f"UPDATE {table} SET rowid = rowid WHERE 0"
