"""The places of new objects in an order with respect to another object."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.db.models import Max, Q

from vinyl.plans import Plan
from vinyl.sql.door import statement_of
from vinyl.stock import Model

# Groups asked for in one query: databases limit how deep a condition may be.
GROUPS = 500


def group_of(obj: Any, model: type[Model]) -> dict[str, Any]:
    """
    Return what an object has in common with those that it is ordered with, as lookups.

    Django: Field.get_filter_kwargs_for_object(), which before 6.0 loads the content type of a
    generic relation.
    """
    ordered_by: Any = model._meta.order_with_respect_to
    if not hasattr(ordered_by, "ct_field"):
        shared: dict[str, Any] = ordered_by.get_filter_kwargs_for_object(obj)
        return shared
    type_key = model._meta.get_field(ordered_by.ct_field).attname
    return {key: getattr(obj, key) for key in (ordered_by.fk_field, type_key)}


def set_orders(connection: Any, model: type[Model], objs: Sequence[Any]) -> Plan[None]:
    """
    Give objects without a place the ones after the last of their groups.

    Django: QuerySet._handle_order_with_respect_to(), which is new in 6.0.
    """
    if not model._meta.order_with_respect_to or not objs:
        return
    names = list(group_of(objs[0], model))
    groups = [tuple(group_of(obj, model).values()) for obj in objs]
    places: dict[tuple[Any, ...], int] = dict.fromkeys(groups, 0)
    remaining = iter(list(places))
    while some := list(islice(remaining, GROUPS)):
        places.update((yield from _next_places(connection, model, names, some)))
    for obj, group in zip(objs, groups, strict=True):
        if getattr(obj, "_order", None) is None:
            obj._order = places[group]
            places[group] += 1


def _next_places(
    connection: Any, model: type[Model], names: list[str], groups: list[tuple[Any, ...]]
) -> Plan[dict[tuple[Any, ...], int]]:
    conditions = [Q.create(list(zip(names, group, strict=True))) for group in groups]
    rows = (
        model._base_manager.using(connection.alias)
        .filter(reduce(or_, conditions))
        .values_list(*names)
        .annotate(_order__max=Max("_order") + 1)
    )
    compiler = rows.query.get_compiler(connection=connection)
    statement = statement_of(compiler)
    if statement is None:
        return {}
    found = compiler.results_iter([(yield statement).rows])
    return {tuple(group): place for *group, place in found}
