"""UPDATE: one statement as a rule; more where a model's columns are spread over parent tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vinyl.plans import Plan, Statement
from vinyl.plans.replaying import replayed
from vinyl.sql.door import statement_of
from vinyl.sql.result import Result
from vinyl.stock import SQLUpdateCompiler


def update(compiler: SQLUpdateCompiler) -> Plan[int]:
    """
    Run a compiled UpdateQuery; return the number of rows matched.

    Django: SQLUpdateCompiler.execute_sql().
    """
    statement = yield from _compiled(compiler)
    matched = None if statement is None else (yield statement).rowcount
    for query in compiler.query.get_related_updates():
        related = query.get_compiler(connection=compiler.connection)
        related.using = compiler.using
        count = yield from update(related)
        # The rows of the first statement that is not empty are the ones matched.
        matched = matched or count or None
    return matched or 0


def update_returning(compiler: SQLUpdateCompiler, fields: Sequence[Any]) -> Plan[list[Any]]:
    """
    Run an UPDATE of one object; return the rows with the new values of `fields`.

    Where the database cannot return them, a row matched is an empty tuple.
    Django: SQLUpdateCompiler.execute_returning_sql(), which is new in 6.0.
    """
    compiler.returning_fields = returning_of(compiler, fields)
    if compiler.returning_fields is None:
        return [()] * (yield from update(compiler))
    statement = statement_of(compiler)
    return [] if statement is None else returned_by_update(compiler, (yield statement))


def returning_of(compiler: SQLUpdateCompiler, fields: Sequence[Any]) -> Sequence[Any] | None:
    """Return what the compiler can let the statement return of these fields, or None."""
    can_return = fields and compiler.connection.features.can_return_rows_from_update
    return fields if can_return else None


def returned_by_update(compiler: SQLUpdateCompiler, result: Result) -> list[Any]:
    """Return the rows that an UPDATE gave back, converted, or an empty tuple for each matched."""
    fields = compiler.returning_fields
    if fields is None:
        return [()] * result.rowcount
    table = compiler.query.get_meta().db_table
    converters = compiler.get_converters([field.get_col(table) for field in fields])
    return list(compiler.apply_converters(result.rows, converters))


def _compiled(compiler: SQLUpdateCompiler) -> Plan[Statement | None]:
    """Compile; where Django first needs the keys of the rows to update, ask for them."""
    query = compiler.query
    query.get_initial_alias()
    if not query.related_updates and query.count_active_tables() == 1:
        return statement_of(compiler)

    def compile_afresh() -> Statement | None:
        # Compiling changes the query, and may have to start again.
        compiler.query = query.clone()
        return statement_of(compiler)

    return (yield from replayed(compiler.connection, compile_afresh))
