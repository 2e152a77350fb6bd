"""
bulk_create: many objects through all the tables of their model, parents first.

Django refuses models that inherit from others with tables of their own. Here the rows of a parent
go in first, in one statement a batch, and their keys are copied down to the children.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from django.db import NotSupportedError
from django.db.models import AutoField
from django.db.models.constants import OnConflict
from django.db.models.expressions import DatabaseDefault

from vinyl.compat import db_returning_fields
from vinyl.plans import Plan
from vinyl.plans.inserting import insert, insert_in_batches
from vinyl.plans.ordering import set_orders
from vinyl.stock import Model, QuerySet

# How the rows of one table are written: called with the model, the objects, and whether these
# have keys.
Write = Callable[[type[Model], list[Any], bool], Plan[None]]


class Conflicts(NamedTuple):
    """What an insert does where a row is there already; the names are InsertQuery's."""

    on_conflict: OnConflict | None
    update_fields: list[Any]
    unique_fields: list[Any]


def check_batch_size(batch_size: int | None) -> None:
    """Refuse a size that is no number of objects. Raises: ValueError."""
    if batch_size is not None and batch_size <= 0:
        raise ValueError("Batch size must be a positive integer.")


def check_bulk_create(
    queryset: QuerySet,
    connection: Any,
    ignore_conflicts: bool,
    update_conflicts: bool,
    update_fields: Iterable[str] | None,
    unique_fields: Iterable[str] | None,
) -> Conflicts:
    """
    Check the arguments of bulk_create() with Django's rules; return what to do on conflicts.

    Raises: ValueError, NotSupportedError.
    """
    meta = queryset.model._meta
    unique = [meta.get_field(meta.pk.name if n == "pk" else n) for n in unique_fields or ()]
    updated = [meta.get_field(name) for name in update_fields or ()]
    at_door = queryset.using(connection.vinyl_door)
    on_conflict = at_door._check_bulk_create_options(
        ignore_conflicts, update_conflicts, updated or None, unique or None
    )
    if on_conflict is not None and meta.concrete_model._meta.parents:
        raise ValueError(
            f"Can't bulk create a multi-table inherited model with ignore_conflicts or "
            f"update_conflicts: a row of {meta.label} is one in each of several tables, and "
            "each could conflict on its own. Insert the objects one by one, or read first which "
            "ones are there."
        )
    return Conflicts(on_conflict, updated, unique)


def check_related(objs: Iterable[Any]) -> None:
    """Refuse objects that hang on unsaved ones. Raises: ValueError."""
    for obj in objs:
        # What is assigned is in the cache; most objects have only keys.
        if obj._state.fields_cache:
            obj._prepare_related_fields_for_save(operation_name="bulk_create")


def bulk_create(connection: Any, model: type[Model], objs: list[Any], write: Write) -> Plan[None]:
    """Write the objects into each table of their model, those with keys first."""
    concrete = model._meta.concrete_model
    if concrete._meta.parents:
        for obj in objs:
            _copy_keys_up(obj, concrete)
    for table in _tables(concrete):
        for parent, link in table._meta.parents.items():
            _copy_keys_down(objs, parent, link)
        yield from set_orders(connection, table, objs)
        with_key, without_key = _by_key(table, objs)
        if with_key:
            yield from write(table, with_key, True)
        if without_key:
            yield from write(table, without_key, False)


def inserting(
    connection: Any, model: type[Model], batch_size: int | None, conflicts: Conflicts
) -> Write:
    """Write by INSERT, many rows a statement; set what the database gives back."""
    has_children: set[type[Model]] = set().union(
        *(table._meta.parents for table in _tables(model._meta.concrete_model))
    )

    def write(table: type[Model], objs: list[Any], have_keys: bool) -> Plan[None]:
        fields = columns_of(table, with_key=have_keys)
        returning = db_returning_fields(table, connection.features)
        if have_keys or table not in has_children or _gives_keys(connection):
            rows = yield from insert_in_batches(
                connection, table, objs, fields, returning, batch_size, **conflicts._asdict()
            )
        else:
            _check_key_is_automatic(table)
            rows = []
            for obj in objs:
                rows += yield from insert(connection, table, [obj], fields, returning)
        names = [field.attname for field in returning]
        for obj, values in zip(objs, rows, strict=False):
            for name, value in zip(names, values, strict=False):
                setattr(obj, name, value)

    return write


def takes_one_statement(
    connection: Any, model: type[Model], objs: Sequence[Any], batch_size: int | None
) -> bool:
    """Tell whether inserting these objects needs no transaction, as it is but one statement."""
    meta = model._meta.concrete_model._meta
    if meta.parents or meta.order_with_respect_to:
        return False
    most = connection.ops.bulk_batch_size(columns_of(meta.model, with_key=True), objs)
    if len(objs) > min(batch_size or most, most):
        return False
    with_key, without_key = _by_key(meta.model, objs)
    return not with_key or not without_key


def columns_of(table: type[Model], *, with_key: bool) -> list[Any]:
    """Return the fields of a table to write, with or without an automatic key."""
    return [
        field
        for field in table._meta.local_concrete_fields
        if not field.generated and (with_key or not isinstance(field, AutoField))
    ]


def mark_inserted(
    connection: Any, model: type[Model], objs: Iterable[Any], conflicts: Conflicts
) -> None:
    """Set the state of objects that are in the database now."""
    # Without keys, Django leaves objects as they are where it is given no rows to go by.
    all_of_them = (
        connection.features.can_return_rows_from_bulk_insert
        and conflicts.on_conflict is not OnConflict.IGNORE
    )
    for obj in objs:
        if all_of_them or obj._is_pk_set():
            obj._state.adding = False
            obj._state.db = connection.alias


def _tables(model: type[Model]) -> list[type[Model]]:
    """Return a concrete model and all that it inherits tables from, parents first."""
    found: dict[type[Model], None] = {}

    def visit(table: type[Model]) -> None:
        for parent in table._meta.parents:
            visit(parent)
        found[table] = None

    visit(model)
    return list(found)


def _copy_keys_up(obj: Any, model: type[Model]) -> None:
    """Give parents without a key the value of the link to them, where that is set."""
    for parent, link in model._meta.parents.items():
        key = parent._meta.pk.attname
        if link and getattr(obj, key) is None and getattr(obj, link.attname) is not None:
            setattr(obj, key, getattr(obj, link.attname))
        _copy_keys_up(obj, parent)


def _copy_keys_down(objs: list[Any], parent: type[Model], link: Any) -> None:
    """Let the links of objects lead to their rows in a parent's table."""
    if not link:
        return
    meta = parent._meta
    for obj in objs:
        setattr(obj, link.attname, obj._get_pk_val(meta))
        # The parent was not set as an object: a cached one may be another.
        if link.is_cached(obj):
            link.delete_cached_value(obj)


def _by_key(table: type[Model], objs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Give keys that are made on the client's side, as UUIDs are; part objects by their keys."""
    meta = table._meta
    key, name = meta.pk, meta.pk.attname
    with_key: list[Any] = []
    without_key: list[Any] = []
    if isinstance(key, AutoField) and not key.has_default() and not key.has_db_default():
        # The common case, in which nothing can make a key.
        for obj in objs:
            (without_key if getattr(obj, name) is None else with_key).append(obj)
        return with_key, without_key
    for obj in objs:
        value = getattr(obj, name)
        if value is None or (meta.is_composite_pk and not obj._is_pk_set(meta)):
            value = key.get_pk_value_on_save(obj)
            if value is not None:
                setattr(obj, name, value)
        if meta.is_composite_pk:
            is_known = obj._is_pk_set(meta)
        else:
            # Up to Django 5.2, _is_pk_set() takes the default of a database for a key.
            is_known = value is not None and not isinstance(value, DatabaseDefault)
        (with_key if is_known else without_key).append(obj)
    return with_key, without_key


def _gives_keys(connection: Any) -> bool:
    return bool(connection.features.can_return_rows_from_bulk_insert)


def _check_key_is_automatic(table: type[Model]) -> None:
    """
    Refuse keys that the database makes and never tells.

    Raises: NotSupportedError.
    """
    if table._meta.auto_field is None:
        raise NotSupportedError(
            f"The database makes the keys of {table._meta.label} and does not return them, so "
            "that rows in the tables of its children could not refer to them. Give the objects "
            "their keys."
        )
