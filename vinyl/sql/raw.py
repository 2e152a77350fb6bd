"""A query written by hand: its parameters, and the objects that its rows are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist

from vinyl.fetch_modes import mark
from vinyl.sql.converters import functions_of
from vinyl.sql.instances import maker

if TYPE_CHECKING:
    from vinyl.sql.converters import Row
    from vinyl.sql.door import Dialect
    from vinyl.sql.rows import Load
    from vinyl.stock import RawQuerySet


class _Ran(NamedTuple):
    """Stand for the cursor of a query that has run, to Django's RawQuery."""

    description: list[tuple[str]]


def raw_statement(raw: RawQuerySet, connection: Dialect) -> tuple[str, Any]:
    """Return SQL and parameters, these as the database takes them."""
    query, adapted = raw.query, connection.ops.adapt_unknown_value
    if query.params_type is None:
        return query.sql, None
    if query.params_type is dict:
        return query.sql, {name: adapted(value) for name, value in query.params.items()}
    return query.sql, tuple([adapted(value) for value in query.params])


def can_be_read_in_parts(raw: RawQuerySet) -> bool:
    """Tell whether a statement surely is one that cursors in a server take: one that reads."""
    return _READS.match(raw.raw_query) is not None and _WRITES.search(raw.raw_query) is None


# What comes after a comment, or has such a word in a text, is read at once, which is safe.
_READS = re.compile(r"[\s(]*(SELECT|VALUES|TABLE|WITH)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|INTO)\b", re.IGNORECASE)


def raw_loader(raw: RawQuerySet, connection: Dialect, description: Any, db: str) -> Load:
    """
    Return the function that makes an object a row; columns that are no field's are attributes.

    Raises: FieldDoesNotExist where the primary key is not among the columns, TypeError for a
    statement that gives no rows.
    """
    names, positions, others = _columns(raw, description)
    compiler = connection.ops.compiler("SQLCompiler")(raw.query, connection, db)
    fields = [raw.model_fields.get(column) for column in raw.columns]
    columns = [None if f is None else f.get_col(f.model._meta.db_table) for f in fields]
    converters = functions_of(compiler, columns)
    make = maker(raw.model, names, positions, converters, db, fetch_mode=raw._fetch_mode)

    def load(rows: Sequence[Row]) -> list[Any]:
        objects = list(map(make, rows))
        mark(objects, raw._fetch_mode)
        for name, position in others:
            for obj, row in zip(objects, rows, strict=True):
                setattr(obj, name, row[position])
        return objects

    return load


def _columns(
    raw: RawQuerySet, description: Any
) -> tuple[list[str], list[int], list[tuple[str, int]]]:
    """Return the attributes to set, where their values are, and the columns of no field."""
    if description is None:
        raise TypeError(
            f"raw() makes objects of rows, and this statement gave none: {raw.raw_query} To run "
            "a statement for what it does: vinyl.connections[alias].execute(sql, params)."
        )
    raw.query.cursor = _Ran([(column[0],) for column in description])
    names, positions, others = raw.resolve_model_init_order()
    if any(field.attname not in names for field in raw.model._meta.pk_fields):
        raise FieldDoesNotExist("Raw query must include the primary key")
    return names, positions, others
