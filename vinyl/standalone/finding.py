"""Find the configuration that a command is for: `--config`, or `[tool.vinyl]` in pyproject.toml."""

from __future__ import annotations

import inspect
import sys
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from vinyl.exceptions import ConfigurationError

from .configuring import configure

FILE = "pyproject.toml"
_WRITE = (
    "Write --config package.module, where that module calls vinyl.configure(), or in "
    'pyproject.toml [tool.vinyl] config = "package.module".'
)


class Target(NamedTuple):
    """A module, perhaps an object in it, and the folder to import it from."""

    path: str
    folder: Path
    said_by: str

    def __str__(self) -> str:
        return f"{self.path} ({self.said_by})"

    def load(self) -> Any:
        """
        Import the module, and configure with the object that is named.

        A dict holds configure()'s arguments; a function that takes none is called, and may return
        such a dict. Anything else, as an application, is only to be imported.
        Returns: what was only imported, if an object was named.
        Raises: ConfigurationError.
        """
        if str(self.folder) not in sys.path:
            sys.path.insert(0, str(self.folder))
        name, colon, attribute = self.path.partition(":")
        found: Any = _import(name, self)
        if not colon:
            return None
        for part in attribute.split("."):
            try:
                found = getattr(found, part)
            except AttributeError:
                raise ConfigurationError(f"{self}: {name} has no {attribute!r}.") from None
        if _is_to_be_called(found):
            found = found()
            if not isinstance(found, Mapping):
                return None
        if not isinstance(found, Mapping):
            return found
        configure(**found)
        return None


def _is_to_be_called(found: Any) -> bool:
    if not inspect.isfunction(found) or inspect.iscoroutinefunction(found):
        return False
    try:
        inspect.signature(found).bind()
    except TypeError:
        return False
    return True


def not_called(found: Any) -> str:
    """Say why an object that was named has been imported only."""
    if inspect.iscoroutinefunction(found):
        kind = "coroutine function"
    elif inspect.isfunction(found):
        kind = "function with parameters"
    else:
        kind = type(found).__name__
    if not callable(found):
        return f" It is a {kind}."
    return (
        f" It is a {kind}, which is not called, as it may be an application: only a function "
        "without parameters is."
    )


def target_of(config: str | None) -> Target:
    """
    Return what `--config` names, else what the nearest pyproject.toml does.

    Raises: ConfigurationError.
    """
    if config is not None:
        return Target(_checked(config, "--config"), Path.cwd(), "--config")
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / FILE).is_file() and (table := _table(folder / FILE)) is not None:
            said_by = f"[tool.vinyl] of {folder / FILE}"
            unknown = table.keys() - {"config"}
            if unknown or "config" not in table:
                raise ConfigurationError(
                    f"{said_by} has {', '.join(sorted(table)) or 'nothing'}, and may have config "
                    "alone. " + _WRITE
                )
            return Target(_checked(table["config"], said_by), folder, said_by)
    raise ConfigurationError("There is nothing that says where the configuration is. " + _WRITE)


def _table(path: Path) -> dict[str, Any] | None:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    where: Any = document
    for depth, name in enumerate(("tool", "vinyl"), 1):
        where = where.get(name)
        if where is None:
            return None
        if not isinstance(where, dict):
            said = ".".join(("tool", "vinyl")[:depth])
            raise ConfigurationError(
                f"{path} has {said} = {where!r}, where a table has to be: [tool.vinyl]. {_WRITE}"
            )
    table: dict[str, Any] = where
    return table


def _checked(config: Any, said_by: str) -> str:
    name, _, attribute = config.partition(":") if isinstance(config, str) else ("", "", "")
    parts = [*name.split("."), *(attribute.split(".") if attribute else ())]
    if not all(part.isidentifier() for part in parts) or str(config).endswith(":"):
        raise ConfigurationError(f"{said_by} says {config!r}, which names no module. " + _WRITE)
    return str(config)


def _import(name: str, target: Target) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise ConfigurationError(
            f"{target}: there is no module {error.name!r} in {target.folder}."
        ) from error
