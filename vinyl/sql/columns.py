"""The values of many objects, column by column, on their way into the database."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.db.models import Field

if TYPE_CHECKING:
    AnyField = Field[Any, Any]


def _all_aware(values: Sequence[datetime.datetime | None]) -> bool:
    zones = {value.tzinfo for value in values if value is not None}
    if zones <= {datetime.UTC}:
        return True
    return all(value is None or value.utcoffset() is not None for value in values)


def _all_finite(values: Sequence[decimal.Decimal | None]) -> bool:
    return all(value is None or value.is_finite() for value in values)


class _Plain(NamedTuple):
    """The values that a field has no more to say to than to the first one of them."""

    kind: type[Any]
    condition: Callable[[Sequence[Any]], bool] | None = None


# By the very class of a field. For values of any other type, those of derived types as well, and
# for other classes of fields, the field is asked for each value.
_PLAIN: dict[type[Any], _Plain] = {
    models.BigIntegerField: _Plain(int),
    models.BooleanField: _Plain(bool),
    models.CharField: _Plain(str),
    models.DateField: _Plain(datetime.date),
    models.DateTimeField: _Plain(datetime.datetime, _all_aware),
    models.DecimalField: _Plain(decimal.Decimal, _all_finite),
    models.EmailField: _Plain(str),
    models.FloatField: _Plain(float),
    models.IntegerField: _Plain(int),
    models.PositiveBigIntegerField: _Plain(int),
    models.PositiveIntegerField: _Plain(int),
    models.PositiveSmallIntegerField: _Plain(int),
    models.SlugField: _Plain(str),
    models.SmallIntegerField: _Plain(int),
    models.TextField: _Plain(str),
    models.URLField: _Plain(str),
    models.UUIDField: _Plain(uuid.UUID),
}

_OF_TIME = {models.DateField, models.DateTimeField, models.TimeField}

# What a JSONField with no class of its own passes on to be written as JSON.
_JSON_TYPES = {bool, dict, float, int, list, str}


def values_to_insert(field: AnyField, objs: Sequence[Any]) -> list[Any]:
    """Return the values of a field, as its pre_save() has them for an INSERT."""
    if type(field).pre_save is Field.pre_save or _sets_no_time(field):
        return list(map(attrgetter(field.attname), objs))
    return [field.pre_save(obj, True) for obj in objs]


def _sets_no_time(field: AnyField) -> bool:
    """Tell whether a field is one of Django's for dates or times that sets none by itself."""
    return type(field) in _OF_TIME and not (field.auto_now or field.auto_now_add)  # type: ignore[attr-defined]


class Column(NamedTuple):
    """Parameters for one column of many rows, and the types that there are among them."""

    values: list[Any]
    types: set[type[Any]]


def prepared(
    field: AnyField, values: list[Any], connection: Any, *, sized: bool = True
) -> Column | None:
    """
    Return values as the field gives them to the database; None where one is an expression.

    Integers may stay plain ones where they are not `sized`: the statement tells their type.

    Django: Field.get_db_prep_save(), for each value.
    """
    types = types_of(values)
    if any_expression(types):
        return None
    wrapper = _wrapper(field, values, types, connection, sized)
    if wrapper is _as_it_is:
        return Column(values, types)
    if wrapper is None:
        prepare = field.get_db_prep_save
        made = [prepare(value, connection) for value in values]
    else:
        made = [None if value is None else wrapper(value) for value in values]
    types = types_of(made)
    return None if any_expression(types) else Column(made, types)


def _as_it_is(value: Any) -> Any:
    return value


def _wrapper(
    field: AnyField, values: list[Any], types: set[type[Any]], connection: Any, sized: bool
) -> Callable[[Any], Any] | None:
    """Return what makes a parameter of each of these values, or None where only the field knows."""
    if type(field) is models.JSONField and types <= _JSON_TYPES:
        adapt = connection.ops.adapt_json_value
        return lambda value: adapt(value, field.encoder)
    plain = _PLAIN.get(type(field))
    if plain is None or not types <= {plain.kind, NoneType}:
        return None
    if plain.condition is not None and not plain.condition(values):
        return None
    # The proof: what the field makes of the first one.
    first = next((value for value in values if value is not None), None)
    if field.get_db_prep_save(None, connection) is not None:
        return None
    made = field.get_db_prep_save(first, connection)
    if made is first:
        return _as_it_is
    # An integer in a class that tells its size. Others may depend on more than the value.
    if plain.kind is int and isinstance(made, int) and made == first:
        return type(made) if sized else _as_it_is
    return None


def types_of(values: Collection[Any]) -> set[type[Any]]:
    """Return the types that there are among values."""
    return set(map(type, values))


def any_expression(types: Collection[type[Any]]) -> bool:
    """Tell whether one of these types is of expressions, not yet resolved or ready for SQL."""
    return any(hasattr(kind, "resolve_expression") or hasattr(kind, "as_sql") for kind in types)
