"""Pick the twin of a mode; its modules are imported when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from vinyl.mode import is_async


@cache
def _module(path: str) -> ModuleType:
    return import_module(path)


def twin(in_async: bool) -> Any:
    """Return the twin of a mode."""
    return _module("vinyl._async.twin" if in_async else "vinyl._sync.twin").TWIN


def twin_module(name: str, in_async: bool) -> ModuleType:
    """Return a module of the twin of a mode."""
    return _module(f"vinyl.{'_async' if in_async else '_sync'}.{name}")


def runtime(name: str) -> ModuleType:
    """Return a module of the hand-written pair for the mode of the moment."""
    side = "_async" if is_async() else "_sync"
    return _module(f"vinyl._runtime.{side}.{name}")
