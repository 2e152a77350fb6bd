"""
Which query an object came with, and by which path, for messages that name what to add to it.

Objects of the queried model itself have no origin. Those that came along (select_related(),
prefetch_related(), an unloaded relation that was asked for) share one, which costs nothing a row:
it is on the class of their `_state`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models.base import ModelState
from django.db.models.constants import LOOKUP_SEP


class Origin(NamedTuple):
    """Where objects came from: the model that was queried, and the relations that led on."""

    model: str
    path: str
    # A relation to many is on the way, or Python chose the rows: select_related() ends there.
    is_prefetched: bool = False

    def to(self, name: str) -> str:
        """Return the lookup of what a name stands for on the objects."""
        return f"{self.path}{LOOKUP_SEP}{name}"


def origin_of(obj: Any) -> Origin | None:
    """Return where an object came from; None for one that was queried itself, or is new."""
    return getattr(getattr(obj, "_state", None), "origin", None)


def origin_behind(model: Any, origin: Origin | None, name: str, *, prefetched: bool) -> Origin:
    """Return the origin of what a relation leads to from objects of a model with an origin."""
    if origin is None:
        return Origin(model._meta.object_name, name, prefetched)
    return Origin(origin.model, origin.to(name), origin.is_prefetched or prefetched)


@lru_cache(maxsize=1024)
def state_class(origin: Origin | None) -> type[ModelState]:
    """Return the class for the `_state` of objects with an origin."""
    if origin is None:
        return ModelState
    return type("ModelState", (_StateWithOrigin,), {"origin": origin})


class _StateWithOrigin(ModelState):
    """Django's state of an object, which knows where the object came from."""

    origin: Origin

    def __reduce__(self) -> Any:
        return _new_state, (self.origin,), self.__getstate__()


def _new_state(origin: Origin) -> ModelState:
    return state_class(origin)()
