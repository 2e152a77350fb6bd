"""`vinyl.configure()`: Django's settings for a process that has no Django project."""

from __future__ import annotations

import difflib
import os
import threading
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any, Final

from django.conf import ENVIRONMENT_VARIABLE, global_settings, settings
from django.utils.log import configure_logging

from vinyl.exceptions import ConfigurationError, MissingDriver

from .appconfigs import is_class
from .memory import hold
from .modules import missing_part
from .registry import not_there, populate
from .urls import entries_of

Database = str | Mapping[str, Any]

# The file that there is where nothing is said of databases.
FILE = "db.sqlite3"
# What has keywords of its own.
_KEYWORDS = {"DATABASES": "databases", "INSTALLED_APPS": "apps"}
# ENGINE: one of the libraries that Django's backend needs, and vinyl's extra with it.
_LIBRARIES = {
    "postgresql": (("psycopg", "psycopg2"), "postgresql"),
    "postgresql_backend": (("psycopg", "psycopg2"), "postgresql"),
    "mysql": (("MySQLdb",), "mysql"),
    "mysql_backend": (("MySQLdb",), "mysql"),
}

_AS_TEXT = (
    "If it comes from an environment variable, that may not be set; of an object that holds a "
    "URL, write str(...)."
)


class _Default:
    """Nothing was given; what is None may be a variable that is not set."""


_DEFAULT: Final = _Default()
# What configure() was called with, and what kind of error importing apps and models ended in.
_given: dict[str, Any] | None = None
_failed: str | None = None
# Other threads wait until models are imported; a module of models may call configure() itself.
_lock = threading.RLock()


def configure(
    databases: Database | Mapping[str, Database] | _Default = _DEFAULT,
    apps: Iterable[str] = (),
    **django_settings: Any,
) -> None:
    """
    Take the place of settings.py, once a process and before models are imported.

    - `databases`: Django's DATABASES, with a URL in the place of an entry if you like; or the
      URL of the one database. Without it, the file `db.sqlite3` in the working folder.
    - `apps`: apps of Django's and of others by name, as in INSTALLED_APPS, and your own packages,
      whose models are then imported.
    - Django's settings by their names: `TIME_ZONE="Europe/Zurich"`. USE_TZ is on.

    Called again with the same, it does nothing.
    Raises: ConfigurationError in a Django project, when called with something else, and for what
    cannot be; TypeError for an unknown keyword; MissingDriver.
    """
    _check_keywords(django_settings)
    names = _checked_apps(apps)
    # A copy: what is compared with later calls must stay what was given.
    asked = copied({"databases": entries(databases), "apps": names, **django_settings})
    with _lock:
        if _given is not None:
            _check_same(asked)
        else:
            _configure(asked, names, django_settings)


def _configure(asked: dict[str, Any], names: tuple[str, ...], given: dict[str, Any]) -> None:
    global _given, _failed
    _check_no_project()
    _check_there(names)
    _check_drivers(asked["databases"])
    _check_user_model(names, given)
    # Another copy: Django puts its defaults into DATABASES, and vinyl into MIGRATION_MODULES.
    settings.configure(
        **{
            "USE_TZ": True,
            **copied(given),
            "DATABASES": copied(asked["databases"]),
            "INSTALLED_APPS": list(names),
            "MIGRATION_MODULES": dict(given.get("MIGRATION_MODULES", {})),
        }
    )
    _given = asked
    hold(asked["databases"])
    if "LOGGING" in given:
        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    try:
        populate(names)
    except BaseException as error:
        _failed = type(error).__name__
        raise


def is_configured() -> bool:
    """Tell whether configure() has been called in this process."""
    return _given is not None


def copied(value: Any) -> Any:
    """Return a copy of dicts and lists, with what is in them; other objects may be anything."""
    if isinstance(value, dict):
        return {name: copied(each) for name, each in value.items()}
    if isinstance(value, list):
        return [copied(each) for each in value]
    return value


def entries(databases: Database | Mapping[str, Database] | _Default) -> dict[str, dict[str, Any]]:
    """
    Return the DATABASES that are meant by what configure() takes.

    Raises: ConfigurationError.
    """
    if isinstance(databases, _Default):
        databases = f"sqlite:///{FILE}"
    if isinstance(databases, str):
        databases = {"default": databases}
    if not isinstance(databases, Mapping):
        raise ConfigurationError(
            f"databases {_kind(databases)}, and has to be a URL or a dict of databases by alias. "
            + _AS_TEXT
        )
    if "ENGINE" in databases:
        raise ConfigurationError(
            "databases is one entry; write it under its alias, as in Django's DATABASES: "
            "{'default': {'ENGINE': ..., 'NAME': ...}}."
        )
    found: dict[str, dict[str, Any]] = {}
    for alias, given in databases.items():
        found |= _entries(alias, given)
    if "default" not in found:
        raise ConfigurationError(
            f"databases has {', '.join(map(repr, found)) or 'nothing'}, and has to have 'default'."
        )
    return found


def _entries(alias: str, given: Any) -> dict[str, dict[str, Any]]:
    if isinstance(given, str):
        return entries_of(alias, given)
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"databases[{alias!r}] {_kind(given)}; write a URL, or a dict as in Django's "
            "DATABASES: {'default': {'ENGINE': ..., 'NAME': ...}}. " + _AS_TEXT
        )
    engine = given.get("ENGINE")
    if not engine or not isinstance(engine, str):
        said = f"the ENGINE {engine!r}" if engine else "no ENGINE"
        raise ConfigurationError(
            f"databases[{alias!r}] has {said}; write 'django.db.backends.postgresql', "
            "'django.db.backends.mysql' or 'django.db.backends.sqlite3', or a URL."
        )
    return {alias: dict(given)}


def _kind(value: Any) -> str:
    """Say what a value is, not its text: there may be a password in it."""
    if value is None:
        return "is None"
    name = type(value).__name__
    return f"is {name}" if isinstance(value, bytes | bytearray) else f"is a {name}"


def _checked_apps(apps: Iterable[str]) -> tuple[str, ...]:
    if isinstance(apps, str):
        raise ConfigurationError(f"apps={apps!r} has to be a list: apps=[{apps!r}].")
    if not isinstance(apps, Iterable):
        raise ConfigurationError(
            f"apps={apps!r} has to be a list of the dotted names of packages. Leave it out for "
            "none."
        )
    names: tuple[Any, ...] = tuple(apps)
    for name in names:
        if not isinstance(name, str) or not all(map(str.isidentifier, name.split("."))):
            raise ConfigurationError(f"apps has {name!r}; write the dotted names of packages.")
    return names


def _check_there(names: Iterable[str]) -> None:
    """Find what is misspelt before anything is configured, so that it can be mended at once."""
    for name in names:
        module = name.rpartition(".")[0] if is_class(name) else name
        if (missing := missing_part(module)) is not None:
            raise ConfigurationError(not_there(name, missing))


def _check_keywords(given: Mapping[str, Any]) -> None:
    known = [name for name in dir(global_settings) if name.isupper()]
    for name in given:
        if name in _KEYWORDS:
            raise TypeError(f"configure() takes {name} as {_KEYWORDS[name]}=....")
        if name in known:
            continue
        keywords = [*_KEYWORDS.values(), *known]
        close = difflib.get_close_matches(name, keywords, n=1, cutoff=0.8)
        close = close or difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.8)
        # Apps have settings of their own, by any name in capitals.
        if close or not name.isupper():
            hint = f" Did you mean {close[0]}?" if close else ""
            raise TypeError(
                f"configure() got an unknown keyword {name!r}.{hint} It takes databases, apps and "
                "Django's settings by their names, in capitals."
            )


def _check_same(asked: dict[str, Any]) -> None:
    assert _given is not None
    if _failed:
        raise ConfigurationError(
            f"vinyl.configure() was called before, and failed with {_failed} while apps and models "
            "were imported. Mend what it said then, and start the program again (in a notebook, "
            "the kernel): Django can be set up once a process."
        )
    differ = [name for name in _given | asked if _given.get(name) != asked.get(name)]
    if differ:
        raise ConfigurationError(
            f"vinyl.configure() was called before with another value of {', '.join(differ)}. It "
            "holds for the whole process: call it once, in a module that others import."
        )


def _check_no_project() -> None:
    module = os.environ.get(ENVIRONMENT_VARIABLE)
    if not settings.configured and not module:
        return
    found = f"{ENVIRONMENT_VARIABLE} is {module!r}" if module else "its settings are configured"
    raise ConfigurationError(
        "vinyl.configure() takes the place of a Django project's settings, and this process has "
        f"those: {found}. In a Django project leave the call out; vinyl reads DATABASES."
    )


def _check_drivers(databases: Mapping[str, Mapping[str, Any]]) -> None:
    for alias, entry in databases.items():
        libraries, extra = _LIBRARIES.get(entry["ENGINE"].rpartition(".")[2], ((), ""))
        if libraries and not any(map(_is_there, libraries)):
            raise MissingDriver(
                f"The database {alias!r} needs the library {libraries[0]}, which is not "
                f'installed. Install it with: pip install "django-vinyl[{extra}]"'
            )


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ValueError:  # It was put there by hand, as PyMySQL does with MySQLdb.
        return True


def _check_user_model(names: Iterable[str], given: Mapping[str, Any]) -> None:
    """Django's auth wants the user's model as soon as it is loaded."""
    label = str(given.get("AUTH_USER_MODEL", "auth.User")).partition(".")[0]
    named = list(names)
    wants = any(name.startswith("django.contrib.auth") for name in named)
    if wants and label != "auth" and len([n for n in named if not n.startswith("django.")]) == 0:
        raise ConfigurationError(
            f"AUTH_USER_MODEL is {given['AUTH_USER_MODEL']!r}, and apps does not name the package "
            f"that has it: write apps=[..., 'your.{label}']."
        )
