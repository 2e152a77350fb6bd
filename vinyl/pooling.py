"""What a pool of connections is told by the settings, and what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["PoolOptions", "PoolStats"]

# Seconds a connection may have been idle without being asked for a sign of life before use.
CHECK_AFTER = 30.0

# Options of psycopg_pool for its own workings, which need no counterpart here.
_IGNORED = {"check", "close_returns", "name", "num_workers", "open", "reconnect_timeout"}
# The least values of options that are counts; the others are seconds, and more than 0.
_LEAST = {"min_size": 0, "max_size": 1, "max_waiting": 0}


class PoolStats(NamedTuple):
    """How a pool is doing: connections open or being opened, idle ones, callers waiting."""

    size: int
    idle: int
    waiting: int
    max_size: int


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """What DATABASES[alias]["OPTIONS"]["pool"] says, spelled as for Django; times in seconds."""

    min_size: int = 0
    max_size: int = 10
    timeout: float = 30.0
    max_waiting: int = 0
    max_idle: float = 600.0
    max_lifetime: float = 3600.0
    check_after: float = CHECK_AFTER

    @classmethod
    def of(cls, wrapper: BaseDatabaseWrapper, **defaults: Any) -> PoolOptions:
        """
        Read the options of a database.

        Raises: ImproperlyConfigured for an option that cannot be honoured.
        """
        where = f"DATABASES[{wrapper.alias!r}]['OPTIONS']['pool']"
        given = _given(wrapper, where)
        if wrapper.settings_dict.get("CONN_HEALTH_CHECKS"):
            defaults.setdefault("check_after", 0.0)
        values = defaults | given
        if values.get("max_size", 0) is None:  # psycopg_pool: a pool of fixed size
            values["max_size"] = values.get("min_size", 4)
        options = cls(**values)
        if options.max_size < max(options.min_size, 1):
            raise ImproperlyConfigured(
                f"{where} has min_size={options.min_size} and "
                f"max_size={given.get('max_size', options.max_size)}; write "
                "0 <= min_size <= max_size, max_size >= 1."
            )
        return options


_POOL_FIELDS = frozenset(PoolOptions.__dataclass_fields__) - {"check_after"}


def _given(wrapper: BaseDatabaseWrapper, where: str) -> dict[str, Any]:
    """Return the options that the settings have, each looked at by itself."""
    given = wrapper.settings_dict["OPTIONS"].get("pool")
    if given is None or isinstance(given, bool):
        return {}
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(
            f"{where} is {given!r}; write True or a dict of options, as in {{'max_size': 10}}."
        )
    for name, value in given.items():
        if name in _POOL_FIELDS:
            _check(name, value, where)
        elif name not in _IGNORED:
            raise ImproperlyConfigured(
                f"{where} has {name!r}, which vinyl's pools do not know; they know "
                f"{', '.join(sorted(_POOL_FIELDS))}. To keep it for Django, give vinyl an entry of "
                f"its own, DATABASES['vinyl_{wrapper.alias}']."
            )
    return {name: value for name, value in given.items() if name in _POOL_FIELDS}


def _check(name: str, value: Any, where: str) -> None:
    if name == "max_size" and value is None:
        return
    least = _LEAST.get(name)
    if least is None:
        # Not a number is not greater than 0, either.
        right = isinstance(value, int | float) and value > 0
        allowed = f"a number of seconds, {name} > 0"
    else:
        right = isinstance(value, int) and value >= least
        allowed = f"a whole number, {name} >= {least}"
    if isinstance(value, bool) or not right:
        raise ImproperlyConfigured(f"{where}[{name!r}] is {value!r}; write {allowed}.")
