"""Create the tables of models, with the statements that Django's migrations would send."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from vinyl.plans import Plan, Statement

if TYPE_CHECKING:
    from vinyl.sql.door import Dialect

logger = logging.getLogger("vinyl")


def creating(dialect: Dialect, models: Sequence[Any]) -> Plan[list[str]]:
    """
    Create the tables that are missing of these models, else of all that belong on the database.

    What fails half-way is undone: tables without their foreign keys would count as there next time.
    Returns: the names of the new tables.
    """
    introspection: Any = dialect.introspection
    cursor = _Cursor()
    introspection.get_table_list(cursor)
    rows = (yield cursor.statement).rows
    names = introspection.table_names(_Cursor(rows), include_views=True)
    convert = introspection.identifier_converter
    there = {convert(name) for name in names}
    missing = [
        model
        for model in _with_throughs(models or apps.get_models())
        if _belongs(model, dialect) and convert(model._meta.db_table) not in there
    ]
    # The editor makes a many-to-many relation's table with that of its model.
    made = [model for model in missing if model._meta.auto_created not in missing]
    undo: list[tuple[str, str]] = []
    try:
        for sql in statements_for(dialect, made):
            yield sql, None
            undo += _undoing(sql)
    except Exception as error:
        if not dialect.features.can_rollback_ddl:
            yield from _undone(undo, error)
        raise
    return [model._meta.db_table for model in missing]


# What undoes a statement, on MySQL, where it cannot be rolled back.
_UNDOING = (
    (re.compile(r"CREATE TABLE (`([^`]+)`)"), r"DROP TABLE \1"),
    (
        re.compile(r"ALTER TABLE (`([^`]+)`) ADD CONSTRAINT (`[^`]+`) FOREIGN KEY"),
        r"ALTER TABLE \1 DROP FOREIGN KEY \3",
    ),
)


def _undoing(sql: str) -> Iterator[tuple[str, str]]:
    """Yield the table that a statement was for, and the statement that undoes it, if there is."""
    for pattern, undo in _UNDOING:
        if match := pattern.match(sql):
            yield match[2], match.expand(undo)


def _undone(undo: Sequence[tuple[str, str]], error: Exception) -> Plan[None]:
    """Undo the last statement first; tell by a note to the error what came of it."""
    dropped: list[str] = []
    for table, sql in reversed(undo):
        try:
            yield sql, None
        except Exception as exc:
            logger.exception("What create_tables() had made of %r cannot be undone", table)
            error.add_note(f"{table} had been made and cannot be dropped: {exc}. Drop it by hand.")
        else:
            if sql.startswith("DROP"):
                dropped.append(table)
    if dropped:
        error.add_note(
            f"{', '.join(dropped)} had been made and were dropped again, since this database "
            "cannot take DDL back."
        )


def statements_for(dialect: Dialect, models: Iterable[Any]) -> list[str]:
    """Return the statements that make the tables of models, with their indexes and constraints."""
    editor = _editor_class(dialect.SchemaEditorClass)(
        _Blank(dialect), collect_sql=True, atomic=False
    )
    # The base's: SQLite's would turn off a connection's foreign keys, which is for ALTER TABLE.
    BaseDatabaseSchemaEditor.__enter__(editor)
    for model in models:
        editor.create_model(model)
    # Django puts None there for a constraint that the database does not know, beside a db_default.
    editor.deferred_sql = [sql for sql in editor.deferred_sql if sql is not None]
    BaseDatabaseSchemaEditor.__exit__(editor, None, None, None)
    found: list[str] = editor.collected_sql
    return found


def _with_throughs(models: Iterable[Any]) -> Iterator[Any]:
    """Yield models, and those that Django makes for their many-to-many relations."""
    for model in models:
        meta = model._meta
        yield meta.model
        for field in meta.local_many_to_many:
            if field.remote_field.through._meta.auto_created:
                yield field.remote_field.through


def _belongs(model: Any, dialect: Dialect) -> bool:
    return model._meta.can_migrate(dialect) and router.allow_migrate_model(dialect.alias, model)


class _Cursor:
    """Keep the statement of code that asks the database, and answer with rows that are here."""

    def __init__(self, rows: Sequence[Any] = ()) -> None:
        self.rows = rows
        self.statement: Statement = ("", None)

    def execute(self, sql: str, params: Any = None) -> None:
        """Keep a statement."""
        self.statement = (sql, params)

    def fetchall(self) -> Sequence[Any]:
        """Return all rows."""
        return self.rows

    def fetchone(self) -> Any:
        """Return the first row, or None."""
        return self.rows[0] if self.rows else None


class _Blank:
    """A dialect whose database has none of the tables that are asked for."""

    connection = None

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dialect, name)

    def cursor(self) -> _Cursor:
        """Return what finds nothing."""
        return _Cursor()


@cache
def _editor_class(stock: type[Any]) -> type[Any]:
    return type(stock.__name__, (_Editor, stock), {})


class _Editor:
    """Make Django's schema editor write values without a connection, which MySQL's wants."""

    connection: Any

    def quote_value(self, value: Any) -> Any:
        """Return a value as SQL."""
        if self.connection.vendor != "mysql":
            stock: Any = super()
            return stock.quote_value(value)
        return _mysql_literal(value)


# As mysql_escape_string() does.
_ESCAPES = str.maketrans(
    {
        "\0": "\\0",
        "\n": "\\n",
        "\r": "\\r",
        "\x1a": "\\Z",
        '"': '\\"',
        "'": "\\'",
        "\\": "\\\\",
    }
)


def _mysql_literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(int(value))
    if isinstance(value, float):
        return repr(value) if "e" in repr(value) else f"{value!r}e0"
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"x'{bytes(value).hex()}'"
    return f"'{str(value).translate(_ESCAPES)}'"
