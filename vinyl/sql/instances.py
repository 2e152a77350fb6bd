"""
Make model instances from rows, fast.

Reading rows is the hot path. Where a model leaves Django's way of making instances alone, a
function is generated for the columns of a query, which sets the attributes of a bare instance;
a model that overrides `__init__`, `from_db` or `__setattr__` is made through its `from_db()`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from keyword import iskeyword
from types import CodeType
from typing import Any

from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute

from vinyl.compat import from_db_of
from vinyl.fetch_modes import FETCH_ONE, mark_alike
from vinyl.meta import fields_watching_init
from vinyl.origins import Origin, state_class
from vinyl.sql.converters import Convert, Row
from vinyl.stock import Model

Make = Callable[[Row], Any]


def maker(
    model: Any,
    names: Sequence[str],
    positions: Sequence[int],
    converters: Mapping[int, Convert],
    db: str,
    origin: Origin | None = None,
    fetch_mode: Any = FETCH_ONE,
) -> Make:
    """
    Return the function that makes a saved instance from a row.

    `names` are the attributes to set, `positions` where their values are in the row. The fetch
    mode is for models with a `from_db()` of their own, which is told it.
    """
    if not _is_plain(model) or not all(map(_can_be_written, names)):
        return _maker_by_from_db(model, names, positions, converters, db, origin, fetch_mode)
    columns = tuple(
        (name, position, position in converters, _is_key(model, name))
        for name, position in zip(names, positions, strict=True)
    )
    namespace: dict[str, Any] = {
        "model": model,
        "new": model.__new__,
        "State": state_class(origin),
        "new_state": ModelState.__new__,
        "db": db,
        **{f"convert_{p}": convert for p, convert in converters.items()},
    }
    exec(_code(columns), namespace)
    # Taken out: a function in its own globals is a cycle, which waits for the garbage collector.
    make: Make = namespace.pop("make")
    return make


@lru_cache(maxsize=2048)
def _code(columns: tuple[tuple[str, int, bool, bool], ...]) -> CodeType:
    """Compile `make()` for columns of (attribute, position, converted, is a foreign key)."""
    lines = [
        "def make(row):",
        "    obj = new(model)",
        "    obj._state = state = new_state(State)",
        "    state.db = db",
        "    state.adding = False",
        "    state.fields_cache = {}",
    ]
    if any(is_key for *_, is_key in columns):
        lines.append("    attributes = obj.__dict__")
    for name, position, converted, is_key in columns:
        value = f"convert_{position}(row[{position}])" if converted else f"row[{position}]"
        # A foreign key's descriptor would look for a related object to drop.
        target = f"attributes[{name!r}]" if is_key else f"obj.{name}"
        lines.append(f"    {target} = {value}")
    lines.append("    return obj")
    return compile("\n".join(lines), "<vinyl: make an instance>", "exec")


def _can_be_written(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name)


def _maker_by_from_db(
    model: type[Model],
    names: Sequence[str],
    positions: Sequence[int],
    converters: Mapping[int, Convert],
    db: str,
    origin: Origin | None,
    fetch_mode: Any,
) -> Make:
    from_db = from_db_of(model, fetch_mode)

    def make(row: Row) -> Any:
        values = [converters[p](row[p]) if p in converters else row[p] for p in positions]
        obj = from_db(db, names, values)
        if origin is not None:
            obj._state.origin = origin
        return obj

    return make


@cache
def _is_plain(model: type[Model]) -> bool:
    """Tell whether instances of a model may be made without running its code."""
    return (
        model.__init__ is Model.__init__
        and model.from_db.__func__ is Model.from_db.__func__
        and model.__setattr__ is object.__setattr__
        and model.__new__ is object.__new__
        and not fields_watching_init(model)
    )


@cache
def _is_key(model: type[Model], name: str) -> bool:
    """Tell whether an attribute is the column of a foreign key."""
    descriptor = inspect.getattr_static(model, name, None)
    # The classes of a twin wrap Django's descriptors.
    stock = getattr(descriptor, "__dict__", {}).get("stock", descriptor)
    return isinstance(stock, ForeignKeyDeferredAttribute)


def parent_of(child: Any, parent: type[Model]) -> Any | None:
    """Return the parent of a multi-table child from the columns that the child has loaded."""
    names = [field.attname for field in parent._meta.concrete_fields]
    if any(name not in child.__dict__ for name in names):
        return None
    make = maker(parent, names, range(len(names)), {}, child._state.db)
    obj = make([child.__dict__[name] for name in names])
    obj._state.adding = child._state.adding
    mark_alike(obj, child)
    return obj
