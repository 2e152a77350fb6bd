"""One module a database; `driver_for()` picks it, importing the database's library only then."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from vinyl._runtime._async.drivers.base import Connection, Driver, Result
from vinyl.exceptions import MissingDriver

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["Connection", "Driver", "Result", "driver_for"]

# vendor: (class, libraries that the extra of the same name installs)
_DRIVERS = {
    "postgresql": ("PostgreSQLDriver", ("psycopg", "psycopg_pool")),
    "mysql": ("MySQLDriver", ("aiomysql", "pymysql")),
    "sqlite": ("SQLiteDriver", ("aiosqlite",)),
}


def driver_for(wrapper: BaseDatabaseWrapper) -> Driver:
    """
    Return the driver for the database of this wrapper.

    Raises: MissingDriver when its library is not installed; ImproperlyConfigured for a database
    that vinyl has no driver for.
    """
    try:
        class_name, libraries = _DRIVERS[wrapper.vendor]
    except KeyError:
        raise ImproperlyConfigured(
            f"vinyl has no asynchronous driver for DATABASES[{wrapper.alias!r}], whose ENGINE is "
            f"{wrapper.settings_dict['ENGINE']!r} ({wrapper.vendor}). It has them for "
            f"{', '.join(_DRIVERS)}; use the synchronous twin, set_async(False), elsewhere."
        ) from None
    try:
        module = import_module(f"{__name__}.{wrapper.vendor}")
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] not in libraries:
            raise
        raise MissingDriver(
            f"DATABASES[{wrapper.alias!r}] needs the library {exc.name}, which is not installed. "
            f'Install it with: pip install "django-vinyl[{wrapper.vendor}]"'
        ) from exc
    driver: Driver = getattr(module, class_name)(wrapper)
    return driver
