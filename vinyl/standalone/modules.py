"""Look for modules without importing any: they may define models, before there are apps."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any


def spec_of(name: str) -> ModuleSpec | None:
    """Return where a module is, or None."""
    return _walk(name)[1]


def missing_part(name: str) -> str | None:
    """
    Return the first part of a dotted name that is no module; None where all are.

    None, too, where only importing can tell: a package may look for its modules in other folders.
    """
    part, spec, parent = _walk(name)
    if spec is not None or (parent is not None and "__path__" in (source_of(parent) or "")):
        return None
    return part


def source_of(spec: ModuleSpec) -> str | None:
    """Return the text of a module, which a folder has none of; None where it cannot be read."""
    if spec.loader is None:
        return ""
    read: Any = getattr(spec.loader, "get_source", lambda name: None)
    try:
        text: str | None = read(spec.name)
    except ImportError:  # Importing the module tells more.
        return None
    return text


def _walk(name: str) -> tuple[str, ModuleSpec | None, ModuleSpec | None]:
    """Return a module, or the first part of its name that is none, with its parent."""
    full, spec, parent = "", None, None
    for part in name.split("."):
        parent = spec
        full = f"{full}.{part}" if full else part
        spec = _found(full, parent)
        if spec is None:
            break
    return full, spec, parent


def _found(name: str, parent: ModuleSpec | None) -> ModuleSpec | None:
    if (module := sys.modules.get(name)) is not None:
        return getattr(module, "__spec__", None) or _made(name, getattr(module, "__path__", None))
    path = None if parent is None else list(parent.submodule_search_locations or [])
    try:
        specs = (f.find_spec(name, path) for f in sys.meta_path if hasattr(f, "find_spec"))
        return next(filter(None, specs), None)
    except KeyError:
        # A folder without __init__.py, whose spec asks for its parent among the modules.
        folders = [Path(folder, name.rpartition(".")[2]) for folder in path or ()]
        return _made(name, [str(folder) for folder in folders if folder.is_dir()])


def _made(name: str, path: list[str] | None) -> ModuleSpec:
    spec = ModuleSpec(name, None, is_package=path is not None)
    if path is not None:
        spec.submodule_search_locations = list(path)
    return spec
