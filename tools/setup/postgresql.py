"""Know where a PostgreSQL may be running, and start one of our own."""

from __future__ import annotations

import getpass
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import process
from .report import CannotBeHadError

NAME = "postgresql"
TITLE = "PostgreSQL"
PACKAGES = ("postgresql",)

_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_SOCKETS = ("/var/run/postgresql", "/tmp")


def addresses() -> Iterator[str]:
    """Yield where a server is by default, as URLs."""
    users = dict.fromkeys(["postgres", getpass.getuser()])
    for user in users:
        yield f"postgresql://{user}@127.0.0.1:5432/"
    for folder in _SOCKETS:
        if Path(folder, ".s.PGSQL.5432").is_socket():
            for user in users:
                yield f"postgresql://{user}@/?host={folder}"


def installed() -> bool:
    """Tell whether this machine has the programs to start a server."""
    return _program("initdb") is not None and _program("postgres") is not None


@contextmanager
def start() -> Iterator[str]:
    """Run a server on a free port of this machine, in a temporary folder; give its URL."""
    account = process.Account.for_server("postgres")
    with process.scratch_folder(account, "vinyl-postgresql-") as folder:
        data, password = folder / "data", secrets.token_hex(16)
        _make_cluster(account, data, password)
        port = process.free_port()
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            # What is lost when the machine dies is thrown away anyway.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with process.running(
            account,
            [_needed("postgres"), "-D", str(data), *options],
            log=folder / "log",
            ready=lambda: _is_ready(data / "postmaster.pid"),
            # PostgreSQL's fast shutdown: it does not wait for clients to go.
            stop_signal=signal.SIGINT,
        ):
            yield f"postgresql://vinyl:{password}@127.0.0.1:{port}/"


def _make_cluster(account: process.Account, data: Path, password: str) -> None:
    secret = data.parent / "password"
    secret.write_text(password, encoding="ascii")
    secret.chmod(0o644)  # the folder around it is closed
    account.run(
        [
            *(_needed("initdb"), "--pgdata", str(data), "--username", "vinyl"),
            *("--auth", "scram-sha-256", "--pwfile", str(secret)),
            *("--encoding", "UTF8", *_locale(), "--no-sync"),
        ]
    )
    secret.unlink()


def _is_ready(status: Path) -> bool:
    """Read what pg_ctl reads: the port answers earlier, while the server still refuses logins."""
    try:
        return status.read_text(errors="replace").splitlines()[7].strip() == "ready"
    except (FileNotFoundError, IndexError):
        return False


def _locale() -> list[str]:
    """Prefer the one locale in which letters beyond ASCII have a case and nothing else differs."""
    try:
        known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        known = ""
    return next(
        (["--locale", name] for name in ("C.UTF-8", "C.utf8") if name in known.split()),
        [],
    )


def _program(name: str) -> str | None:
    return process.find_program([name], _FOLDERS)


def _needed(name: str) -> str:
    found = _program(name)
    if found is None:
        raise CannotBeHadError(f"PostgreSQL's program {name} is not installed")
    return found
