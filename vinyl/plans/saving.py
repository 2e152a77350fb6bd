"""INSERT and UPDATE of one object, through all the tables of its model."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from django.db.models import Field, IntegerField, Max, Value
from django.db.models.expressions import DatabaseDefault, ExpressionWrapper
from django.db.models.functions import Coalesce

from vinyl.compat import SAVE_READS_BACK, db_returning_fields
from vinyl.plans import Plan
from vinyl.plans.ordering import group_of
from vinyl.plans.rows import insert_row, is_expression, update_row, values_of
from vinyl.sql.aggregates import aggregated
from vinyl.sql.door import statement_of, stop
from vinyl.stock import Model

if TYPE_CHECKING:
    AnyField = Field[Any, Any]


def needs_atomic(model: type[Model]) -> bool:
    """Tell whether writing an object of a model takes more than one statement that writes."""
    # The place in an order is read first. A transaction around both would make it no surer; on
    # SQLite one that has read may not write where another has written since.
    return bool(model._meta.concrete_model._meta.parents)


def names_to_save(obj: Model, names: Collection[str]) -> set[str] | None:
    """
    Return what update_or_create() saves of an object: these fields, and those set at each save.

    None, for all, where a name is no column. Django: QuerySet.update_or_create(), which also reads
    the columns that only() or defer() left out, to write them as they are.
    """
    meta = obj._meta
    if not meta._non_pk_concrete_field_names.issuperset(names):
        return None
    return set(names) | {
        field.attname
        for field in meta.local_concrete_fields
        if field not in meta.pk_fields
        and type(field).pre_save is not Field.pre_save
        and (field.attname in obj.__dict__ or getattr(field, "auto_now", False))
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


def update_object(
    connection: Any,
    obj: Any,
    names: Collection[str],
    error: Callable[[], Exception],
    *,
    whole: bool = False,
) -> Plan[bool]:
    """
    UPDATE the columns of these attributes; tell whether each row to update was there.

    Raises: `error()` where a row is missing and one of a parent's table has been written, so that
    this is taken back: by the transaction of its own, or as in Django by the block around, which
    is marked for rollback.

    With no column to update, it is asked whether the object is there; where the object is saved
    as a `whole`, also if just its own table has none. (That row is not there without its parents'.)
    """
    model = obj._meta.concrete_model
    tables = (model, *model._meta.all_parents)
    if not any(field.attname in names for table in tables for field in _columns_to_update(table)):
        return (yield from _update_row(connection, obj, model, []))
    written: list[type[Model]] = []
    found = yield from _update_tables(connection, obj, model, names, {}, written)
    if found and whole and not _columns_to_update(model):
        found = yield from _is_there(connection, obj, model)
    if not found and written:
        raise error()
    return found


def _update_tables(
    connection: Any,
    obj: Any,
    model: type[Model],
    names: Collection[str],
    done: dict[type[Model], bool],
    written: list[type[Model]],
) -> Plan[bool]:
    for parent in model._meta.parents:
        if parent not in done:
            done[parent] = yield from _update_tables(connection, obj, parent, names, done, written)
        if not done[parent]:
            return False
    fields = [field for field in _columns_to_update(model) if field.attname in names]
    if not fields:
        return True
    found = yield from _update_row(connection, obj, model, fields)
    if found:
        written.append(model)
    return found


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


def agree_on_keys(obj: Any, model: type[Model]) -> None:
    """Let the keys of the tables of a new object agree, where one of them is given."""
    for parent, link in model._meta.parents.items():
        _copy_key_up(obj, parent, link)
        agree_on_keys(obj, parent)
        if link and getattr(obj, link.attname) is None:
            setattr(obj, link.attname, obj._get_pk_val(parent._meta))


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
    may_be_there = not insert_only and not (obj._state.adding and keys_have_defaults)
    if (
        obj._is_pk_set(meta)
        and may_be_there
        and (yield from _update_if_there(connection, obj, model))
    ):
        return True
    yield from _insert_row(connection, obj, model)
    return False


def _update_if_there(connection: Any, obj: Any, model: type[Model]) -> Plan[bool]:
    """UPDATE one row of a parent table; tell whether it was there. Django: Model._do_update()."""
    fields = _columns_to_update(model)
    if not fields or not obj._meta.select_on_save:
        return (yield from _update_row(connection, obj, model, fields))
    if not (yield from _is_there(connection, obj, model)):
        return False
    updated = yield from _update_row(connection, obj, model, fields)
    return updated or (yield from _is_there(connection, obj, model))


def _is_there(connection: Any, obj: Any, model: type[Model]) -> Plan[bool]:
    rows = model._base_manager.using(connection.vinyl_door)
    compiler = stop(rows.filter(pk=obj._get_pk_val(model._meta)).exists)
    statement = statement_of(compiler) if compiler is not False else None
    return statement is not None and bool((yield statement).rows)


def _set_key(obj: Any, model: type[Model]) -> None:
    """Give the object a key that its field makes on the client's side, as UUIDs are."""
    meta = model._meta
    if obj._is_pk_set(meta) or isinstance(getattr(obj, meta.pk.attname), DatabaseDefault):
        return
    setattr(obj, meta.pk.attname, meta.pk.get_pk_value_on_save(obj))


def _update_row(
    connection: Any, obj: Any, model: type[Model], fields: list[AnyField]
) -> Plan[bool]:
    if not fields:
        return (yield from _is_there(connection, obj, model))
    values = values_of(obj, fields, add=False)
    returning = _read_back_after_update(model, fields, values) if SAVE_READS_BACK else []
    key = obj._get_pk_val(model._meta)
    matched = yield from update_row(connection, model, key, fields, values, returning)
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
    ] + [f for f, v in zip(fields, values, strict=True) if is_expression(v)]


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
    values = values_of(obj, fields, add=True)
    returning = _read_back_after_insert(connection, model, fields, values, has_key)
    rows = yield from insert_row(connection, model, fields, values, returning)
    if rows:
        _assign(obj, returning, rows[0])


def _read_back_after_insert(
    connection: Any,
    model: type[Model],
    fields: list[AnyField],
    values: list[Any],
    has_key: bool,
) -> list[AnyField]:
    returning = db_returning_fields(model, connection.features)
    if not SAVE_READS_BACK:
        return returning
    made_there = [f for f, v in zip(fields, values, strict=True) if is_expression(v)]
    if not connection.features.can_return_columns_from_insert:
        auto = model._meta.auto_field if has_key else None
        known = [field for field in fields if field not in made_there and field is not auto]
        returning = [field for field in returning if field not in known]
    return returning + [field for field in made_there if field not in returning]


def _assign(obj: Any, fields: list[AnyField], values: Any) -> None:
    """Set what the database gave back; what it could not give back is stale, so drop it."""
    for field, value in zip(fields, values, strict=False):
        setattr(obj, field.attname, value)
    if SAVE_READS_BACK:
        for field in fields[len(values) :]:
            obj.__dict__.pop(field.attname, None)


def _next_order(connection: Any, obj: Any, model: type[Model]) -> Plan[int]:
    """Ask for the place after the last one among the objects that this one is ordered with."""
    siblings = model._base_manager.using(connection.vinyl_door).filter(**group_of(obj, model))
    after_last = ExpressionWrapper(Max("_order") + Value(1), output_field=IntegerField())
    compiler = stop(lambda: siblings.aggregate(_order__max=Coalesce(after_last, Value(0))))
    place: int = (yield from aggregated(compiler))["_order__max"]
    return place
