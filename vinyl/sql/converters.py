"""What a column's value goes through on its way to Python: the converters of Django's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json import JSONDecodeError, JSONDecoder, loads
from typing import Any

from django.db.models import JSONField
from django.db.models.expressions import Col

from vinyl.stock import SQLCompiler

Convert = Callable[[Any], Any]
Row = Sequence[Any]

_decode = JSONDecoder().decode


def converters_of(compiler: SQLCompiler) -> dict[int, Convert]:
    """Return a function for each column of a compiled SELECT whose values need converting."""
    return functions_of(compiler, [column[0] for column in compiler.select[: compiler.col_count]])


def functions_of(compiler: SQLCompiler, columns: Sequence[Any]) -> dict[int, Convert]:
    """Return a function for each of these columns (None for an unknown one) that needs one."""
    return {
        position: _as_function(converters, expression, compiler.connection)
        for position, (converters, expression) in compiler.get_converters(columns).items()
    }


def _as_function(converters: list[Any], expression: Any, connection: Any) -> Convert:
    if len(converters) > 1:
        steps = [_as_function([converter], expression, connection) for converter in converters]
        return _chained(steps)
    (converter,) = converters
    if _is_plain_json(converter, expression):
        return _load_json
    return lambda value: converter(value, expression, connection)


def _chained(steps: list[Convert]) -> Convert:
    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value

    return convert


def _is_plain_json(converter: Any, expression: Any) -> bool:
    """Tell whether a converter is JSONField's own, for a whole column and with no decoder."""
    field = getattr(converter, "__self__", None)
    return (
        isinstance(expression, Col)
        and isinstance(field, JSONField)
        and converter.__func__ is JSONField.from_db_value
        and field.decoder is None
    )


def _load_json(value: Any) -> Any:
    # JSONField.from_db_value() for this case, at a third of its time: reading rows is hot.
    if value is None:
        return None
    try:
        return _decode(value) if type(value) is str else loads(value)
    except JSONDecodeError:
        return value
