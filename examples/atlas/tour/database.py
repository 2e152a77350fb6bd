"""Make an empty database with the atlas's tables in it, through Django."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.utils import ConnectionHandler

# Where a server lets one log in to make a database.
MAINTENANCE = {"postgresql": "postgres", "mysql": ""}
# A server that was killed may have left sessions, and PostgreSQL drops under none of them.
FORCE = {"postgresql": " WITH (FORCE)", "mysql": ""}
TEXT = {"postgresql": "ENCODING 'UTF8' TEMPLATE template0", "mysql": "CHARACTER SET utf8mb4"}


def recreate() -> None:
    """
    Drop the atlas's database if there is one, create it, and migrate it.

    Raises: django.db.OperationalError when the server does not let us.
    """
    drop()
    vendor = connections["default"].vendor
    if vendor == "sqlite":
        Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    else:
        execute(f"CREATE DATABASE {quoted_name()} {TEXT[vendor]}")
    call_command("migrate", verbosity=0)
    # The loading and the servers open connections of their own.
    connections.close_all()


def drop() -> None:
    """Drop the atlas's database, if there is one."""
    connections.close_all()
    if connections["default"].vendor == "sqlite":
        path = Path(settings.DATABASES["default"]["NAME"])
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    else:
        vendor = connections["default"].vendor
        execute(f"DROP DATABASE IF EXISTS {quoted_name()}{FORCE[vendor]}")


def quoted_name() -> str:
    """Return the database's name as SQL writes it."""
    connection = connections["default"]
    return connection.ops.quote_name(connection.settings_dict["NAME"])


def execute(statement: str) -> None:
    """Run a statement on the server, outside of the atlas's database."""
    entry = settings.DATABASES["default"]
    name = MAINTENANCE[connections["default"].vendor]
    outside = ConnectionHandler({"default": {**entry, "NAME": name}})["default"]
    try:
        with outside.cursor() as cursor:
            cursor.execute(statement)
    finally:
        outside.close()


def place() -> str:
    """Return where the database is, in a form to show: no user, no password."""
    entry = settings.DATABASES["default"]
    if not entry.get("HOST"):
        return str(entry["NAME"])
    port = f":{entry['PORT']}" if entry["PORT"] else ""
    return f"{entry['NAME']} on {entry['HOST']}{port}"
