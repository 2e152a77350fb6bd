"""Databases as URLs: what Django has as an entry of `DATABASES`, on one line."""

from __future__ import annotations

import difflib
import math
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from vinyl.exceptions import ConfigurationError

Entry = dict[str, Any]

# Options of a pool, and what kind of number each is.
POOL: dict[str, type] = {
    "min_size": int,
    "max_size": int,
    "timeout": float,
    "max_waiting": int,
    "max_idle": float,
    "max_lifetime": float,
}


class Kind(NamedTuple):
    """A kind of database: its engines, and the options of the driver that a URL may have."""

    engine: str
    pooled_engine: str
    options: frozenset[str]


# libpq's, and those that Django adds.
_POSTGRESQL_OPTIONS = """
    application_name assume_role channel_binding client_encoding connect_timeout
    fallback_application_name gssencmode hostaddr isolation_level keepalives keepalives_count
    keepalives_idle keepalives_interval krbsrvname load_balance_hosts options passfile require_auth
    server_side_binding service ssl_max_protocol_version ssl_min_protocol_version sslcert
    sslcertmode sslcompression sslcrl sslcrldir sslkey sslmode sslnegotiation sslpassword
    sslrootcert sslsni target_session_attrs tcp_user_timeout
"""
_MYSQL_OPTIONS = """
    charset collation connect_timeout init_command isolation_level read_default_file
    read_default_group sql_mode unix_socket
"""
_POSTGRESQL = Kind(
    "django.db.backends.postgresql",
    "vinyl.postgresql_backend",
    frozenset(_POSTGRESQL_OPTIONS.split()),
)
_MYSQL = Kind(
    "django.db.backends.mysql",
    "vinyl.mysql_backend",
    frozenset(_MYSQL_OPTIONS.split()),
)
_SQLITE = Kind(
    "vinyl.sqlite_backend",
    "vinyl.sqlite_backend",
    frozenset({"init_command", "transaction_mode"}),
)
KINDS = {
    "postgresql": _POSTGRESQL,
    "postgres": _POSTGRESQL,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "sqlite": _SQLITE,
}
_NUMBERS = {"connect_timeout"}
_BOOLEANS = {"server_side_binding"}
_WORDS = {
    **dict.fromkeys(("1", "true", "on", "yes"), True),
    **dict.fromkeys(("0", "false", "off", "no"), False),
}
# The number that psycopg.IsolationLevel has for a name; Django's backend for MySQL takes names.
_LEVELS = {
    "read uncommitted": 1,
    "read committed": 2,
    "repeatable read": 3,
    "serializable": 4,
}
_FORMS = (
    "postgresql://user:password@host:5432/name, mysql://user:password@host:3306/name or "
    "sqlite:///file.sqlite3"
)


def entries_of(alias: str, url: str) -> dict[str, Entry]:
    """
    Return the entries of `DATABASES` that a URL means: the alias, and one for its pool.

    Options in the query that are named as a pool's are the pool's; others are the driver's.
    Raises: ConfigurationError, without what the URL says of passwords.
    """
    parts = _split(alias, url)
    kind = KINDS[parts.scheme]
    query = _query(alias, parts)
    pool = {name: query.pop(name) for name in POOL if name in query}
    entry = _entry(alias, kind, parts, query)
    found = {alias: entry}
    if pool:
        # An entry of its own: Django's backends know other pools, or none.
        found[f"vinyl_{alias}"] = entry | {
            "ENGINE": kind.pooled_engine,
            "OPTIONS": entry["OPTIONS"] | {"pool": _numbers(alias, pool)},
            "TEST": {"MIRROR": alias},
        }
    return found


def _split(alias: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        port_is_right = parts.scheme == "sqlite" or parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_right = urlsplit(""), False
    if not port_is_right:
        raise _wrong(
            alias,
            "its host or port cannot be read; in a user name or password, write '/', ':', '@', '?' "
            "and '#' as %2F, %3A, %40, %3F and %23",
        )
    if not parts.scheme or "://" not in url:
        raise _wrong(alias, "it has no scheme")
    if parts.scheme not in KINDS:
        raise _wrong(alias, f"vinyl knows no scheme {parts.scheme!r}")
    if parts.fragment:
        raise _wrong(alias, "it has a part behind '#'; in a password, write '#' as %23")
    return parts


def _entry(alias: str, kind: Kind, parts: SplitResult, query: dict[str, str]) -> Entry:
    if kind is _SQLITE:
        return {
            "ENGINE": kind.engine,
            "NAME": _file(alias, parts),
            "OPTIONS": _options(alias, parts.scheme, query),
        }
    name = unquote(parts.path.lstrip("/"))
    if not name or "/" in name:
        raise _wrong(alias, "behind the host, it has to name one database: .../name")
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": kind.engine,
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": _options(alias, parts.scheme, query),
    }


def _file(alias: str, parts: SplitResult) -> str:
    """Return the file's whole path: `sqlite:///name` is in the working folder, as elsewhere."""
    if parts.netloc not in {"", ":memory:"}:
        raise _wrong(
            alias, "a file's URL has three slashes, sqlite:///name, or four, sqlite:////path/name"
        )
    path = unquote(parts.path.removeprefix("/"))
    if not path or path == ":memory:":
        # One with a name is the same for both twins, and for each event loop.
        return f"file:vinyl_{alias}?mode=memory&cache=shared"
    return str(Path.cwd() / path)


def _query(alias: str, parts: SplitResult) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _wrong(alias, "behind '?', write name=value&name=value") from None
    for name, value in pairs:
        if name in found:
            raise _wrong(alias, f"it has the option {name} twice")
        found[name] = value
    return found


def _options(alias: str, scheme: str, query: dict[str, str]) -> dict[str, Any]:
    known = KINDS[scheme].options
    found: dict[str, Any] = {}
    for name, value in query.items():
        if name not in known:
            close = difflib.get_close_matches(name, [*known, *POOL], n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise _wrong(alias, f"there is no option {name} for {scheme}{hint}")
        if name in _NUMBERS:
            found[name] = _number(alias, name, value, int)
        elif name in _BOOLEANS:
            if value.lower() not in _WORDS:
                raise _wrong(alias, f"{name}={value} has to be true or false")
            found[name] = _WORDS[value.lower()]
        elif name == "isolation_level":
            level = _level(alias, value)
            found[name] = _LEVELS[level] if KINDS[scheme] is _POSTGRESQL else level
        else:
            found[name] = value
    return found


def _level(alias: str, value: str) -> str:
    name = re.sub("[-_]", " ", value.lower())
    if name not in _LEVELS:
        *first, last = _LEVELS
        names = f"{', '.join(first)} or {last}"
        raise _wrong(alias, f"isolation_level={value} has to be {names}")
    return name


def _numbers(alias: str, pool: dict[str, str]) -> dict[str, Any]:
    return {name: _number(alias, name, value, POOL[name]) for name, value in pool.items()}


def _number(alias: str, name: str, value: str, kind: type) -> Any:
    try:
        number = kind(value)
        if not math.isfinite(number):
            raise ValueError(number)
        return number
    except (ValueError, OverflowError):
        raise _wrong(alias, f"{name}={value} has to be a number") from None


def _wrong(alias: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The URL given for the database {alias!r} cannot be used: {why}. Write {_FORMS}."
    )
