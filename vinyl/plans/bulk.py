"""bulk_create: checks, and the objects in batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import AutoField
from django.db.models.constants import OnConflict
from django.db.models.expressions import DatabaseDefault

from vinyl.plans import Plan
from vinyl.plans.inserting import insert_in_batches
from vinyl.stock import Model, QuerySet


class Conflicts(NamedTuple):
    """What an insert does where a row is there already; the names are InsertQuery's."""

    on_conflict: OnConflict | None
    update_fields: list[Any]
    unique_fields: list[Any]


def check_bulk_create(
    queryset: QuerySet,
    connection: Any,
    batch_size: int | None,
    ignore_conflicts: bool,
    update_conflicts: bool,
    update_fields: Iterable[str] | None,
    unique_fields: Iterable[str] | None,
) -> Conflicts:
    """
    Check the arguments of bulk_create() with Django's rules; return what to do on conflicts.

    Raises: ValueError, NotSupportedError.
    """
    if batch_size is not None and batch_size <= 0:
        raise ValueError(f"Batch size must be a positive integer, not {batch_size!r}.")
    meta = queryset.model._meta
    for parent in meta.all_parents:
        if parent._meta.concrete_model is not meta.concrete_model:
            raise ValueError("Can't bulk create a multi-table inherited model")
    unique = [meta.get_field(meta.pk.name if n == "pk" else n) for n in unique_fields or ()]
    updated = [meta.get_field(name) for name in update_fields or ()]
    at_door = queryset.using(connection.vinyl_door)
    on_conflict = at_door._check_bulk_create_options(
        ignore_conflicts, update_conflicts, updated or None, unique or None
    )
    return Conflicts(on_conflict, updated, unique)


def bulk_create(
    connection: Any,
    model: type[Model],
    objs: list[Any],
    batch_size: int | None,
    conflicts: Conflicts,
) -> Plan[None]:
    """Insert objects, those with keys first; set what the database gave back."""
    meta = model._meta
    with_key, without_key = _by_key(objs)
    fields = [field for field in meta.concrete_fields if not field.generated]
    for some, columns in (
        (with_key, fields),
        (without_key, [field for field in fields if not isinstance(field, AutoField)]),
    ):
        if not some:
            continue
        returning = meta.db_returning_fields
        rows = yield from insert_in_batches(
            connection, meta.model, some, columns, returning, batch_size, **conflicts._asdict()
        )
        for obj, values in zip(some, rows, strict=False):
            for field, value in zip(returning, values, strict=False):
                setattr(obj, field.attname, value)
        for obj in some:
            obj._state.adding = False
            obj._state.db = connection.alias


def _by_key(objs: list[Any]) -> tuple[list[Any], list[Any]]:
    with_key: list[Any] = []
    without_key: list[Any] = []
    for obj in objs:
        obj._prepare_related_fields_for_save(operation_name="bulk_create")
        if not isinstance(obj.pk, DatabaseDefault) and not obj._is_pk_set():
            obj.pk = obj._meta.pk.get_pk_value_on_save(obj)
        (with_key if obj._is_pk_set() else without_key).append(obj)
    return with_key, without_key
