"""INSERT of objects into one table, in batches that the database takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import AutoField
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

from vinyl.plans import Plan
from vinyl.sql.result import Result
from vinyl.stock import Model, SQLInsertCompiler

Rows = list[Sequence[Any]]


def insert(
    connection: Any,
    model: type[Model],
    objs: Sequence[Any],
    fields: Sequence[Any],
    returning: Sequence[Any],
    **options: Any,
) -> Plan[Rows]:
    """
    Insert objects into the table of a model; return the values of `returning`, a row an object.

    `options` are those of InsertQuery: on_conflict, update_fields, unique_fields.
    The rows are empty where the database gives nothing back.
    """
    query: Any = InsertQuery(model, **options)
    query.insert_values(fields, objs)
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = returning
    result = None
    for statement in compiler.as_sql():
        result = yield statement
    if not returning or result is None:
        return []
    return _returned(compiler, result)


def insert_in_batches(
    connection: Any,
    model: type[Model],
    objs: Sequence[Any],
    fields: Sequence[Any],
    returning: Sequence[Any],
    batch_size: int | None = None,
    **options: Any,
) -> Plan[Rows]:
    """
    Insert many objects, as many a statement as the database takes.

    Rows come back only where the database can return those of a bulk insert.
    """
    most = max(connection.ops.bulk_batch_size(fields, objs), 1)
    size = min(batch_size, most) if batch_size else most
    gives_rows = connection.features.can_return_rows_from_bulk_insert
    if not gives_rows or options.get("on_conflict") is OnConflict.IGNORE:
        returning = ()
    rows: Rows = []
    for start in range(0, len(objs), size):
        batch = objs[start : start + size]
        rows += yield from insert(connection, model, batch, fields, returning, **options)
    return rows


def _returned(compiler: SQLInsertCompiler, result: Result) -> Rows:
    """Return what the database gave back, converted. Django: SQLInsertCompiler.execute_sql()."""
    features = compiler.connection.features
    table = compiler.query.get_meta().db_table
    returning = compiler.returning_fields
    if len(compiler.query.objs) > 1:
        gives_rows = features.can_return_rows_from_bulk_insert
    else:
        gives_rows = features.can_return_columns_from_insert
    if gives_rows:
        fields, rows = returning, result.rows
    elif isinstance(returning[0], AutoField):
        fields, rows = returning[:1], [(result.lastrowid,)]
    else:
        return []
    columns = [field.get_col(table) for field in fields]
    converters = compiler.get_converters(columns)
    return list(compiler.apply_converters(rows, converters)) if converters else list(rows)
