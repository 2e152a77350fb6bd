# Generated from vinyl/_async/twin.py by `python tools/unasync_build.py`; never edit.
"""This twin: its class, queryset and managers for each model."""

from __future__ import annotations

import threading
from functools import partial
from inspect import getattr_static
from typing import Any

from django.db.models.fields.related_descriptors import ManyToManyDescriptor
from django.db.models.manager import BaseManager
from django.db.models.manager import Manager as DjangoManager

from vinyl._runtime._sync import IS_ASYNC
from vinyl._runtime._sync.custom import check_custom_class
from vinyl._sync import relations
from vinyl._sync.manager import Manager
from vinyl._sync.model import Model
from vinyl._sync.neighbours import of_this_twin
from vinyl._sync.prefetching import prefetch_related
from vinyl._sync.queryset import QuerySet
from vinyl._sync.related import NullableManager, RelatedManager, ReverseManager
from vinyl._sync.related_generic import GenericManager
from vinyl._sync.related_many import ManyManager
from vinyl.exceptions import NotUpdated
from vinyl.meta import (
    descriptors_to_replace,
    generation,
    is_generic,
    make_class,
    only_adds,
    related_manager_class,
    stock_class,
)
from vinyl.plans.neighbours import order_methods
from vinyl.stock import Model as DjangoModel
from vinyl.stock import QuerySet as DjangoQuerySet


class Twin:
    """The classes of one mode, made for each model on first use."""

    is_async = IS_ASYNC

    def __init__(self) -> None:
        self._models: dict[type[DjangoModel], type[Any]] = {}
        self._generations: dict[type[DjangoModel], int] = {}
        self._querysets: dict[type[Any], type[Any]] = {}
        self._managers: dict[tuple[Any, type[DjangoModel]], Manager] = {}
        self._related: dict[Any, type[Any]] = {}
        # Threads must not make two classes of one model.
        self._lock = threading.RLock()

    def model_of(self, model: type[DjangoModel]) -> type[Any]:
        """Return this twin's class for a model of the user's."""
        if self._generations.get(model) == generation():
            return self._models[model]
        # A class of a twin's, this one's or the other's, shares its _meta with the user's.
        model = model._meta.model
        with self._lock:
            if model not in self._models:
                self._models[model] = self._make_model(model)
            made = self._models[model]
            # Models defined since may have brought relations that lead here.
            for name, kind, stock in descriptors_to_replace(model):
                if getattr(made.__dict__.get(name), "stock", None) is not stock:
                    setattr(made, name, getattr(relations, kind)(stock, name))
            for name, method in order_methods(model):
                if name not in made.__dict__:
                    setattr(made, name, of_this_twin(method))
            self._generations[model] = generation()
        return made

    def _make_model(self, model: type[DjangoModel]) -> type[Any]:
        declared = getattr_static(model, "_vinyl_manager", None)
        custom = declared.custom_class(IS_ASYNC) if declared is not None else None
        bases: tuple[type, ...] = (Model, model)
        if custom is not None:
            check_custom_class(custom)
            bases = (custom, *bases)
        stock_error = getattr(model, "NotUpdated", None)
        errors = (NotUpdated,) if stock_error is None else (NotUpdated, stock_error)
        return make_class(model, bases, {"_twin": self, "NotUpdated": errors})

    def queryset_class(self, stock: type[Any]) -> type[Any]:
        """Return this twin's queryset with the methods of a class of Django's or the user's."""
        if issubclass(stock, QuerySet):
            return stock
        stock = stock_class(stock)
        if stock is DjangoQuerySet:
            return QuerySet
        with self._lock:
            if stock not in self._querysets:
                self._querysets[stock] = type(stock.__name__, (stock, QuerySet), {})
            return self._querysets[stock]

    def manager_of(self, declared: Any, model: type[DjangoModel]) -> Manager:
        """Return the manager that a VinylManager stands for on a model."""
        twin_model = self.model_of(model)
        key = (declared, model)
        if key not in self._managers:
            queryset = self.queryset_class(declared.queryset or DjangoQuerySet)
            made = Manager if queryset is QuerySet else Manager.from_queryset(queryset)
            manager = made()
            manager.model = twin_model
            manager.name = declared.name
            manager.is_plain = only_adds(declared.queryset)
            self._managers.setdefault(key, manager)
        return self._managers[key]

    def native(self, queryset: Any) -> Any:
        """Return a queryset of Django's or the other twin's, to be evaluated by this one."""
        if isinstance(queryset, BaseManager):
            queryset = queryset.get_queryset()
        if isinstance(queryset, QuerySet):
            return queryset
        native = self.queryset_class(type(queryset))(
            model=self.model_of(queryset.model), query=queryset.query
        )
        state = {k: v for k, v in queryset.__dict__.items() if k not in ("model", "_query")}
        native.__dict__.update(state, _result_cache=None, _prefetch_done=False)
        return native

    def prefetch(self, instances: list[Any], lookups: tuple[Any, ...]) -> None:
        """Load relations of objects of this twin."""
        prefetch_related(instances, lookups)

    def own(self, obj: Any) -> Any:
        """Return an object of Django's or the other twin's as one of this twin; all is shared."""
        model = self.model_of(obj._meta.model)
        if isinstance(obj, model):
            return obj
        view: Any = object.__new__(model)
        view.__dict__ = obj.__dict__
        return view

    def related_manager(self, stock: Any, default: type[Any] | None = None) -> type[Any]:
        """
        Return the class of the manager of a relation to many, by Django's descriptor.

        It builds on the default manager of the related model, or on the manager class given.
        """
        key = (stock, default)
        if key not in self._related:
            default = related_manager_default(stock) if default is None else stock_manager(default)
            base = type(
                default.__name__,
                (RelatedManager, default),
                {"_twin": self, **missing_methods(default)},
            )
            django = related_manager_class(stock, base)
            names = {
                "_rel": stock.rel,
                "_made": django,
                "_builds_on": default,
                "_building_on": staticmethod(partial(self.related_manager, stock)),
            }
            made = type(django.__name__, (writing(stock), django), names)
            self._related.setdefault(key, made)
        return self._related[key]


def writing(stock: Any) -> type[Any]:
    """Return what writes through a relation to many."""
    if isinstance(stock, ManyToManyDescriptor):
        return ManyManager
    if is_generic(stock):
        return GenericManager
    return NullableManager if stock.rel.field.null else ReverseManager


def related_manager_default(stock: Any) -> type[Any]:
    """Return the class of the default manager of the model that a relation leads to."""
    rel = stock.rel
    # A generic relation leads from where it is declared, as a many-to-many field does.
    leads_back = not is_generic(stock) and getattr(stock, "reverse", True)
    return type((rel.related_model if leads_back else rel.model)._default_manager)


def stock_manager(manager: type[Any]) -> type[Any]:
    """Return a manager class, or for one of vinyl's a class of Django's with its queryset."""
    if not issubclass(manager, Manager):
        return manager
    queryset = stock_class(manager._queryset_class)
    plain = queryset is DjangoQuerySet
    made: type[Any] = DjangoManager if plain else DjangoManager.from_queryset(queryset)
    return made


def missing_methods(manager: type[Any]) -> dict[str, Any]:
    """Return the methods of vinyl's queryset that a manager of Django's does not pass on."""
    methods: dict[str, Any] = manager._get_queryset_methods(QuerySet)
    return methods


TWIN = Twin()
