"""
Log in to a database and print its product and version as JSON; run by the environment's Python.

    VINYL_POSTGRESQL_URL=... python -m tools.setup.probe postgresql

A server counts only if a test could use it: a database is created there and dropped again.
The address comes by a variable because anyone on the machine can read a program's arguments.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import uuid4

SECONDS = 5


def sqlite(url: str) -> str:
    """Return the version of the library that Python brings."""
    return f"SQLite {sqlite3.sqlite_version}"


def postgresql(url: str) -> str:
    """Return the server's version after creating and dropping a database."""
    import psycopg

    parts = urlsplit(url)
    database = parts.path.strip("/") or "postgres"
    with psycopg.connect(
        url, dbname=database, connect_timeout=SECONDS, autocommit=True
    ) as connection:
        name = f"vinyl_probe_{uuid4().hex}"
        connection.execute(f"CREATE DATABASE {name}")
        connection.execute(f"DROP DATABASE {name}")
        return (
            f"PostgreSQL {(connection.info.parameter_status('server_version') or '?').split()[0]}"
        )


def mysql(url: str) -> str:
    """Return the server's product and version after creating and dropping a database."""
    import MySQLdb

    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    connection = MySQLdb.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        connect_timeout=SECONDS,
        **options,
    )
    with connection, connection.cursor() as cursor:
        name = f"vinyl_probe_{uuid4().hex}"
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(f"DROP DATABASE {name}")
        cursor.execute("SELECT VERSION()")
        version: str = cursor.fetchone()[0]
    number, _, product = version.partition("-")
    return f"{'MariaDB' if 'MariaDB' in product else 'MySQL'} {number}"


PROBES = {"sqlite": sqlite, "postgresql": postgresql, "mysql": mysql}


def main(kind: str) -> int:
    """Print what was found and return 0, or the driver's error and return 1."""
    import django

    try:
        server = PROBES[kind](os.environ.get(f"VINYL_{kind.upper()}_URL", ""))
    except Exception as error:  # noqa: BLE001 -- whatever a driver says is what we were asked for
        print(" ".join(str(error).split()) or repr(error), file=sys.stderr)
        return 1
    versions = {
        "server": server,
        "python": platform.python_version(),
        "django": django.get_version(),
    }
    print(json.dumps(versions))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
