"""How the classes of a twin are made from the user's models. No I/O."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.db.models import ImageField, Model, QuerySet
from django.db.models.fields.related_descriptors import (
    ForwardManyToOneDescriptor,
    ManyToManyDescriptor,
    ReverseManyToOneDescriptor,
    ReverseOneToOneDescriptor,
    create_forward_many_to_many_manager,
    create_reverse_many_to_one_manager,
)
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import class_prepared, post_init

_generations = count(1)
_generation = 0


def generation() -> int:
    """Return a number that changes when a model is defined."""
    return _generation


def _count_model(**kwargs: Any) -> None:
    global _generation
    _generation = next(_generations)


class_prepared.connect(_count_model, dispatch_uid="vinyl.meta")


def make_class(
    model: type[Model], bases: tuple[type, ...], attributes: dict[str, Any]
) -> type[Any]:
    """
    Make a subclass of a model that shares its `_meta` and registers nothing.

    ModelBase is passed by: Django knows one class a table.
    """
    errors = attributes.pop("NotUpdated")
    origin = (model._meta.app_label, model._meta.object_name, attributes["_twin"].is_async)
    not_updated = type("NotUpdated", errors, {"__module__": "vinyl.model", "origin": origin})
    not_updated.__qualname__ = f"{model.__qualname__}.NotUpdated"
    if not hasattr(model, "__iter__"):
        # Or else Python would iterate by __getitem__(), which is for relations.
        attributes["__iter__"] = None
    made = type.__new__(
        type(model),
        model.__name__,
        bases,
        {
            "__module__": "vinyl.model",
            "__qualname__": model.__qualname__,
            "__doc__": model.__doc__,
            "NotUpdated": not_updated,
            **attributes,
        },
    )
    for field in fields_watching_init(model):
        post_init.connect(field.update_dimension_fields, sender=made)
    return made


def fields_watching_init(model: type[Model]) -> list[Any]:
    """Return the image fields that fill other fields, once all of an instance are set."""
    images: list[Any] = [f for f in model._meta.concrete_fields if isinstance(f, ImageField)]
    return [field for field in images if field.width_field or field.height_field]


def descriptors_to_replace(model: type[Model]) -> Iterator[tuple[str, str, Any]]:
    """
    Yield the descriptors of Django's on a model that may query.

    Each as the attribute's name, the name of the class in `relations` to put there, and
    Django's descriptor.
    """
    seen: set[str] = set()
    for cls in model.__mro__:
        for name, value in vars(cls).items():
            if name in seen:
                continue
            seen.add(name)
            if (kind := _kind_of(value)) is not None:
                yield name, kind, value


def _kind_of(value: Any) -> str | None:
    if isinstance(value, ForwardManyToOneDescriptor):
        return "Forward"
    if isinstance(value, ReverseOneToOneDescriptor):
        return "Reverse"
    if isinstance(value, ReverseManyToOneDescriptor):
        return "ToMany"
    if isinstance(value, DeferredAttribute):
        return _kind_of_column(value)
    generic = _generic_fields()
    # From Django 6.0 on, a generic foreign key has a descriptor of its own.
    if generic and isinstance(getattr(value, "field", value), generic.GenericForeignKey):
        return "Generic"
    return None


def _generic_fields() -> Any:
    """Return Django's module of generic relations, if a model uses it."""
    return sys.modules.get("django.contrib.contenttypes.fields")


def _kind_of_column(value: DeferredAttribute) -> str:
    if type(value).__get__ is not DeferredAttribute.__get__:
        return "DeferredValue"
    return "DeferredKey" if hasattr(type(value), "__set__") else "Deferred"


def related_manager_class(stock: Any, base: type[Any]) -> type[Any]:
    """Return Django's manager of a relation to many, built on a manager class."""
    if is_generic(stock):
        made: type[Any] = _generic_fields().create_generic_related_manager(base, stock.rel)
        return made
    if isinstance(stock, ManyToManyDescriptor):
        return create_forward_many_to_many_manager(base, stock.rel, reverse=stock.reverse)
    return create_reverse_many_to_one_manager(base, stock.rel)


def is_generic(stock: Any) -> bool:
    """Tell whether a relation to many is a GenericRelation, seen from the side that has it."""
    generic = _generic_fields()
    return generic is not None and isinstance(stock, generic.ReverseGenericManyToOneDescriptor)


def only_adds(queryset: type[QuerySet[Any, Any]] | None) -> bool:
    """Tell whether a queryset of the user's has new methods only, none that overrides."""
    if queryset is None:
        return True
    own = queryset.__mro__[: queryset.__mro__.index(QuerySet)]
    names = {name for cls in own for name in vars(cls) if not name.startswith("__")}
    return names.isdisjoint(dir(QuerySet)) and queryset.__init__ is QuerySet.__init__


def stock_class(made: type[Any]) -> type[Any]:
    """Return the class of Django's or the user's that a class of a twin's is made from."""
    return next(cls for cls in made.__mro__ if not getattr(cls, "is_of_twin", False))
