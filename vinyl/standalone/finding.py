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

    def load(self) -> None:
        """
        Import the module, and configure with the object that is named.

        A dict holds configure()'s arguments; a function that takes none is called, and may return
        such a dict. Anything else, as an application, is only to be imported.
        Raises: ConfigurationError.
        """
        if str(self.folder) not in sys.path:
            sys.path.insert(0, str(self.folder))
        name, colon, attribute = self.path.partition(":")
        found: Any = _import(name, self)
        if not colon:
            return
        for part in attribute.split("."):
            try:
                found = getattr(found, part)
            except AttributeError:
                raise ConfigurationError(f"{self}: {name} has no {attribute!r}.") from None
        if inspect.isfunction(found) and not inspect.iscoroutinefunction(found):
            found = found()
        if isinstance(found, Mapping):
            configure(**found)


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
    table: dict[str, Any] | None = document.get("tool", {}).get("vinyl")
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
