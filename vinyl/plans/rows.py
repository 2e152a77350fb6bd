"""
INSERT and UPDATE of the one row that an object has in a table.

The statement depends on the columns, not on the values, unless one of these is an expression. So
it is compiled once; afterwards values are only made into parameters, by their fields, just as
compiling does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Field, Manager
from django.db.models.sql import InsertQuery, UpdateQuery

from vinyl.plans import Plan
from vinyl.plans.inserting import Rows, insert, returned_by_insert
from vinyl.plans.updating import returned_by_update, returning_of, update_returning
from vinyl.sql.statements import PLAIN_TYPES, is_plain_lookup, remember
from vinyl.stock import Model, SQLCompiler

if TYPE_CHECKING:
    Fields = Sequence[Field[Any, Any]]


class _Insert(NamedTuple):
    """An INSERT; its parameters are the values of the columns."""

    sql: str
    compiler: SQLCompiler

    def bind(self, params: list[Any]) -> tuple[Any, ...]:
        return (*params, *self.compiler.returning_params)


class _Update(NamedTuple):
    """An UPDATE; its parameters are the values of the columns and the key."""

    sql: str
    compiler: SQLCompiler
    condition: Any
    # Up to Django 5.2, NULL stands in the SQL.
    binds_nulls: bool

    def bind(self, params: list[Any], key: Any) -> tuple[Any, ...]:
        lookup = type(self.condition)(self.condition.lhs, key)
        keys = lookup.process_rhs(self.compiler, self.compiler.connection)[1]
        if not self.binds_nulls:
            params = [param for param in params if param is not None]
        return (*params, *keys)


def values_of(obj: Any, fields: Fields, *, add: bool) -> list[Any]:
    """Return what is to be written of an object; what is set at each write is set now."""
    return [field.pre_save(obj, add) for field in fields]


def is_expression(value: Any) -> bool:
    """Tell whether the database makes a value, so that it is not known here."""
    return type(value) not in PLAIN_TYPES and hasattr(value, "resolve_expression")


def insert_row(
    connection: Any, model: type[Model], fields: Fields, values: list[Any], returning: Fields
) -> Plan[Rows]:
    """Insert a row of these values; return it as the values of `returning`, if it comes back."""
    params = _parameters(connection, fields, values)
    if params is not None:
        shape = ("INSERT", model, _names(fields), _names(returning))
        statements = connection.vinyl_statements
        if shape not in statements:
            made = _compile_insert(connection, model, fields, values, returning)
            remember(statements, shape, made)
        if (statement := statements[shape]) is not None:
            result = yield statement.sql, statement.bind(params)
            return returned_by_insert(statement.compiler, result)
    row = _as_object(fields, values)
    return (yield from insert(connection, model, [row], fields, returning, raw=True))


def update_row(
    connection: Any,
    model: type[Model],
    key: Any,
    fields: Fields,
    values: list[Any],
    returning: Fields,
) -> Plan[Rows]:
    """
    Update the row with this key; return it as the values of `returning`, or no row.

    Where the database cannot return them, a row matched is an empty tuple.
    """
    params = _parameters(connection, fields, values)
    if params is not None:
        nulls = tuple(param is None for param in params)
        shape = ("UPDATE", model, _names(fields), nulls, _names(returning), type(key))
        statements = connection.vinyl_statements
        if shape not in statements:
            made = _compile_update(connection, model, key, fields, values, returning)
            remember(statements, shape, made)
        if (statement := statements[shape]) is not None:
            result = yield statement.sql, statement.bind(params, key)
            return returned_by_update(statement.compiler, result)
    compiler = _update_compiler(connection, model, key, fields, values)
    return (yield from update_returning(compiler, returning))


def _parameters(connection: Any, fields: Fields, values: list[Any]) -> list[Any] | None:
    """Return values as the driver takes them, or None where one is an expression."""
    params = []
    for field, value in zip(fields, values, strict=True):
        if type(value) not in PLAIN_TYPES and (
            hasattr(value, "resolve_expression") or hasattr(value, "prepare_database_save")
        ):
            return None
        param = field.get_db_prep_save(value, connection)
        if hasattr(param, "as_sql"):
            return None
        params.append(param)
    return params


def _compile_insert(
    connection: Any, model: type[Model], fields: Fields, values: list[Any], returning: Fields
) -> _Insert | None:
    if not fields or any(map(_has_placeholder, fields)):
        return None
    query: Any = InsertQuery(model)
    query.insert_values(fields, [_as_object(fields, values)], raw=True)
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = returning
    ((sql, params),) = compiler.as_sql()
    insert = _Insert(sql, compiler)
    return insert if len(insert.bind(values)) == len(params) else None


def _compile_update(
    connection: Any,
    model: type[Model],
    key: Any,
    fields: Fields,
    values: list[Any],
    returning: Fields,
) -> _Update | None:
    # A manager of the user's may have other conditions each time.
    if any(map(_has_placeholder, fields)) or type(model._base_manager) is not Manager:
        return None
    compiler = _update_compiler(connection, model, key, fields, values)
    compiler.returning_fields = returning_of(compiler, returning)
    sql, params = compiler.as_sql()
    (condition,) = compiler.query.where.children
    if not is_plain_lookup(condition):
        return None
    update = _Update(sql, compiler, condition, binds_nulls=len(params) == len(fields) + 1)
    present = len(fields) if update.binds_nulls else len(params) - 1
    return update if params[present:] == update.bind([], key) else None


def _update_compiler(
    connection: Any, model: type[Model], key: Any, fields: Fields, values: list[Any]
) -> SQLCompiler:
    rows = model._base_manager.using(connection.vinyl_door).filter(pk=key)
    query = rows.query.chain(UpdateQuery)
    query.add_update_fields([(f, None, value) for f, value in zip(fields, values, strict=True)])
    query.annotations = {}
    compiler: SQLCompiler = query.get_compiler(connection=connection)
    compiler.using = connection.vinyl_door
    return compiler


def _as_object(fields: Fields, values: list[Any]) -> Any:
    """Return the values as what InsertQuery takes, which reads attributes."""
    return SimpleNamespace(**dict(zip(_names(fields), values, strict=True)))


def _names(fields: Fields) -> tuple[str, ...]:
    return tuple([field.attname for field in fields])


def _has_placeholder(field: Any) -> bool:
    """Tell whether the SQL for a column may depend on its value."""
    # The method's name before Django 6.1, and since.
    return hasattr(field, "get_placeholder") or hasattr(field, "get_placeholder_sql")
