"""
From vinyl's objects to instances of Django's and back, with all that they have loaded. No I/O.

What comes out is a copy: an object for each object that can be reached, in the same shape, so that
neither side sees what is done to the other. Nothing recurses, so chains may be of any length.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID
from weakref import ref

from django.db.models.fields.files import FieldFile
from django.utils.functional import LazyObject

from vinyl.exceptions import NotLoaded
from vinyl.meta import stock_class
from vinyl.plans.contenttypes import known_type_of
from vinyl.stock import Model, Prefetch, QuerySet

ClassOf = Callable[[Any], Any]

# Most of what is in an object; not looked at any closer.
_PLAIN = frozenset({bool, bytes, date, datetime, Decimal, float, int, NoneType, str, time, UUID})


def as_django(obj: Any) -> Any:
    """
    Return an instance of the user's own class with the state and all loaded relations of an object.

    Raises: NotLoaded where a generic foreign key was assigned whose content type is not known.
    """
    return _Conversion(lambda model: model._meta.model, stock_class).converted(obj)


def from_django(twin: Any, model: type[Model], instance: Any) -> Any:
    """
    Return an object of a twin with the state and all loaded relations of an instance.

    Raises: TypeError for what is no instance of the model.
    """
    if not isinstance(instance, model._meta.model):
        # Its type only: the repr of a queryset would query.
        given = type(instance).__qualname__
        if isinstance(instance, type):
            given = f"the class {instance.__qualname__}"
        raise TypeError(
            f"{model._meta.object_name}.vinyl.from_django() takes an instance of "
            f"{model._meta.label}, not {given}."
        )
    return _Conversion(twin.model_of, twin.queryset_class).converted(instance)


class _Conversion:
    """One graph of objects: each is made once, empty, and filled when its turn comes."""

    def __init__(self, class_of: ClassOf, queryset_class_of: ClassOf) -> None:
        self.class_of = class_of
        self.queryset_class_of = queryset_class_of
        # The originals are kept along, for no other object to get the id of one.
        self.made: dict[int, tuple[Any, Any]] = {}
        self.to_fill: list[Callable[[], None]] = []
        # By the list of peers that the objects of one query share.
        self.states: dict[int, list[tuple[Any, Any]]] = {}

    def converted(self, obj: Any) -> Any:
        """Convert an object and all that can be reached from it."""
        made = self.value(obj)
        while self.to_fill:
            self.to_fill.pop()()
        for states in self.states.values():
            peers = [ref(each) for each, _ in states]
            for _, state in states:
                state.peers = peers
        return made

    def value(self, value: Any) -> Any:
        """
        Return what stands for a value on the other side; what is new is filled later.

        Lists and dictionaries are copied; what is neither a model's nor one of these is shared.
        """
        if type(value) in _PLAIN:
            return value
        if (known := self.made.get(id(value))) is not None:
            return known[1]
        if issubclass(type(value), LazyObject):
            # As request.user is one; it holds the instance once something has asked for it.
            return self.value(value.__dict__["_wrapped"])
        if isinstance(value, Model):
            made = _empty(self.class_of(value._meta.model))
            self._fill_later(lambda: self._fill(value, made))
        elif isinstance(value, QuerySet):
            made = self._queryset(value)
        elif isinstance(value, FieldFile | Prefetch):
            # A file knows its instance, and a lookup may have a queryset.
            made = _empty(stock_class(type(value)))
            self._fill_later(lambda: made.__dict__.update(self._attributes(value.__dict__)))
        elif type(value) is list:
            made = []
            self._fill_later(lambda: made.extend(map(self.value, list(value))))
        elif type(value) is dict:
            made = {}
            self._fill_later(lambda: made.update(self._attributes(value)))
        else:
            return value
        self.made[id(value)] = value, made
        return made

    def _fill_later(self, fill: Callable[[], None]) -> None:
        self.to_fill.append(fill)

    def _attributes(self, attributes: dict[Any, Any]) -> dict[Any, Any]:
        return {name: self.value(value) for name, value in attributes.copy().items()}

    def _fill(self, original: Any, made: Any) -> None:
        attributes = original.__dict__.copy()
        state = attributes.pop("_state", None)
        made.__dict__.update(self._attributes(attributes))
        if state is not None:
            made.__dict__["_state"] = self._state(state, made)
            if not hasattr(made, "_twin"):
                _settle_types(original, made)

    def _state(self, original: Any, owner: Any) -> Any:
        made = _empty(type(original))
        attributes = original.__dict__.copy()
        if "fields_cache" in attributes:
            # Never shared: Django empties it when the state goes.
            attributes["fields_cache"] = self._attributes(attributes["fields_cache"])
        if (peers := attributes.pop("peers", None)) is not None:
            self.states.setdefault(id(peers), []).append((owner, made))
        made.__dict__.update(attributes)
        return made

    def _queryset(self, original: Any) -> Any:
        """Return a queryset of the other side that has been evaluated to the same objects."""
        made = self.queryset_class_of(type(original))(
            model=self.class_of(original.model), query=original.query.clone(), using=original._db
        )
        state = {k: v for k, v in original.__dict__.items() if k not in ("model", "_query")}
        self._fill_later(lambda: self._fill_queryset(made, state))
        return made

    def _fill_queryset(self, made: Any, state: dict[str, Any]) -> None:
        lookups = tuple(map(self.value, state.pop("_prefetch_related_lookups")))
        made.__dict__.update(self._attributes(state), _prefetch_related_lookups=lookups)


def _empty(cls: Any) -> Any:
    return cls.__new__(cls)


def _settle_types(original: Any, made: Any) -> None:
    """
    Fill the content types of generic relations that were assigned before they were known.

    Django's descriptor would take a relation with no type for an empty one, and drop it.
    """
    for field in made._meta.private_fields:
        if not hasattr(field, "ct_field"):
            continue
        target = field.get_cached_value(original, default=None)
        attname = made._meta.get_field(field.ct_field).attname
        if target is None or made.__dict__.get(attname, target) is not None:
            continue
        if (found := known_type_of(target, field.for_concrete_model)) is None:
            raise NotLoaded(
                f"The content type of {target._meta.label}, to which {field.name!r} of this "
                f"{made._meta.object_name} was set, has not been read yet. Write the object with "
                "vinyl before you convert it.",
                model=made._meta.model,
                name=field.name,
            )
        made.__dict__[attname] = found.pk
