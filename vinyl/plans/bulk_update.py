"""bulk_update: the values of many objects, one CASE a column and batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db.models import Case, Value, When
from django.db.models.functions import Cast

from vinyl.plans import Plan
from vinyl.plans.inserting import batches_of
from vinyl.plans.updating import update
from vinyl.sql.door import stop
from vinyl.stock import Model
from vinyl.stock import QuerySet as DjangoQuerySet


def check_bulk_update(model: type[Model], objs: Sequence[Any], names: Iterable[str]) -> list[Any]:
    """
    Check the arguments of bulk_update() with Django's rules; return the fields.

    Raises: ValueError, FieldDoesNotExist.
    """
    if not names:
        raise ValueError("Field names must be given to bulk_update().")
    if not all(obj._is_pk_set() for obj in objs):
        raise ValueError("All bulk_update() objects must have a primary key set.")
    meta = model._meta
    fields = [meta.get_field(name) for name in names]
    if any(not field.concrete or field.many_to_many for field in fields):
        raise ValueError("bulk_update() can only be used with concrete fields.")
    keys = set(meta.pk_fields).union(*(parent._meta.pk_fields for parent in meta.all_parents))
    if not keys.isdisjoint(fields):
        raise ValueError("bulk_update() cannot be used with primary key fields.")
    for obj in objs:
        obj._prepare_related_fields_for_save(operation_name="bulk_update", fields=fields)
    return fields


def bulk_update(
    connection: Any,
    rows: DjangoQuerySet,
    objs: Sequence[Any],
    fields: list[Any],
    batch_size: int | None,
) -> Plan[int]:
    """Update these fields of objects among `rows`; return how many rows matched."""
    key = rows.model._meta.pk
    matched = 0
    for batch in batches_of(connection, [key, key, *fields], objs, batch_size):
        values = {field.attname: _by_object(connection, rows, batch, field) for field in fields}
        some = rows.filter(pk__in=[obj.pk for obj in batch])
        compiler = stop(partial(DjangoQuerySet.update, some, **values))
        if compiler:
            matched += yield from update(compiler)
    return matched


def _by_object(connection: Any, rows: DjangoQuerySet, objs: Sequence[Any], field: Any) -> Any:
    """Return the expression that is each object's own value of a field."""
    table = _table_with_own_keys(rows.model, field)
    whens = []
    for obj in objs:
        value = getattr(obj, field.attname)
        if not hasattr(value, "resolve_expression"):
            value = Value(value, output_field=field)
        key = obj.pk if table is None else obj._get_pk_val(table._meta)
        whens.append(When(pk=key, then=value))
    by_object = Case(*whens, output_field=field)
    if connection.features.requires_casted_case_in_updates:
        return Cast(by_object, output_field=field)
    return by_object


def _table_with_own_keys(model: type[Model], field: Any) -> type[Model] | None:
    """
    Return the model of a field's table where its keys are others than the object's own.

    So it is with a second parent. Django compares that one's keys with the object's.
    """
    table: type[Model] = field.model._meta.concrete_model
    if table is model._meta.concrete_model:
        return None
    path = model._meta.get_path_to_parent(table)
    return None if all(step.join_field.primary_key for step in path) else table
