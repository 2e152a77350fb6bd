"""What Django hands to mysqlclient, said in the words of aiomysql."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping
from configparser import Error as ConfigError
from configparser import RawConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from pymysql.charset import charset_by_name
from pymysql.constants import CLIENT

__all__ = ["MySQLOptions", "connection_options"]

# Names that aiomysql knows, by the names that Django or mysqlclient have for them.
_SAME = {
    "user": "user",
    "password": "password",
    "passwd": "password",
    "database": "db",
    "db": "db",
    "host": "host",
    "port": "port",
    "unix_socket": "unix_socket",
    "charset": "charset",
    "client_flag": "client_flag",
    "auth_plugin": "auth_plugin",
    "program_name": "program_name",
}
# Handled below, or without a meaning here (`autocommit` is always on, as Django has it;
# `local_infile` only allows what vinyl does not offer).
_HANDLED = {
    *("conv", "pool", "connect_timeout", "init_command", "sql_mode", "collation"),
    *("ssl", "ssl_mode", "read_default_file", "read_default_group", "server_public_key_path"),
    *("autocommit", "local_infile", "multi_statements", "executemany_fallback", "binary_prefix"),
}
# In an option file, as the client library reads it.
_IN_FILE = {
    "user": "user",
    "password": "password",
    "database": "db",
    "host": "host",
    "port": "port",
    "socket": "unix_socket",
    "default-character-set": "charset",
    "connect-timeout": "connect_timeout",
    "ssl-ca": "ssl-ca",
    "ssl-cert": "ssl-cert",
    "ssl-key": "ssl-key",
}
_SSL_MODES = ("DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY")
_CONNECT_TIMEOUT = 10.0


@dataclass
class MySQLOptions:
    """How to connect, and how to set up each session."""

    connect: dict[str, Any]
    converters: Mapping[Any, Any]
    timeout: float = _CONNECT_TIMEOUT
    require_tls: bool = False
    multi_statements: bool = True
    binary_prefix: bool = False
    setup: list[str] = field(default_factory=list)

    def __repr__(self) -> str:  # never the password
        return f"<MySQLOptions for {self.connect.get('host') or self.connect.get('unix_socket')}>"


def connection_options(
    params: Mapping[str, Any], isolation_level: str | None, alias: str
) -> MySQLOptions:
    """
    Translate the parameters that Django's backend would connect with.

    Raises: ImproperlyConfigured for an option that vinyl cannot honour.
    """
    unknown = [name for name in params if name not in _SAME and name not in _HANDLED]
    if params.get("use_unicode", True) and "use_unicode" in unknown:
        unknown.remove("use_unicode")
    if unknown:
        raise ImproperlyConfigured(_unknown_message(unknown, alias))
    from_file = _option_file(params)
    # As in the client library, what is said in the settings wins over the file.
    connect: dict[str, Any] = {
        name: from_file[name] for name in set(_SAME.values()) & set(from_file)
    }
    connect.update({_SAME[name]: value for name, value in params.items() if name in _SAME})
    if charset_by_name(connect["charset"]) is None:
        raise ImproperlyConfigured(
            f"DATABASES[{alias!r}]['OPTIONS']['charset'] is {connect['charset']!r}, which is no "
            "character set of MySQL's. Write 'utf8mb4'."
        )
    if "password" in connect:
        # aiomysql sends what Latin-1 makes of it; mysqlclient sends UTF-8.
        connect["password"] = connect["password"].encode().decode("latin-1")
    connect["port"] = int(connect.get("port") or 3306)
    _choose_socket(connect)
    tls = _tls(params, from_file, alias)
    if tls is not None and not connect.get("unix_socket"):
        connect["ssl"] = tls
    key_path = params.get("server_public_key_path")
    if key_path:
        connect["server_public_key"] = Path(key_path).read_bytes()
    timeout = params.get("connect_timeout") or from_file.get("connect_timeout")
    return MySQLOptions(
        connect=connect,
        converters=params["conv"],
        timeout=float(timeout or _CONNECT_TIMEOUT),
        require_tls="ssl" in connect and _ssl_mode(params, alias) != "PREFERRED",
        multi_statements=_multi_statements(params),
        binary_prefix=bool(params.get("binary_prefix")),
        setup=list(_setup(params, connect["charset"], isolation_level)),
    )


def _multi_statements(params: Mapping[str, Any]) -> bool:
    """Tell whether one text may hold several statements; mysqlclient takes either word for it."""
    asked = params.get("client_flag") or 0
    return bool(params.get("multi_statements", True) or asked & CLIENT.MULTI_STATEMENTS)


def _unknown_message(unknown: list[str], alias: str) -> str:
    return (
        f"DATABASES[{alias!r}]['OPTIONS'] has {', '.join(map(repr, sorted(unknown)))}, which vinyl "
        "cannot honour on MySQL. To keep it for Django, give vinyl an entry of its own, "
        f"DATABASES['vinyl_{alias}'], without it."
    )


def _setup(params: Mapping[str, Any], charset: str, isolation_level: str | None) -> Iterable[str]:
    """Yield the statements that set up a session, in Django's and mysqlclient's order."""
    collation = params.get("collation")
    yield f"SET NAMES {charset} COLLATE {collation}" if collation else f"SET NAMES {charset}"
    if params.get("sql_mode"):
        yield f"SET SESSION sql_mode='{params['sql_mode']}'"
    yield "SET autocommit = 1"
    if params.get("init_command"):
        yield params["init_command"].rstrip().rstrip(";")
    yield "SET SQL_AUTO_IS_NULL = 0"
    if isolation_level:
        yield f"SET SESSION TRANSACTION ISOLATION LEVEL {isolation_level.upper()}"


def _choose_socket(connect: dict[str, Any]) -> None:
    """
    Take the server's socket for no host and for `localhost`, as the client library does.

    The library has the path built in; here the usual places are looked at, else TCP is taken.
    """
    if connect.get("unix_socket") or connect.get("host") not in (None, "", "localhost"):
        return
    places = (
        os.environ.get("MYSQL_UNIX_PORT", ""),
        *("/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock"),
        *("/var/lib/mysql/mysql.sock", "/tmp/mysql.sock"),
    )
    found = next((place for place in places if place and os.path.exists(place)), None)
    if found:
        connect["unix_socket"] = found
    connect["host"] = "localhost"


def _option_file(params: Mapping[str, Any]) -> dict[str, str]:
    path = params.get("read_default_file")
    if not path:
        return {}
    parser = RawConfigParser(allow_no_value=True, strict=False)
    try:
        lines = Path(path).expanduser().read_text(encoding="utf-8").splitlines()
        # Directives such as !includedir are no INI syntax.
        parser.read_string("\n".join(line for line in lines if not line.startswith("!")))
    except (OSError, ConfigError) as exc:
        raise ImproperlyConfigured(
            f"OPTIONS['read_default_file'] is {str(path)!r}, which cannot be read: "
            f"{type(exc).__name__}."
        ) from None
    values: dict[str, str] = {}
    for group in ("client", params.get("read_default_group")):
        if group and parser.has_section(group):
            for name, value in parser.items(group):
                known = _IN_FILE.get(name.replace("_", "-"))
                if known and value is not None:
                    values[known] = value.strip("'\"")
    return values


def _ssl_mode(params: Mapping[str, Any], alias: str) -> str:
    given = params.get("ssl_mode")
    if given is None:
        return "REQUIRED"
    mode = str(given).upper()
    if mode not in _SSL_MODES:
        raise ImproperlyConfigured(
            f"DATABASES[{alias!r}]['OPTIONS']['ssl_mode'] is {given!r}; use one of "
            f"{', '.join(_SSL_MODES)}."
        )
    return mode


def _tls(
    params: Mapping[str, Any], from_file: Mapping[str, str], alias: str
) -> ssl.SSLContext | None:
    """Make the context of TLS, None for a connection without it."""
    asked = params.get("ssl")
    if isinstance(asked, ssl.SSLContext):
        return asked
    in_file = {name[4:]: value for name, value in from_file.items() if name.startswith("ssl-")}
    files = {**in_file, **(asked if isinstance(asked, dict) else {})}
    mode = _ssl_mode(params, alias)
    if mode == "DISABLED" or not (asked or in_file or params.get("ssl_mode")):
        return None
    context = ssl.create_default_context(cafile=files.get("ca"), capath=files.get("capath"))
    context.check_hostname = mode == "VERIFY_IDENTITY" or bool(files.get("check_hostname"))
    if not (mode.startswith("VERIFY") or files.get("ca") or files.get("capath")):
        context.verify_mode = ssl.CERT_NONE
    if files.get("cert"):
        context.load_cert_chain(files["cert"], files.get("key"))
    if files.get("cipher"):
        context.set_ciphers(files["cipher"])
    return context
