"""Databases in memory, which SQLite drops with the last connection to them."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from typing import Any


def hold(databases: Mapping[str, Mapping[str, Any]]) -> None:
    """
    Keep the databases in memory that have a name for the process, by a connection to each.

    Those of event loops and threads come and go.
    """
    for entry in databases.values():
        name = str(entry.get("NAME"))
        if name.startswith("file:") and "mode=memory" in name and "cache=shared" in name:
            import sqlite3  # Python may have been built without.

            # Left open, it would be warned of.
            atexit.register(sqlite3.connect(name, uri=True, check_same_thread=False).close)
