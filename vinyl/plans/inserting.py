"""INSERT of objects into one table, in batches that the database takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from types import SimpleNamespace
from typing import Any

from django.db.models import AutoField
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

from vinyl.plans import Plan, Statement
from vinyl.sql.columns import prepared, values_to_insert
from vinyl.sql.many import Columns
from vinyl.sql.result import Result
from vinyl.stock import Model, SQLInsertCompiler

Rows = list[Sequence[Any]]


def insert(
    connection: Any,
    model: type[Model],
    objs: Sequence[Any],
    fields: Sequence[Any],
    returning: Sequence[Any],
    *,
    raw: bool = False,
    **options: Any,
) -> Plan[Rows]:
    """
    Insert objects into the table of a model; return the values of `returning`, a row an object.

    With `raw`, the attributes are written as they are. `options` are those of InsertQuery:
    on_conflict, update_fields, unique_fields.
    The rows are empty where the database gives nothing back.
    """
    compiler = _compiler(connection, model, objs, fields, returning, options, raw=raw)
    return (yield from _run(compiler, compiler.as_sql()))


def _compiler(
    connection: Any,
    model: type[Model],
    objs: Sequence[Any],
    fields: Sequence[Any],
    returning: Sequence[Any],
    options: dict[str, Any],
    *,
    raw: bool = False,
) -> SQLInsertCompiler:
    query: Any = InsertQuery(model, **options)
    query.insert_values(fields, objs, raw=raw)
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = returning
    made: SQLInsertCompiler = compiler
    return made


def _run(compiler: SQLInsertCompiler, statements: list[Statement]) -> Plan[Rows]:
    result = None
    for statement in statements:
        result = yield statement
    return [] if result is None else returned_by_insert(compiler, result)


def batches_of(
    connection: Any, fields: Sequence[Any], objs: Sequence[Any], batch_size: int | None
) -> Iterator[Sequence[Any]]:
    """Give objects in batches of what the database takes, at most `batch_size`."""
    most = max(connection.ops.bulk_batch_size(fields, objs), 1)
    size = min(batch_size, most) if batch_size else most
    return (objs[start : start + size] for start in range(0, len(objs), size))


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
    gives_rows = connection.features.can_return_rows_from_bulk_insert
    if not gives_rows or options.get("on_conflict") is OnConflict.IGNORE:
        returning = ()
    rows: Rows = []
    shapes: dict[int, str] = {}
    for batch in batches_of(connection, fields, objs, batch_size):
        if not fields:
            rows += yield from insert(connection, model, batch, fields, returning, **options)
            continue
        given = [values_to_insert(field, batch) for field in fields]
        compiler, statements = _compiled(
            connection, model, given, fields, returning, options, shapes
        )
        rows += yield from _run(compiler, statements)
    return rows


def _compiled(
    connection: Any,
    model: type[Model],
    given: list[list[Any]],
    fields: Sequence[Any],
    returning: Sequence[Any],
    options: dict[str, Any],
    shapes: dict[int, str],
) -> tuple[SQLInsertCompiler, list[Statement]]:
    """
    Compile the INSERT of columns of values.

    Django compiles value by value. The SQL of plain values depends on their number at most, so
    what it has compiled once serves again: `shapes` has it by the number of rows.
    """

    def compiling(rows: Sequence[Any]) -> SQLInsertCompiler:
        return _compiler(connection, model, rows, fields, returning, options, raw=True)

    columns = _plain_columns(connection, fields, given)
    if columns is None:
        compiler = compiling(_stand_ins(fields, given))
        return compiler, compiler.as_sql()
    number = len(columns[0])
    if number > 2:
        # Two rows tell whether the columns go out as arrays, however long these are.
        compiler = compiling(_stand_ins(fields, [values[:2] for values in given]))
        sql, params = compiler.as_sql()[0]
        if _are_columns(params, len(fields)):
            return compiler, [(sql, Columns(columns))]
    if number in shapes:
        compiler = compiling(())
        return compiler, [(shapes[number], tuple(chain.from_iterable(zip(*columns, strict=True))))]
    compiler = compiling(_stand_ins(fields, given))
    statements = compiler.as_sql()
    if len(statements) == 1 and len(statements[0][1]) == number * len(fields):
        shapes[number] = statements[0][0]
    return compiler, statements


def _plain_columns(
    connection: Any, fields: Sequence[Any], given: list[list[Any]]
) -> list[list[Any]] | None:
    """Prepare the values; return None where one is an expression, or what a field puts in SQL."""
    columns = []
    for field, values in zip(fields, given, strict=True):
        column = None if has_placeholder(field) else prepared(field, values, connection)
        if column is None:
            return None
        columns.append(column.values)
    return columns


def has_placeholder(field: Any) -> bool:
    """Tell whether a field decides itself how a value stands in the SQL."""
    # The name is another one from Django 6.1 on.
    return hasattr(field, "get_placeholder_sql") or hasattr(field, "get_placeholder")


def _are_columns(params: Sequence[Any], number: int) -> bool:
    """Tell whether the parameters of an INSERT of two rows are its columns."""
    return len(params) == number and all(type(each) is list and len(each) == 2 for each in params)


def _stand_ins(fields: Sequence[Any], given: list[list[Any]]) -> list[Any]:
    """Return objects with these values, for which Django calls no pre_save() again."""
    names = [field.attname for field in fields]
    return [
        SimpleNamespace(**dict(zip(names, row, strict=True))) for row in zip(*given, strict=True)
    ]


def returned_by_insert(compiler: SQLInsertCompiler, result: Result) -> Rows:
    """Return what the database gave back, converted. Django: SQLInsertCompiler.execute_sql()."""
    features = compiler.connection.features
    table = compiler.query.get_meta().db_table
    returning = compiler.returning_fields
    if not returning:
        return []
    if len(compiler.query.objs) != 1:
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
