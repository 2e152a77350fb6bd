"""Which package a module of models belongs to, and the app label that follows from it."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

# What a package calls the part of it that holds its models; no package of its own.
MODELS = "models"
# What a package's `__init__` may say, on one line, in place of the default.
LABEL = "app_label"
# The app of a notebook or a prompt, where there is no file to name it after.
NOTEBOOK = "main"


class Home(NamedTuple):
    """The package that a module's models belong to, or the single file."""

    package: str
    label: str
    # No folder of its own: its migrations lie beside it, in `<label>_migrations`.
    is_file: bool


def home_of(module: ModuleType) -> Home:
    """
    Return the package of a module, and the label that it has by default.

    `service.auth.accounts.models` is in `service.auth.accounts`, whose label is `accounts`.
    """
    if module.__name__ in {"__main__", "__mp_main__"}:  # The latter in multiprocessing's children.
        return _home_of_main(module)
    return _home(module.__name__, is_package=hasattr(module, "__path__"))


def _home(name: str, *, is_package: bool) -> Home:
    parts = name.split(".")
    if not is_package:
        if len(parts) == 1:
            return Home(name, as_label(name), is_file=True)
        parts.pop()
    # `models`, or a package `models` with modules in it; a package that is only that stays.
    while MODELS in parts[1:]:
        parts = parts[: parts.index(MODELS, 1)]
    return Home(".".join(parts), as_label(parts[-1]), is_file=False)


def _home_of_main(module: ModuleType) -> Home:
    """Return what a program's module is in when it is imported by its own name."""
    spec = getattr(module, "__spec__", None)
    if spec is not None:  # python -m package.module
        name, _, last = spec.name.rpartition(".")
        if name and last == "__main__":
            return _home(name, is_package=True)
        return _home(spec.name, is_package=False)
    if (path := getattr(module, "__file__", None)) is not None:
        stem = Path(path).stem
        return Home(stem, as_label(stem), is_file=True)
    return Home("__main__", NOTEBOOK, is_file=True)


def as_label(name: str) -> str:
    """Return a name as Python takes it; a program's file may be called anything."""
    label = re.sub(r"\W", "_", name)
    return label if label.isidentifier() else f"_{label}"
