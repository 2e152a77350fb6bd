"""
Django's registry of apps, to which packages of models add themselves.

Django looks up the app of each model that is defined by `apps.get_containing_app_config()`, and
hands the finished class to `apps.register_model()`. `Registry` is Django's class with these two
extended; `configure()`, in a process that has no Django project, makes the registry one of it.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule

from vinyl.exceptions import ConfigurationError

from .appconfigs import app_of, check_label, has_config, is_class
from .labels import LABEL, MODELS, Home, home_of
from .modules import spec_of

_adding = threading.Lock()


class PackageConfig(AppConfig):
    """The app that a package of models is, or a single file of them."""

    def __init__(self, home: Home, module: ModuleType, label: str) -> None:
        self.label = label
        self.path = _folder(module)
        super().__init__(home.package, module)
        self.home = home


class FurtherConfig(PackageConfig):
    """The app of models that say another label than their package has, in `Meta.app_label`."""

    def __init__(self, home: Home, module: ModuleType, label: str) -> None:
        super().__init__(home, module, label)
        # Not the package's, whose models have its own label.
        self.name = f"{home.package}.{label}"
        # Other packages may have models of the label, too.
        self.homes = [home]


class Configs(dict[str, AppConfig]):
    """The apps by label; whoever goes through them does so while models are imported."""

    def values(self) -> Any:
        """Return the apps that there are at this moment."""
        return list(super().values())


class Registry(Apps):
    """Django's registry, where a package is an app from its first model on."""

    # Packages that `apps` names, which are apps even inside of another one.
    _named: set[str]
    # Labels whose migrations have been looked for here, rather than named by the user.
    _placed: set[str]
    # Apps of packages that have had no model yet, except perhaps abstract ones.
    _waiting: dict[str, PackageConfig]

    def get_containing_app_config(self, object_name: str) -> AppConfig | None:
        """Return the app of a module; a package that is in none becomes one."""
        found = super().get_containing_app_config(object_name)
        module = sys.modules.get(object_name)
        if found is None:
            _check_named(object_name)
        if module is None or _is_djangos(object_name):
            return found
        home = home_of(module)
        if found is not None and (found.name == home.package or self._contains(found, home)):
            return found
        return self._own_config(home, module)

    def register_model(self, app_label: str, model: Any) -> None:
        """Take a model; with the first one, its package's app is there."""
        module = sys.modules.get(model.__module__)
        if module is not None and not _is_djangos(model.__module__):
            self._settle(app_label, model, home_of(module))
        super().register_model(app_label, model)

    def take_in(self, names: Iterable[str]) -> None:
        """Import packages of models, and make each an app even if it has none."""
        self._named = set(names)
        for name in names:
            module = _import_app(name)
            if hasattr(module, "__path__") and module_has_submodule(module, MODELS):
                import_module(f"{name}.{MODELS}")
            config = self.get_containing_app_config(name)
            if config is not None and self.app_configs.get(config.label) is not config:
                self._refuse_clash(config.label, home_of(module))
                self._add(config, module)

    def _contains(self, found: AppConfig, home: Home) -> bool:
        """Tell whether an app has the packages in it, too: one with an AppConfig, as in Django."""
        return not isinstance(found, PackageConfig) and home.package not in self._named

    def _own_config(self, home: Home, module: ModuleType) -> AppConfig:
        known = next((c for c in self.app_configs.values() if c.name == home.package), None)
        if known is not None:
            return known
        if home.package not in self._waiting:
            if not home.is_file and has_config(home.package):
                config = app_of(home.package)
                self._refuse_clash(config.label, home)
                self._add(config, sys.modules.get(home.package, module))
                return config
            package = sys.modules.get(home.package, module)  # A program goes by another name.
            label = getattr(package, LABEL, home.label)
            check_label(label, home.package)
            self._waiting[home.package] = PackageConfig(home, package, label)
        return self._waiting[home.package]

    def _settle(self, label: str, model: Any, home: Home) -> None:
        """Make sure that there is an app of this label, and that it is the model's."""
        module = sys.modules[model.__module__]
        there = self.app_configs.get(label)
        own = self._waiting.get(home.package)
        if own is not None and own.label == label:
            if "app_label" not in model._meta.original_attrs or there is None:
                self._refuse_clash(label, home)
            if there is None or isinstance(there, FurtherConfig):
                del self._waiting[home.package]
                self._add(own, module)
        elif there is None:
            check_label(label, home.package)
            self._add(FurtherConfig(home, module, label), module)
        elif isinstance(there, FurtherConfig) and home not in there.homes:
            there.homes.append(home)
            self._find_migrations(there)

    def _refuse_clash(self, label: str, home: Home) -> None:
        there = self.app_configs.get(label)
        if there is None or isinstance(there, FurtherConfig) or there.name == home.package:
            return
        raise ConfigurationError(
            f"Two packages have the app label {label!r}: {there.name} and {home.package}. Give one "
            f'of them another, for example by the line `{LABEL} = "{_longer(home.package)}"` in '
            f"{_init_of(home)}."
        )

    def _add(self, config: AppConfig, models_module: ModuleType) -> None:
        # Not the lock of Django's: whoever fills the registry has that, and may wait for the import
        # of models in this thread.
        with _adding:
            config.apps = self
            config.models = self.all_models[config.label]
            config.models_module = models_module
            self.app_configs[config.label] = config
            if isinstance(config, PackageConfig):
                self._find_migrations(config)
        self.clear_cache()

    def _find_migrations(self, config: PackageConfig) -> None:
        """Tell Django where migrations are that are not in the package `migrations` of one."""
        known = settings.MIGRATION_MODULES
        if config.label in known and config.label not in self._placed:
            return
        self._placed.add(config.label)
        name = migrations_of(config)
        if name == f"{config.name}.migrations":
            known.pop(config.label, None)
        else:
            known[config.label] = name if spec_of(name) else None


class _Reader(AppConfig):
    """Stand among the apps while their models are imported, to import those of packages."""

    label = "vinyl"

    def __init__(self, registry: Registry, names: Iterable[str]) -> None:
        super().__init__("vinyl", sys.modules["vinyl"])
        self.registry = registry
        self.names = names

    def import_models(self) -> None:
        """Import the packages, now that Django knows all other apps."""
        del self.registry.app_configs[self.label]
        self.registry.take_in(self.names)


def populate(names: Iterable[str]) -> None:
    """
    Fill Django's registry with the apps of these names, and let packages add themselves.

    What is an app by an AppConfig, or is Django's, is loaded as Django does.
    """
    registry: Any = apps
    registry.__class__ = Registry
    registry.app_configs = Configs(registry.app_configs)
    registry._named = set()
    registry._placed = set()
    registry._waiting = {}
    own = [name for name in names if not (_is_djangos(name) or is_class(name) or has_config(name))]
    stock = [name if _is_djangos(name) else app_of(name) for name in names if name not in own]
    registry.populate([*stock, _Reader(registry, own)])


def migrations_of(config: PackageConfig) -> str:
    """
    Return the module that holds an app's migrations, or is to hold them.

    Raises: ConfigurationError where there are two.
    """
    places = places_of(config)
    there = [name for name in places if len(places) > 1 and spec_of(name)]
    if len(there) > 1:
        raise ConfigurationError(
            f"There are migrations of the app label {config.label!r} in two places: "
            f"{' and '.join(there)}. Keep one of them, or say which counts: "
            f"vinyl.configure(MIGRATION_MODULES={{{config.label!r}: {there[0]!r}}})."
        )
    return (there or places)[0]


def places_of(config: PackageConfig) -> list[str]:
    """Return the modules that may hold an app's migrations, that of its first package first."""
    if isinstance(config, FurtherConfig):
        return [_beside(home, config.label) for home in config.homes]
    if config.home.is_file:
        return [_beside(config.home, config.label)]
    return [f"{config.home.package}.migrations"]


def _beside(home: Home, label: str) -> str:
    folder = home.package.rpartition(".")[0] if home.is_file else home.package
    return f"{folder}.{label}_migrations".lstrip(".")


def _import_app(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise ConfigurationError(not_there(name, error.name)) from error


def not_there(name: str, missing: str) -> str:
    """Return what to say of an entry of `apps` that is no module, because a part of it is none."""
    return (
        f"apps names {name!r}, and there is no module {missing!r}. Write the dotted name of a "
        "package or module that can be imported from here."
    )


def _is_djangos(name: str) -> bool:
    return name.partition(".")[0] == "django"


def _check_named(module: str) -> None:
    """Say of Django's own models how to have them; all of its apps have concrete ones."""
    if match := re.fullmatch(r"(django\.contrib\.\w+)\.models", module):
        raise ConfigurationError(
            f"{module} is imported, and {match[1]} is none of the apps. Write "
            f"vinyl.configure(apps=[{match[1]!r}, ...])."
        )


def _folder(module: ModuleType) -> str:
    paths = list(getattr(module, "__path__", []))
    if not paths and (file := getattr(module, "__file__", None)):
        paths = [str(Path(file).resolve().parent)]
    return paths[0] if paths else str(Path.cwd())


def _longer(package: str) -> str:
    return "_".join(package.split(".")[-2:]) if "." in package else f"{package}_app"


def _init_of(home: Home) -> str:
    path = home.package.replace(".", "/")
    return f"{path}.py" if home.is_file else f"{path}/__init__.py"
