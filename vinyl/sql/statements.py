"""
The statement cache: `get()` by plain values compiles once, and then only binds.

A query whose WHERE compares own columns with plain values has the same SQL whatever the values
are. What Django does to a value on its way to a parameter (preparation, range checks) is done
afresh for each, by Django's own lookups.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models.expressions import Col
from django.db.models.fields.related_lookups import RelatedExact
from django.db.models.lookups import Exact, IntegerFieldExact
from django.db.models.sql.where import AND

from vinyl.sql.rows import Load
from vinyl.stock import SQLCompiler

# Types whose values never change the SQL of a comparison (None, True and False do).
PLAIN_TYPES = frozenset(
    {
        int, float, str, bytes, decimal.Decimal, uuid.UUID,
        datetime.date, datetime.datetime, datetime.time, datetime.timedelta,
    }
)  # fmt: skip
_PLAIN_LOOKUPS = frozenset({Exact, IntegerFieldExact, RelatedExact})
_SIZE = 512


class Statement:
    """A compiled SELECT, and how to bind values to it and read its rows."""

    __slots__ = ("_compiler", "_lookups", "load", "sql")

    def __init__(
        self, sql: str, compiler: SQLCompiler, lookups: list[tuple[str, Any, Any]], load: Load
    ) -> None:
        self.sql = sql
        self.load = load
        self._compiler = compiler
        # By keyword, in the order of the parameters: the lookup's class and its column.
        self._lookups = lookups

    def bind(self, values: dict[str, Any]) -> tuple[Any, ...] | None:
        """
        Return the parameters for values by keyword; None where these need a compilation.

        Raises: EmptyResultSet where no row can have such a value; what the fields raise.
        """
        compiler, params = self._compiler, []
        for name, lookup_class, column in self._lookups:
            if column.output_field.get_lookup("exact") is not lookup_class:
                return None  # Another one has been registered meanwhile.
            lookup = lookup_class(column, values[name])
            if lookup.rhs is None:
                return None  # Prepared to NULL, which is compared by IS.
            params += lookup.process_rhs(compiler, compiler.connection)[1]
        return tuple(params)


def key_of(model: type, values: dict[str, Any]) -> Any | None:
    """Return the key of a query by these values, or None where it cannot be cached."""
    types = tuple(map(type, values.values()))
    if not types or not PLAIN_TYPES.issuperset(types):
        return None
    # Converters depend on USE_TZ, which tests override.
    return model, tuple(values), types, settings.USE_TZ


def prepare(
    compiler: SQLCompiler, values: dict[str, Any], load: Callable[[], Load]
) -> Statement | None:
    """
    Make the statement for a query by these values, if only they can vary in it.

    Raises: EmptyResultSet.
    """
    sql, params = compiler.as_sql()
    query = compiler.query
    where = query.where
    if query.count_active_tables() != 1 or where.connector != AND or where.negated:
        return None
    # Django puts the keywords in the order of their names.
    names = sorted(values)
    if len(where.children) != len(names):
        return None
    lookups = []
    for name, child in zip(names, where.children, strict=True):
        if not _compares(child, query.get_meta(), name):
            return None
        lookups.append((name, type(child), child.lhs))
    statement = Statement(sql, compiler, lookups, load())
    # The proof: binding gives just what compiling gave.
    return statement if statement.bind(values) == tuple(params) else None


def _compares(child: Any, meta: Any, name: str) -> bool:
    """Tell whether a condition compares the own column of this keyword with a plain value."""
    if not is_plain_lookup(child):
        return False
    field = child.lhs.target
    return name in (field.name, field.attname) or (name == "pk" and field is meta.pk)


def is_plain_lookup(condition: Any) -> bool:
    """Tell whether a condition is that a column equals a value, whose SQL no value changes."""
    return type(condition) in _PLAIN_LOOKUPS and type(condition.lhs) is Col


def remember(cache: dict[Any, Any], key: Any, statement: Any) -> None:
    """Keep a statement, or that there is none; the oldest goes where the cache is full."""
    if len(cache) >= _SIZE:
        del cache[next(iter(cache))]
    cache[key] = statement
