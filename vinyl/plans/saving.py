"""INSERT and UPDATE of one object, through all the tables of its model."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db.models import Field, IntegerField, Max, Value
from django.db.models.expressions import DatabaseDefault, ExpressionWrapper
from django.db.models.functions import Coalesce
from django.db.models.sql import UpdateQuery

from vinyl.compat import SAVE_READS_BACK
from vinyl.plans import Plan
from vinyl.plans.inserting import insert as insert_rows
from vinyl.plans.updating import update, update_returning
from vinyl.sql.aggregates import aggregated
from vinyl.sql.door import statement_of, stop
from vinyl.stock import Model

if TYPE_CHECKING:
    AnyField = Field[Any, Any]


def needs_atomic(model: type[Model]) -> bool:
    """Tell whether writing an object of a model takes more than one statement."""
    return bool(model._meta.concrete_model._meta.parents)


def names_to_save(model: type[Model], names: Collection[str]) -> set[str] | None:
    """
    Return what update_or_create() saves of an object: these fields, and those set at each save.

    None, for all, where a name is no column. Django: QuerySet.update_or_create().
    """
    meta = model._meta
    if not meta._non_pk_concrete_field_names.issuperset(names):
        return None
    return set(names) | {
        field.attname
        for field in meta.local_concrete_fields
        if field not in meta.pk_fields and type(field).pre_save is not Field.pre_save
    }


def insert(connection: Any, obj: Any) -> Plan[None]:
    """
    INSERT an object, parents first.

    As in Django's save(force_insert=True), the row of a parent whose key is given already is
    updated if it is there.
    """
    concrete = obj._meta.concrete_model
    yield from _save_parents(connection, obj, concrete, {})
    yield from _insert_row(connection, obj, concrete)


def update_object(connection: Any, obj: Any, names: Collection[str]) -> Plan[bool]:
    """
    UPDATE the columns of these attributes; tell whether each row to update was there.

    With no column to update, it is asked whether the object is there.
    """
    done: dict[type[Model], bool] = {}
    return (yield from _update_tables(connection, obj, obj._meta.concrete_model, names, done))


def _update_tables(
    connection: Any,
    obj: Any,
    model: type[Model],
    names: Collection[str],
    done: dict[type[Model], bool],
) -> Plan[bool]:
    for parent in model._meta.parents:
        if parent not in done:
            done[parent] = yield from _update_tables(connection, obj, parent, names, done)
        if not done[parent]:
            return False
    fields = [field for field in _columns_to_update(model) if field.attname in names]
    if not fields and (model is not obj._meta.concrete_model or done):
        return True
    return (yield from _update_row(connection, obj, model, fields))


def _columns_to_update(model: type[Model]) -> list[AnyField]:
    keys = model._meta.pk_fields
    return [f for f in model._meta.local_concrete_fields if f not in keys and not f.generated]


def _save_parents(
    connection: Any, obj: Any, model: type[Model], updated: dict[type[Model], bool]
) -> Plan[bool]:
    """Write the rows of the parents of a model; tell whether one of them was inserted."""
    inserted = False
    for parent, link in model._meta.parents.items():
        _copy_key_up(obj, parent, link)
        if parent not in updated:
            above_inserted = yield from _save_parents(connection, obj, parent, updated)
            updated[parent] = yield from _update_or_insert(
                connection, obj, parent, insert_only=above_inserted
            )
        inserted = inserted or not updated[parent]
        if link:
            setattr(obj, link.attname, obj._get_pk_val(parent._meta))
            # The parent was not set as an object: a cached one may be another.
            if link.is_cached(obj):
                link.delete_cached_value(obj)
    return inserted


def _copy_key_up(obj: Any, parent: type[Model], link: Any) -> None:
    """Give the parent's key the value of the link to it, where only the link is set."""
    key = parent._meta.pk.attname
    if link and getattr(obj, key) is None and getattr(obj, link.attname) is not None:
        setattr(obj, key, getattr(obj, link.attname))


def _update_or_insert(
    connection: Any, obj: Any, model: type[Model], *, insert_only: bool
) -> Plan[bool]:
    """Write one row of a parent table; tell whether it was there."""
    meta = model._meta
    _set_key(obj, model)
    keys_have_defaults = all(f.has_default() or f.has_db_default() for f in meta.pk_fields)
    if obj._is_pk_set(meta) and not insert_only and not (obj._state.adding and keys_have_defaults):
        fields = _columns_to_update(model)
        if (yield from _update_row(connection, obj, model, fields)):
            return True
    yield from _insert_row(connection, obj, model)
    return False


def _set_key(obj: Any, model: type[Model]) -> None:
    """Give the object a key that its field makes on the client's side, as UUIDs are."""
    meta = model._meta
    if obj._is_pk_set(meta) or isinstance(getattr(obj, meta.pk.attname), DatabaseDefault):
        return
    setattr(obj, meta.pk.attname, meta.pk.get_pk_value_on_save(obj))


def _update_row(
    connection: Any, obj: Any, model: type[Model], fields: list[AnyField]
) -> Plan[bool]:
    rows = model._base_manager.using(connection.vinyl_door).filter(pk=obj._get_pk_val(model._meta))
    if not fields:
        compiler = stop(rows.exists)
        statement = statement_of(compiler) if compiler is not False else None
        return statement is not None and bool((yield statement).rows)
    values = [(field, None, field.pre_save(obj, False)) for field in fields]
    query = rows.query.chain(UpdateQuery)
    query.add_update_fields(values)
    query.annotations = {}
    compiler = query.get_compiler(connection=connection)
    compiler.using = connection.vinyl_door
    if not SAVE_READS_BACK:
        return (yield from update(compiler)) > 0
    returning = _read_back_after_update(model, fields, values)
    matched = yield from update_returning(compiler, returning)
    if matched:
        _assign(obj, returning, matched[0])
    return bool(matched)


def _read_back_after_update(
    model: type[Model], fields: list[AnyField], values: list[Any]
) -> list[AnyField]:
    """Return the fields whose new values the database decides."""
    changed = set(fields)
    return [
        field
        for field in model._meta.local_concrete_fields
        if field.generated and field.referenced_fields.intersection(changed)
    ] + [field for field, _, value in values if hasattr(value, "resolve_expression")]


def _insert_row(connection: Any, obj: Any, model: type[Model]) -> Plan[None]:
    meta = model._meta
    _set_key(obj, model)
    has_key = obj._is_pk_set(meta)
    if meta.order_with_respect_to:
        obj._order = yield from _next_order(connection, obj, model)
    fields = [
        field
        for field in meta.local_concrete_fields
        if not field.generated and (has_key or field is not meta.auto_field)
    ]
    returning = _read_back_after_insert(connection, obj, model, fields, has_key)
    rows = yield from insert_rows(connection, model, [obj], fields, returning)
    if rows:
        _assign(obj, returning, rows[0])


def _read_back_after_insert(
    connection: Any, obj: Any, model: type[Model], fields: list[AnyField], has_key: bool
) -> list[AnyField]:
    returning = list(model._meta.db_returning_fields)
    if not SAVE_READS_BACK:
        return returning
    can_return = connection.features.can_return_columns_from_insert
    auto = model._meta.auto_field if has_key else None
    for field in fields:
        if hasattr(_value_to_insert(obj, field), "resolve_expression"):
            if field not in returning:
                returning.append(field)
        elif field in returning and not can_return and field is not auto:
            returning.remove(field)
    return returning


def _value_to_insert(obj: Any, field: AnyField) -> Any:
    if type(field).pre_save is Field.pre_save:
        return getattr(obj, field.attname)
    return field.pre_save(obj, True)


def _assign(obj: Any, fields: list[AnyField], values: Any) -> None:
    """Set what the database gave back; what it could not give back is stale, so drop it."""
    for field, value in zip(fields, values, strict=False):
        setattr(obj, field.attname, value)
    if SAVE_READS_BACK:
        for field in fields[len(values) :]:
            obj.__dict__.pop(field.attname, None)


def _next_order(connection: Any, obj: Any, model: type[Model]) -> Plan[int]:
    """Ask for the place after the last one among the objects that this one is ordered with."""
    siblings = model._base_manager.using(connection.vinyl_door).filter(
        **model._meta.order_with_respect_to.get_filter_kwargs_for_object(obj)
    )
    after_last = ExpressionWrapper(Max("_order") + Value(1), output_field=IntegerField())
    compiler = stop(lambda: siblings.aggregate(_order__max=Coalesce(after_last, Value(0))))
    place: int = (yield from aggregated(compiler))["_order__max"]
    return place
