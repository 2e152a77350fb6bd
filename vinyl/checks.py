"""
System checks of Django's about `VinylManager`: `manage.py check` runs them, and so does runserver.

They are registered when VinylManager is first imported: vinyl is in no INSTALLED_APPS.

- `vinyl.W001`: a model overrides `save()` or `delete()`, which vinyl's objects do not call.
- `vinyl.E001`: the class that VinylManager names cannot be imported.
- `vinyl.E002`: what it names is no subclass of VinylModel.
- `vinyl.E003`: the class for the sync mode is written in async style.
- `vinyl.W002`: an entry `vinyl_<alias>` of DATABASES has what belongs to `<alias>`.
- `vinyl.W003`: a field has the name of a method that vinyl's objects add to Django's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import getattr_static
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.db import connections

from vinyl.conf import PREFIX
from vinyl.custom import async_members, overridden
from vinyl.stock import Model

# What Django calls, and which method of the objects takes its place.
_WRITES = {
    "save": (("save", "save_base", "asave"), frozenset({"insert", "update", "save"})),
    "delete": (("delete", "adelete"), frozenset({"delete"})),
}
_MOVES = {
    "save": "`async def insert(self)` and `async def update(self, **values)`",
    "delete": "`async def delete(self, **kwargs)`",
}


# What vinyl's objects have and Django's have not, so that a field may be called that.
_ADDED = frozenset({"R", "as_django", "insert", "update"})


@checks.register(checks.Tags.models)
def check_managers(
    app_configs: Iterable[AppConfig] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """Check each model that has a VinylManager."""
    if app_configs is None:
        models: list[Any] = apps.get_models()
    else:
        models = [model for config in app_configs for model in config.get_models()]
    return [message for model in models for message in _check_model(model)]


# What only Django's own connections have, and what it means to an entry of vinyl's.
_FOR_DJANGO = {
    "ATOMIC_REQUESTS": "Django would open a connection of its own to it in each request",
    "CONN_MAX_AGE": "its pools go by max_lifetime and max_idle of OPTIONS['pool']",
}


@checks.register(checks.Tags.async_support)
def check_databases(**kwargs: Any) -> list[checks.CheckMessage]:
    """Check the entries of DATABASES that are vinyl's alone."""
    return [
        checks.Warning(
            f"DATABASES[{alias!r}] has {name}={entry[name]!r}; {meaning}.",
            hint=f"Write it in DATABASES[{alias.removeprefix(PREFIX)!r}], or leave it out.",
            id="vinyl.W002",
        )
        for alias, entry in connections.settings.items()
        if alias.startswith(PREFIX) and alias.removeprefix(PREFIX) in connections.settings
        for name, meaning in _FOR_DJANGO.items()
        if entry.get(name)
    ]


def _check_model(model: type[Model]) -> Iterator[checks.CheckMessage]:
    declared = getattr_static(model, "_vinyl_manager", None)
    if declared is None or model._meta.swapped:
        return
    yield from _check_fields(model)
    given: dict[str, type | None] = {}
    for argument, in_async in (("model", True), ("sync_model", False)):
        if getattr(declared, argument) is None:
            continue
        try:
            given[argument] = declared.custom_class(in_async)
        except TypeError as error:
            yield checks.Error(str(error), obj=model, id="vinyl.E002")
        except Exception as error:  # noqa: BLE001 - a module may fail in any way
            yield _not_imported(model, argument, getattr(declared, argument), error)
    yield from _check_style(model, given.get("sync_model"))
    yield from _check_overrides(model, list(given.values()))


def _check_fields(model: Any) -> Iterator[checks.CheckMessage]:
    fields = model._meta.get_fields()
    # A relation from another model is here by its accessor.
    names = {getattr(field, "get_accessor_name", lambda f=field: f.name)() for field in fields}
    for name in sorted(_ADDED & names):
        yield checks.Warning(
            f"The field {model._meta.object_name}.{name} hides the method {name}() of vinyl's "
            "objects.",
            hint=f"Rename the field, and keep its column: db_column={name!r}.",
            obj=model,
            id="vinyl.W003",
        )


def _not_imported(model: Any, argument: str, path: str, error: Exception) -> checks.Error:
    return checks.Error(
        f"VinylManager({argument}={path!r}) cannot be imported: {type(error).__name__}: {error}",
        hint="Give the dotted path of a subclass of vinyl.VinylModel, or the class itself.",
        obj=model,
        id="vinyl.E001",
    )


def _check_style(model: Any, custom: type | None) -> Iterator[checks.CheckMessage]:
    names = [] if custom is None else async_members(custom)
    if custom is not None and names:
        yield checks.Error(
            f"{custom.__module__}.{custom.__qualname__}, given as VinylManager(sync_model=...), is "
            f"written in async style: {', '.join(names)}.",
            hint="Generate its sync twin: python -m vinyl.unasync SRC DST",
            obj=model,
            id="vinyl.E003",
        )


def _check_overrides(model: Any, given: list[type | None]) -> Iterator[checks.CheckMessage]:
    """Warn once of a model whose own writing is passed by, in a mode or in both."""
    found: list[str] = []
    moves: list[str] = []
    for kind, (names, takes_over) in _WRITES.items():
        overrides = [f"{_name(cls)}.{name}()" for name, cls in _overrides(model, names)]
        if overrides and not (given and all(overridden(each, takes_over) for each in given)):
            found += overrides
            moves.append(_MOVES[kind])
    if found:
        yield checks.Warning(
            f"Objects of {model._meta.object_name}.vinyl do not call {', '.join(found)}.",
            hint=(
                f"Move what it does to {' or '.join(moves)} of a class derived from "
                "vinyl.VinylModel that calls super(), and give that to the manager: "
                "VinylManager(model=...). Where vinyl may leave it out, add 'vinyl.W001' to "
                "SILENCED_SYSTEM_CHECKS."
            ),
            obj=model,
            id="vinyl.W001",
        )


def _overrides(model: Any, names: Iterable[str]) -> Iterator[tuple[str, type]]:
    """Yield each of Django's methods that is overridden, with the class that has it first."""
    for name in names:
        for cls in model.__mro__:
            if name in vars(cls):
                if cls is not Model:
                    yield name, cls
                break


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
