"""Turn the example's choice of database into an entry of Django's DATABASES."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

CHOICES = ("sqlite", "postgresql", "mysql")
DEFAULT_URLS = {
    "postgresql": "postgresql://postgres@127.0.0.1:5432/",
    "mysql": "mysql://root@127.0.0.1:3306/",
}
# An open connection is kept for the next request: the asynchronous side has a pool, and the
# synchronous side should not be slowed by connecting anew each time.
KEEP_CONNECTED = 60


def chosen() -> str:
    """Return the database named by ATLAS_DATABASE, SQLite if none is."""
    choice = os.environ.get("ATLAS_DATABASE", "sqlite")
    if choice not in CHOICES:
        raise ValueError(f"ATLAS_DATABASE is {choice!r}; write one of {', '.join(CHOICES)}.")
    return choice


def entry(choice: str, var: Path) -> dict[str, Any]:
    """Return the DATABASES entry for a database; `var` is the folder of the SQLite file."""
    if choice == "sqlite":
        return sqlite_entry(var / "atlas.sqlite3")
    url = os.environ.get(f"VINYL_{choice.upper()}_URL") or DEFAULT_URLS[choice]
    name = os.environ.get("ATLAS_DATABASE_NAME", "vinyl_atlas")
    return {**server_entry(choice, url), "NAME": name, "CONN_MAX_AGE": KEEP_CONNECTED}


def sqlite_entry(path: Path) -> dict[str, Any]:
    """Return the entry for a SQLite file that several processes read and write."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": KEEP_CONNECTED,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def server_entry(choice: str, url: str) -> dict[str, Any]:
    """
    Return the entry for a server's URL, without a NAME.

    Parts of the query become OPTIONS (`?unix_socket=…` for MySQL), but `?host=…` is the host, as
    in PostgreSQL's own URLs.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    return {
        "ENGINE": f"django.db.backends.{choice}",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
