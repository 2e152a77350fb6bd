"""The objects before and after an object, by a date or in their order, and that order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partialmethod
from typing import Any

from vinyl._runtime._async.naming import checked
from vinyl._runtime._async.queryset import settled
from vinyl.marking import alters_data
from vinyl.plans.neighbours import OF_THE_TWIN, Beside, Ordered, Reordered


async def by_field(function: Callable[..., Any], obj: Any, *args: Any, **kwargs: Any) -> Any:
    """
    Return the object whose date is the next, or the one before.

    Raises: Model.DoesNotExist, ValueError for an object with no key.
    """
    beside = Beside(obj, obj._twin.native(obj._meta.default_manager))
    try:
        return await settled(function(beside, *args, **kwargs))
    except IndexError:
        raise obj.DoesNotExist(f"{obj._meta.object_name} matching query does not exist.") from None


async def in_order(function: Callable[..., Any], obj: Any, *, is_next: bool) -> Any:
    """
    Return the object that comes next in its order, or the one before; it is kept.

    Raises: Model.DoesNotExist.
    """
    beside = Beside(obj, obj._twin.native(obj._meta.default_manager))
    found = await settled(function(beside, is_next=is_next))
    setattr(obj, f"__{is_next}_order_cache", found)
    return found


def get_order(function: Callable[..., Any], obj: Any, model: Any) -> Any:
    """Return a queryset of the keys of the objects that are ordered with respect to this one."""
    return function(obj, Ordered(*_of_twin(obj, model)))


async def set_order(
    function: Callable[..., Any],
    obj: Any,
    model: Any,
    id_list: Iterable[Any],
    using: str | None = None,
) -> None:
    """Put the objects that are ordered with respect to this one in the order of these keys."""
    ordered = Reordered(*_of_twin(obj, model))
    function(obj, ordered, id_list, using)
    rows, objs, fields = ordered.asked
    await rows.bulk_update(objs, fields)


def _of_twin(obj: Any, model: Any) -> tuple[Any, Any]:
    """Return the twin's class of a model, and its queryset."""
    return obj._twin.model_of(model), obj._twin.native(model.objects)


def of_this_twin(stock: partialmethod[Any]) -> partialmethod[Any]:
    """Return the method that stands for one of Django's on the objects of this twin."""
    own = checked(globals()[OF_THE_TWIN[stock.func.__name__]])

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return own(stock.func, self, *args, **kwargs)

    method.__name__ = stock.func.__name__
    if own.__name__ == "set_order":
        alters_data(method)
    return partialmethod(method, *stock.args, **stock.keywords)
