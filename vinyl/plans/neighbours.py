"""
The methods that Django adds to a model for the objects before and after, and for their order.

They are Django's functions still. They are given the managers of a twin by stand-ins, so that
the querysets that they build are the twin's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial, partialmethod
from types import SimpleNamespace
from typing import Any

from vinyl.stock import Model


def order_methods(model: type[Model]) -> Iterator[tuple[str, partialmethod[Any]]]:
    """Yield the methods of a model that Django has made for next and previous, by name."""
    seen: set[str] = set()
    for cls in model.__mro__:
        for name, value in vars(cls).items():
            if name not in seen and isinstance(value, partialmethod) and _is_djangos(value.func):
                yield name, value
            seen.add(name)


def _is_djangos(function: Any) -> bool:
    return (
        getattr(function, "__module__", None) == Model.__module__
        and function.__name__ in OF_THE_TWIN
    )


# Django's functions, and the names of those in `neighbours` of a twin that stand for them.
OF_THE_TWIN = {
    "_get_next_or_previous_by_FIELD": "by_field",
    "_get_next_or_previous_in_order": "in_order",
    "method_get_order": "get_order",
    "method_set_order": "set_order",
}


class Beside:
    """An object as Django's functions see it, with a twin's manager as that of its class."""

    def __init__(self, obj: Any, queryset: Any) -> None:
        self.__dict__["_stand_in"] = SimpleNamespace(_default_manager=queryset, _meta=obj._meta)
        self.__dict__["_obj"] = obj

    @property
    def __class__(self) -> Any:
        return self._stand_in

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise AttributeError

    def __getattr__(self, name: str) -> Any:
        meta = self._obj._meta
        if name == getattr(meta.order_with_respect_to, "ct_field", None):
            # Before Django 6.0 it is read to filter by it, which its key does as well.
            name = meta.get_field(name).attname
        return getattr(self._obj, name)


class Ordered:
    """A model that is ordered with respect to another, with a twin's class and manager."""

    def __init__(self, made: Any, queryset: Any) -> None:
        self._meta = made._meta
        self._made = made
        self.objects = _Objects(queryset)

    def __call__(self, **values: Any) -> Any:
        """Make an object of the twin's class."""
        return self._made(**values)


class Reordered(Ordered):
    """
    The same for the function that ends in bulk_update(), of which it returns nothing.

    `asked` is what is to be updated: the rows, the objects, the names of their fields.
    """

    def __init__(self, made: Any, queryset: Any) -> None:
        super().__init__(made, queryset)
        self.objects = _Noting(queryset, self)
        self.asked: tuple[Any, list[Any], list[str]]


class _Objects:
    def __init__(self, queryset: Any) -> None:
        self.filter = queryset.filter
        self.db_manager = queryset.using


class _Noting(_Objects):
    def __init__(self, queryset: Any, reordered: Reordered) -> None:
        def asked(objs: list[Any], fields: list[str], *, rows: Any) -> None:
            reordered.asked = rows, objs, fields

        self.filter = lambda **lookups: SimpleNamespace(
            bulk_update=partial(asked, rows=queryset.filter(**lookups))
        )
        self.db_manager = lambda using: _Noting(queryset.using(using), reordered)
