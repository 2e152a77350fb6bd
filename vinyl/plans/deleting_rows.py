"""
DELETE of rows by their keys, in batches as large as Django's.

The statement of a full batch, and that of a single row, depend on nothing but the model: they are
compiled once, and afterwards keys are only made into parameters, just as compiling does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models.expressions import Col
from django.db.models.lookups import In
from django.db.models.sql import DeleteQuery
from django.db.models.sql.constants import GET_ITERATOR_CHUNK_SIZE

from vinyl.plans import Plan
from vinyl.sql.door import statement_of, stop
from vinyl.sql.statements import PLAIN_TYPES, remember
from vinyl.stock import Model, SQLCompiler

if TYPE_CHECKING:
    from vinyl.sql.door import Dialect

_REMEMBERED = frozenset({1, GET_ITERATOR_CHUNK_SIZE})


class _Delete(NamedTuple):
    """A DELETE; its parameters are the keys of the rows."""

    sql: str
    field: Any

    def bind(self, keys: list[Any], connection: Dialect) -> tuple[Any, ...]:
        field = self.field
        prepared = map(field.get_prep_value, keys)
        return tuple([field.get_db_prep_value(key, connection, prepared=True) for key in prepared])


def delete_rows(connection: Dialect, model: type[Model], keys: list[Any]) -> Plan[int]:
    """
    Delete the rows of a model's table with these keys; return how many there were.

    Django: DeleteQuery.delete_batch().
    """
    deleted = 0
    for batch in batches(keys):
        statement = _statement(connection, model, batch)
        deleted += 0 if statement is None else (yield statement).rowcount
    return deleted


def batches(keys: list[Any]) -> Iterable[list[Any]]:
    """Split keys as Django does for what it deletes."""
    size = GET_ITERATOR_CHUNK_SIZE
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _statement(connection: Dialect, model: type[Model], keys: list[Any]) -> Any:
    if len(keys) not in _REMEMBERED or not PLAIN_TYPES.issuperset(map(type, keys)):
        return statement_of(_compiler(connection, model, keys))
    shape = ("DELETE", model, len(keys))
    statements = connection.vinyl_statements
    if shape not in statements:
        remember(statements, shape, _compile(connection, model, keys))
    delete: _Delete | None = statements[shape]
    # Another lookup may have been registered meanwhile.
    if delete is None or delete.field.get_lookup("in") is not In:
        return statement_of(_compiler(connection, model, keys))
    return delete.sql, delete.bind(keys, connection)


def _compiler(connection: Dialect, model: type[Model], keys: list[Any]) -> SQLCompiler:
    compiler: SQLCompiler = stop(
        lambda: DeleteQuery(model).delete_batch(keys, connection.vinyl_door)
    )
    return compiler


def _compile(connection: Dialect, model: type[Model], keys: list[Any]) -> _Delete | None:
    compiler = _compiler(connection, model, keys)
    (condition,) = compiler.query.where.children
    # Another lookup of a field's own may write other SQL for other values.
    if type(condition) is not In or type(condition.lhs) is not Col:
        return None
    sql, params = compiler.as_sql()
    delete = _Delete(sql, condition.lhs.output_field)
    return delete if delete.bind(keys, connection) == tuple(params) else None
