"""bulk_create by COPY, which PostgreSQL has: rows are streamed, and nothing comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import NotSupportedError
from django.db.models import AutoField
from django.db.models.expressions import DatabaseDefault

from vinyl.plans import Plan
from vinyl.plans.bulk import Conflicts, Write, columns_of
from vinyl.sql.columns import Column, any_expression, prepared, types_of, values_to_insert
from vinyl.sql.many import CopiedRows
from vinyl.stock import Model

# Rows in one COPY, where nobody says otherwise: their values are in memory all at once.
ROWS = 10_000

# The types of columns for which psycopg has the binary form of just these types of values, and
# the database would do to them what it does to their text. All others are sent as text.
_BINARY = {
    "bigint": {"builtins.int", "psycopg.types.numeric.Int8"},
    "boolean": {"builtins.bool"},
    "bytea": {"builtins.bytes"},
    "date": {"datetime.date"},
    "double precision": {"builtins.float"},
    "integer": {"builtins.int", "psycopg.types.numeric.Int4"},
    "interval": {"datetime.timedelta"},
    "jsonb": {"psycopg.types.json.Jsonb"},
    "numeric": {"decimal.Decimal"},
    "smallint": {"builtins.int", "psycopg.types.numeric.Int2"},
    "text": {"builtins.str"},
    "timestamp with time zone": {"datetime.datetime"},
    "uuid": {"uuid.UUID"},
    "varchar": {"builtins.str"},
}
# psycopg takes of an integer the bytes that there is room for.
_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def check_copy(connection: Any, conflicts: Conflicts) -> None:
    """
    Refuse what COPY cannot do.

    Raises: NotSupportedError, ValueError.
    """
    if connection.vendor != "postgresql":
        raise NotSupportedError(
            f"bulk_create(copy=True) needs PostgreSQL's COPY, which {connection.display_name} "
            "does not have. Leave copy out."
        )
    if conflicts.on_conflict is not None:
        raise ValueError(
            "COPY knows no conflicts: bulk_create(copy=True) takes neither ignore_conflicts nor "
            "update_conflicts."
        )


def copying(connection: Any, batch_size: int | None) -> Write:
    """Write by COPY; automatic keys are taken from their sequence first."""
    size = batch_size or ROWS

    def write(table: type[Model], objs: list[Any], have_keys: bool) -> Plan[None]:
        for start in range(0, len(objs), size):
            batch = objs[start : start + size]
            if not have_keys:
                yield from _take_keys(connection, table, batch)
            yield from _copy(connection, table, batch)

    return write


def _take_keys(connection: Any, table: type[Model], objs: Sequence[Any]) -> Plan[None]:
    """
    Give objects the next keys of their table's sequence.

    Raises: NotSupportedError where there is none.
    """
    key = table._meta.pk
    quoted = connection.ops.quote_name(table._meta.db_table)
    keys: list[Any] = [(None,)]
    if isinstance(key, AutoField):
        result = yield (
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass)) "
            "FROM generate_series(1, %s)",
            (quoted, key.column, len(objs)),
        )
        keys = result.rows
    if keys[0][0] is None:
        raise NotSupportedError(
            f"bulk_create(copy=True) cannot know the keys that the database gives to "
            f"{table._meta.label}: {key.name!r} has no sequence of its own. Give the objects "
            "their keys, or leave copy out."
        )
    for obj, row in zip(objs, keys, strict=True):
        setattr(obj, key.attname, row[0])


def _copy(connection: Any, table: type[Model], objs: Sequence[Any]) -> Plan[None]:
    columns: dict[Any, Column] = {}
    for field in columns_of(table, with_key=True):
        values = values_to_insert(field, objs)
        if type(values[0]) is DatabaseDefault and types_of(values) == {DatabaseDefault}:
            continue  # Left out, it gets its default.
        columns[field] = _plain(connection, field, values)
    types = _binary_types(connection, columns)
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in columns)
    form = " (FORMAT BINARY)" if types else ""
    sql = f"COPY {quote(table._meta.db_table)} ({names}) FROM STDIN{form}"
    yield sql, CopiedRows([column.values for column in columns.values()], types)
    # What the database has made of these is not known: it is read where it is asked for.
    for field in table._meta.local_concrete_fields:
        if field not in columns:
            for obj in objs:
                obj.__dict__.pop(field.attname, None)


def _plain(connection: Any, field: Any, values: list[Any]) -> Column:
    """Prepare values. Raises: NotSupportedError for what is not a value but an expression."""
    column = prepared(field, values, connection, sized=False)
    if column is not None and _stands_for_itself(connection, field, column.values):
        return column
    given = next((value for value in values if any_expression([type(value)])), None)
    raise NotSupportedError(
        f"COPY takes plain values only, and {field.model._meta.label}.{field.name} has "
        + (f"{given!r}" if given is not None else "a type whose values are wrapped in SQL")
        + ". Leave copy out, or give values."
    )


def _stands_for_itself(connection: Any, field: Any, values: list[Any]) -> bool:
    """Tell whether the SQL for a field's values is no more than the value, perhaps with a cast."""
    for value in values:
        if hasattr(field, "get_placeholder_sql"):  # Django 6.1
            compiler = field.model._base_manager.all().query.get_compiler(connection=connection)
            sql, params = field.get_placeholder_sql(value, compiler, connection)
            if list(params) != [value]:
                return False
        elif hasattr(field, "get_placeholder"):
            sql = field.get_placeholder(value, None, connection)
        else:
            return True
        if not re.fullmatch(r"%s(::[^%()]+(\([\d, ]+\))?(\[\d*\])*)?", sql):
            return False
    return True


def _binary_types(connection: Any, columns: dict[Any, Column]) -> list[str] | None:
    """Return the types of columns all of which can be sent in the binary form, or None."""
    types = []
    for field, column in columns.items():
        kind = (field.db_type(connection) or "").partition("(")[0]
        if kind not in _BINARY or not _fits(kind, column):
            return None
        types.append(kind)
    return types


def _fits(kind: str, column: Column) -> bool:
    values = column.values
    names = {f"{each.__module__}.{each.__qualname__}" for each in column.types}
    if not names <= _BINARY[kind] | {"builtins.NoneType"}:
        return False
    if kind in ("text", "varchar"):
        # Written as text, a NUL is refused as in any other statement.
        return not any("\0" in value for value in values if value)
    if kind in _LIMITS:
        numbers = [value for value in values if value is not None]
        limit = _LIMITS[kind]
        return not numbers or (-limit <= min(numbers) and max(numbers) < limit)
    if kind == "timestamp with time zone":
        return all(value is None or value.tzinfo is not None for value in values)
    return True
