"""The AppConfig of a package, in its module `apps`, where Django looks for it."""

from __future__ import annotations

import re
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured

from vinyl.exceptions import ConfigurationError

from .labels import LABEL, MODELS
from .modules import source_of, spec_of

# A class that Django may take for an AppConfig: it, or one by the name that heirs of it have.
_CONFIG = re.compile(r"Config\b")


def is_class(name: str) -> bool:
    """Tell whether an entry of `apps` names an AppConfig, rather than a package."""
    return name.rpartition(".")[2][:1].isupper()


def has_config(name: str) -> bool:
    """Tell whether Django would find an AppConfig in a package's `apps`, which may be anything."""
    spec = spec_of(f"{name}.apps")
    if spec is None:
        return False
    source = source_of(spec)
    return source is None or _CONFIG.search(source) is not None


def app_of(name: str) -> AppConfig:
    """Make the app of an AppConfig, or of the package of one; the line there says its label."""
    try:
        config = AppConfig.create(name)
    except (AppRegistryNotReady, ImproperlyConfigured, ImportError) as error:
        if (told := _told(name, error)) is None:
            raise
        raise ConfigurationError(told) from error
    label = getattr(config.module, LABEL, config.label)
    if label != config.label and hasattr(type(config), "label"):
        raise ConfigurationError(
            f"{config.name} has two app labels: {config.label!r} in {type(config).__name__}, and "
            f"{label!r} in its __init__. Leave one of them out."
        )
    check_label(label, config.name)
    config.label = label
    return config


def _told(name: str, error: Exception) -> str | None:
    """Return what to say where Django finds no AppConfig; None for an error of the user's code."""
    if isinstance(error, AppRegistryNotReady):
        module = name.rpartition(".")[0] if is_class(name) else f"{name}.apps"
        package, _, models = module.rpartition(f".{MODELS}")
        if package and not models:
            return f"apps names {name!r}, which is no AppConfig. Write the package: {package!r}."
        return (
            f"{module}, where Django looks for an AppConfig before it loads models, imports "
            "models, or its package does. Import them inside of ready(); or give the module "
            "another name, if it has no AppConfig."
        )
    djangos = isinstance(error, ImproperlyConfigured) or (
        type(error) is ImportError and error.name is None
    )
    return f"apps names {name!r}: {error}" if djangos else None


def check_label(label: Any, package: str) -> None:
    """Raise ConfigurationError for a label that cannot begin names of tables."""
    if not isinstance(label, str) or not label.isidentifier():
        raise ConfigurationError(
            f"The app label {label!r} of {package} is no name: write letters, digits and "
            "underscores."
        )
