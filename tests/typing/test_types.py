"""What type checkers are told is what there is; mypy reads the package and the samples."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_overloads

import pytest

import vinyl.manager
from vinyl._runtime._async.typed import DjangoNames, DjangoQuerySetNames

ROOT = Path(__file__).resolve().parents[2]
TWINS = ("_async", "_sync")
CLASSES = (("queryset", "QuerySet"), ("manager", "Manager"), ("raw", "RawQuerySet"))
# What is there for Django itself, or stands in Django for what vinyl has under another name.
NOT_FOR_USERS = {
    *("as_manager", "resolve_expression", "totally_ordered"),
    *("auto_created", "check", "contribute_to_class", "creation_counter", "db_manager"),
    *("deconstruct", "from_queryset", "is_of_twin", "is_plain", "name", "use_in_migrations"),
    *("model_fields", "params", "raw_query", "resolve_model_init_order", "translations"),
}


DRIVERS = ("psycopg", "psycopg_pool", "aiomysql", "MySQLdb", "aiosqlite")


@pytest.mark.skipif(
    not all(map(find_spec, DRIVERS)),
    reason="mypy reads the types of all drivers, also of other databases",
)
@pytest.mark.parametrize(
    "arguments", [[], ["--config-file", "tests/typing/plugin.toml"]], ids=["package", "plugin"]
)
def test_mypy_has_no_complaint(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def typed_and_real(twin: str, module: str, name: str) -> tuple[type[Any], type[Any]]:
    typed = getattr(import_module(f"vinyl.{twin}.typed"), name)
    return typed, getattr(import_module(f"vinyl.{twin}.{module}"), name)


def public(cls: type[Any]) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")} - NOT_FOR_USERS


@pytest.mark.parametrize(("module", "name"), CLASSES)
@pytest.mark.parametrize("twin", TWINS)
def test_checkers_know_every_method(twin: str, module: str, name: str) -> None:
    typed, real = typed_and_real(twin, module, name)
    # The sync twin has them only to refuse them.
    refused = public(DjangoNames) | public(DjangoQuerySetNames) if twin == "_sync" else set()
    assert public(real) - refused - public(typed) == set()


@pytest.mark.parametrize(("module", "name"), CLASSES)
@pytest.mark.parametrize("twin", TWINS)
def test_checkers_know_no_other_arguments(twin: str, module: str, name: str) -> None:
    typed, real = typed_and_real(twin, module, name)
    attributes = {"db", "model", "ordered", "query"}
    differing = {
        name: (told, there)
        for name in public(typed) - attributes
        if not is_refused(getattr(real, name))
        and (told := parameters(getattr(typed, name))) != (there := parameters(getattr(real, name)))
    }
    assert differing == {}


@pytest.mark.parametrize("twin", TWINS)
def test_checkers_know_what_managers_of_relations_take(twin: str) -> None:
    typed = import_module(f"vinyl.{twin}.typed").RelatedManager
    one, many, generic = (
        getattr(import_module(f"vinyl.{twin}.{module}"), name)
        for module, name in (
            ("related", "NullableManager"),
            ("related_many", "ManyManager"),
            ("related_generic", "GenericManager"),
        )
    )
    for name in ("__call__", "add", "remove", "set", "clear"):
        told = set(parameters(getattr(typed, name)))
        assert told == {
            arg for cls in (one, many, generic) for arg in parameters(getattr(cls, name))
        }


def is_refused(function: Any) -> bool:
    """Tell whether a method of Django's is there only to say that it is not native yet."""
    return getattr(function, "__qualname__", "").startswith("refused.")


def parameters(function: Any) -> list[str]:
    """Return the arguments of a method, those of all its overloads."""
    if not callable(function):
        return []
    found: dict[str, None] = {}
    for each in get_overloads(function) or [function]:
        found |= dict.fromkeys(inspect.signature(each).parameters)
    return list(found)


def test_checkers_know_the_arguments_of_the_manager_in_a_model() -> None:
    typed = import_module("vinyl._async.typed").VinylManager
    real = vinyl.manager.VinylManager
    assert set(parameters(typed.__init__)) == set(parameters(real.__init__))


def test_what_models_derive_from_is_djangos() -> None:
    from django.db import models

    told: Any = import_module("vinyl.typing")
    assert told.Model is models.Model
    assert told.VinylManager is told.SyncVinylManager is vinyl.manager.VinylManager
