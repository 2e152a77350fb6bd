"""Know where a MariaDB or MySQL may be running, and start a MariaDB of our own."""

from __future__ import annotations

import getpass
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import process
from .report import CannotBeHadError, say

NAME = "mysql"
TITLE = "MariaDB"
PACKAGES = ("mariadb-server",)

_FOLDERS = ("/usr/sbin", "/usr/libexec", "/opt/homebrew/opt/mariadb*/bin", "/usr/local/mysql/bin")
_SOCKETS = ("/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock")
_SERVER = ("mariadbd", "mysqld")
_CLIENT = ("mariadb", "mysql")
_CONVERTER = ("mariadb-tzinfo-to-sql", "mysql_tzinfo_to_sql")
_ZONES = Path("/usr/share/zoneinfo")
_INSTALLER = ("mariadb-install-db", "mysql_install_db")


def addresses() -> Iterator[str]:
    """Yield where a server is by default, as URLs."""
    users = dict.fromkeys(["root", getpass.getuser()])
    for user in users:
        yield f"mysql://{user}@127.0.0.1:3306/"
    for name in _SOCKETS:
        if Path(name).is_socket():
            for user in users:
                yield f"mysql://{user}@localhost/?unix_socket={name}"


def installed() -> bool:
    """Tell whether this machine has the programs to start a server."""
    return all(process.find_program(names, _FOLDERS) for names in (_SERVER, _INSTALLER))


@contextmanager
def start() -> Iterator[str]:
    """Run a server on a free port of this machine, in a temporary folder; give its URL."""
    account = process.Account.for_server("mysql")
    with process.scratch_folder(account, "vinyl-mariadb-") as folder:
        data, password = folder / "data", secrets.token_hex(16)
        account.run(
            [
                *(_needed(_INSTALLER), "--no-defaults", f"--datadir={data}", "--skip-test-db"),
                # Of the accounts that it makes, none can be used without a key to this folder.
                "--auth-root-authentication-method=socket",
                f"--auth-root-socket-user={account.name}",
            ]
        )
        first_statements = folder / "first.sql"
        first_statements.write_text(_accounts(password), encoding="ascii")
        first_statements.chmod(0o644)  # the folder around it is closed
        port = process.free_port()
        command = [
            *(_needed(_SERVER), "--no-defaults", f"--datadir={data}", f"--port={port}"),
            *("--bind-address=127.0.0.1", f"--socket={folder}/socket", "--skip-name-resolve"),
            *("--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"),
            f"--init-file={first_statements}",
            # What is lost when the machine dies is thrown away anyway.
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--skip-log-bin"),
        ]
        with process.running(
            account,
            command,
            log=folder / "log",
            ready=lambda: process.answers(port),
            stop_signal=signal.SIGTERM,
        ):
            _load_time_zones(account, folder)
            yield f"mysql://vinyl:{password}@127.0.0.1:{port}/"


def _accounts(password: str) -> str:
    """Return the first statements, each in its line, as the server wants them."""
    return "".join(
        f"CREATE USER vinyl@'{host}' IDENTIFIED BY '{password}';\n"
        f"GRANT ALL ON *.* TO vinyl@'{host}' WITH GRANT OPTION;\n"
        for host in ("127.0.0.1", "localhost")
    )


def _load_time_zones(account: process.Account, folder: Path) -> None:
    """Fill the server's tables of time zones, without which Django cannot truncate dates."""
    converter = process.find_program(_CONVERTER, _FOLDERS)
    if converter is None or not _ZONES.is_dir():
        say(f"{_CONVERTER[0]} or {_ZONES} is missing: this server will know no time zones")
        return
    statements = folder / "zones.sql"
    statements.write_text(account.run([converter, str(_ZONES)]), encoding="utf-8")
    with statements.open("rb") as file:
        account.run(
            [
                *(_needed(_CLIENT), "--no-defaults", f"--socket={folder}/socket"),
                *(f"--user={account.name}", "mysql"),
            ],
            stdin=file,
        )


def _needed(names: tuple[str, ...]) -> str:
    found = process.find_program(names, _FOLDERS)
    if found is None:
        raise CannotBeHadError(f"MariaDB's program {names[0]} is not installed")
    return found
