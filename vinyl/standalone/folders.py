"""Where makemigrations writes: a package `migrations` beside the models of each app."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.migrations.loader import MIGRATIONS_MODULE_NAME

from vinyl.exceptions import ConfigurationError

from .modules import spec_of
from .registry import FurtherConfig, PackageConfig, places_of


@contextmanager
def migration_folders(labels: Collection[str], root: Path) -> Iterator[None]:
    """
    Let each app of the user's, or those of these labels, have a package for its migrations.

    Django asks for one, or for the app's label on the command line. Those that stay empty are
    taken away again. Packages that are named and nowhere are made in the folder `root`.
    Raises: ConfigurationError where one cannot be written, and where there is no model at all.
    """
    own = [config for config in apps.get_app_configs() if _is_own(config)]
    if not any(config.models for config in apps.get_app_configs()):
        raise ConfigurationError(
            "No model has been imported. Import the modules of your models where vinyl.configure() "
            "is called, below it, or name their packages: vinyl.configure(apps=[...])."
        )
    made: list[Path] = []
    folder = root
    try:
        for config in own:
            if config.models and (not labels or config.label in labels):
                for folder in _folders(config, root):
                    if _make_package(folder):
                        made.append(folder)
        importlib.invalidate_caches()
        yield
    except OSError as error:
        raise ConfigurationError(
            f"Migrations cannot be written to {error.filename or folder}: {error.strerror}. They "
            "are kept beside their package; make the folder writable, or name another module in "
            "vinyl.configure(MIGRATION_MODULES={label: module})."
        ) from error
    finally:
        for folder in reversed(made):
            _remove_if_empty(folder)


def _is_own(config: AppConfig) -> bool:
    """Tell whether an app is written here: not Django's, nor any that has been installed."""
    if config.name.partition(".")[0] == "django":
        return False
    return not {"site-packages", "dist-packages"} & set(Path(config.path).parts)


def _folders(config: AppConfig, root: Path) -> list[Path]:
    """Return where an app's migrations are, and the packages above it to be made."""
    known: dict[str, Any] = settings.MIGRATION_MODULES
    if isinstance(config, PackageConfig) and known.get(config.label, "") is None:
        known[config.label] = _new_place(config)
    name = known.get(config.label) or f"{config.name}.{MIGRATIONS_MODULE_NAME}"
    parts = name.split(".")
    if isinstance(config, PackageConfig) and name == places_of(config)[0]:
        return [Path(config.path) / parts[-1]]
    above, missing = root, parts
    for depth in range(1, len(parts)):
        package = ".".join(parts[:depth])
        if (spec := spec_of(package)) is None:
            break
        if not spec.submodule_search_locations:
            raise ConfigurationError(
                f"MIGRATION_MODULES names {name!r} for {config.label!r}, and {package} is no "
                "package. Write the dotted name of one that is there, or that can be made."
            )
        above, missing = Path(next(iter(spec.submodule_search_locations))), parts[depth:]
    return [above.joinpath(*missing[:depth]) for depth in range(1, len(missing) + 1)]


def _new_place(config: PackageConfig) -> str:
    places = places_of(config)
    if isinstance(config, FurtherConfig) and len(places) > 1:
        packages = " and ".join(home.package for home in config.homes)
        raise ConfigurationError(
            f"The app label {config.label!r} is that of models in {packages}. Say where its "
            "migrations are to be, whichever is imported first: "
            f"vinyl.configure(MIGRATION_MODULES={{{config.label!r}: {places[0]!r}}})."
        )
    return places[0]


def _make_package(folder: Path) -> bool:
    """Make a package, if there is none; tell whether it was made."""
    if (folder / "__init__.py").exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()
    return True


def _remove_if_empty(folder: Path) -> None:
    if any(folder.glob("[0-9a-zA-Z]*")):
        return
    (folder / "__init__.py").unlink(missing_ok=True)
    for cache in folder.glob("__pycache__/__init__.*"):
        cache.unlink()
    for empty in (folder / "__pycache__", folder):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
