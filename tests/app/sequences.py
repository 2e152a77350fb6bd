"""Read and set the counters from which the databases take new primary keys."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

Counters = dict[str, Any]

READ = {
    "sqlite": "SELECT name, seq FROM sqlite_sequence",
    "postgresql": "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'",
    "mysql": (
        "SELECT table_name, auto_increment FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL"
    ),
}


def read(connection: BaseDatabaseWrapper) -> Counters:
    """Return the position of every counter."""
    with connection.cursor() as cursor:
        if connection.vendor == "mysql" and not connection.mysql_is_mariadb:
            cursor.execute("SET SESSION information_schema_stats_expiry = 0")
        cursor.execute(READ[connection.vendor])
        return dict(cursor.fetchall())


def reset(connection: BaseDatabaseWrapper, wanted: Counters) -> None:
    """Set the counters that are elsewhere back to the wanted positions."""
    moved = {
        name: wanted.get(name)
        for name, position in read(connection).items()
        if wanted.get(name) != position
    }
    with connection.cursor() as cursor:
        for name, position in moved.items():
            cursor.execute(*statement(connection, name, position))


def statement(connection: BaseDatabaseWrapper, name: str, position: Any) -> tuple[str, list[Any]]:
    """Return the statement that sets one counter; None is that of an unused one."""
    match connection.vendor:
        case "sqlite" if position is None:
            return "DELETE FROM sqlite_sequence WHERE name = %s", [name]
        case "sqlite":
            return "UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [position, name]
        case "postgresql":
            quoted = connection.ops.quote_name(name)
            return "SELECT setval(%s, %s, %s)", [quoted, position or 1, position is not None]
        case _:
            table = connection.ops.quote_name(name)
            return f"ALTER TABLE {table} AUTO_INCREMENT = {position or 1}", []
