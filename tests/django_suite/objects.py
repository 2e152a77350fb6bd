"""What stands for the tests' models: the twin's classes of them, for synchronous tests."""

from __future__ import annotations

import functools
from functools import partialmethod
from typing import Any

from django.db import models
from django.db.models import query
from django.db.models.base import ModelBase

import vinyl
from tests.django_suite import config, saving
from tests.django_suite.calling import (
    IS_ASYNC,
    as_async,
    asked_by_vinyl,
    call,
    inside,
    like,
    replace_everywhere,
    twin_module,
)
from tests.django_suite.scopes import scopes
from vinyl.model import VinylModel

TWIN = twin_module("twin").TWIN
NATIVE = twin_module("model").Model

#: Methods that run statements, and that the tests' models may override.
IO = (
    *("save", "save_base", "delete", "refresh_from_db"),
    *("full_clean", "clean_fields", "validate_unique", "validate_constraints"),
)
RELATED_IO = (
    *("add", "remove", "set", "clear", "create", "get_or_create", "update_or_create"),
    *("exists", "count"),
)


class Bridge(VinylModel):
    """A class for the objects of all models, given as a user gives one: VinylManager(model=...)."""


def _overridable(name: str) -> Any:
    """Return vinyl's method for vinyl; for tests the model's own, which calls super()."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if asked_by_vinyl():
            return getattr(super(Bridge, self), name)(*args, **kwargs)
        # The test's classes come after vinyl's in the method resolution order.
        return getattr(super(VinylModel, self), name)(*args, **kwargs)

    return like(method, getattr(models.Model, name))


def _route(name: str) -> None:
    """Let the method of Django's Model, which overriding ones call at last, be vinyl's."""
    original = getattr(models.Model, name)
    bridged = getattr(saving, name, None)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        # vinyl calls the methods of Django's Model that it builds on.
        if scopes.stock or not hasattr(self, "_twin") or asked_by_vinyl():
            return original(self, *args, **kwargs)
        # What vinyl does not define is Django's, run where vinyl's would be.
        native = functools.partial(getattr(NATIVE, name, original), self)
        if bridged is not None:
            return bridged(native, self, *args, **kwargs)
        return call(native, *args, **kwargs)

    setattr(models.Model, name, like(method, original))


def _make(cls: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Let `Model(...)` make an object of the twin, as `Model.vinyl(...)` does."""
    is_users = not cls._meta.abstract and not hasattr(cls, "_twin")
    if is_users and not scopes.stock and not asked_by_vinyl():
        cls = TWIN.model_of(cls)
    return type.__call__(cls, *args, **kwargs)


def _install_models() -> None:
    for name in IO:
        method = _overridable(name)
        setattr(Bridge, name, method)
        if hasattr(models.Model, "a" + name):
            setattr(Bridge, "a" + name, as_async(method))
        _route(name)
    ModelBase.__call__ = _make
    # All models inherit it.
    models.Model._vinyl_manager = vinyl.VinylManager(model=Bridge, sync_model=Bridge)


def _install_related() -> None:
    """Let tests call the twin's managers of relations to many."""
    of_twin = TWIN.related_manager
    made: dict[Any, type] = {}

    def related_manager(stock: Any, default: Any = None) -> type:
        if (stock, default) not in made:
            native = of_twin(stock, default)
            namespace: dict[str, Any] = {}
            for name in RELATED_IO:
                if hasattr(native, name):
                    namespace[name] = method = _bridged(getattr(native, name))
                    namespace["a" + name] = as_async(method)
            made[stock, default] = type(native.__name__, (native,), namespace)
        return made[stock, default]

    TWIN.related_manager = related_manager


def _bridged(original: Any) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if inside():
            return original(self, *args, **kwargs)
        return call(original, self, *args, **kwargs)

    return like(method, original)


def _install_neighbours() -> None:
    """Let tests call get_next_by_date(), get_order() and their like."""
    twin = twin_module("twin")
    of_this_twin = twin.of_this_twin

    def bridged(stock: Any) -> Any:
        method = _bridged(of_this_twin(stock).func)
        return partialmethod(method, *stock.args, **stock.keywords)

    twin.of_this_twin = bridged


def _install_awaiting() -> None:
    """Await a relation that is not loaded when a test touches it, if that is the policy."""
    relations = twin_module("relations")
    original = relations.unloaded

    def unloaded(fetch: Any, error: Any) -> Any:
        return original(fetch, error) if inside() else call(fetch)

    relations.unloaded = unloaded


def _install_prefetch() -> None:
    """Let prefetch_related_objects() be vinyl's."""
    original = query.prefetch_related_objects

    @functools.wraps(original)
    def prefetch_related_objects(instances: Any, *lookups: Any) -> Any:
        if scopes.stock:
            return original(instances, *lookups)
        return call(vinyl.prefetch_related_objects, instances, *lookups)

    replace_everywhere(original, prefetch_related_objects)


def install() -> None:
    _install_models()
    _install_related()
    _install_neighbours()
    _install_prefetch()
    if IS_ASYNC and config.LAZY == "await":
        _install_awaiting()
