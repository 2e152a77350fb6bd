"""UPDATE: one statement as a rule; more where a model's columns are spread over parent tables."""

from __future__ import annotations

from typing import Any

from vinyl.plans import Plan, Statement
from vinyl.plans.replaying import replayed
from vinyl.sql.door import statement_of
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


def update_returning(compiler: SQLUpdateCompiler, fields: list[Any]) -> Plan[list[Any]]:
    """
    Run an UPDATE of one object; return the rows with the new values of `fields`.

    Where the database cannot return them, a row matched is an empty tuple.
    Django: SQLUpdateCompiler.execute_returning_sql(), which is new in 6.0.
    """
    if not fields or not compiler.connection.features.can_return_rows_from_update:
        return [()] * (yield from update(compiler))
    compiler.returning_fields = fields
    statement = statement_of(compiler)
    if statement is None:
        return []
    result = yield statement
    table = compiler.query.get_meta().db_table
    columns = [field.get_col(table) for field in fields]
    return list(compiler.apply_converters(result.rows, compiler.get_converters(columns)))


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
