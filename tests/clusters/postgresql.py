"""Start PostgreSQL servers, and PgBouncer in front of one, in temporary folders."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.setup import apt, postgresql, process

ACCOUNT = process.Account.for_server("postgres")
BOUNCER = ("/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin")


class Node:
    """One server; it can be stopped and started again."""

    def __init__(self, data: Path, *settings: str) -> None:
        self.data = data
        self.port = process.free_port()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        values = (
            *(f"port={self.port}", "listen_addresses=127.0.0.1", "fsync=off"),
            *(f"unix_socket_directories={self.data.parent}", *self._settings),
        )
        options = [word for value in values for word in ("-c", value)]
        command = [postgresql._needed("postgres"), "-D", str(self.data), *options]
        self._process = ACCOUNT.start(command, self.data.parent / "log")
        process_ready(lambda: postgresql._is_ready(self.data / "postmaster.pid"), self._process)

    def stop(self) -> None:
        """End it as a restart does: clients are sent away."""
        if self._process is not None:
            process.stop(self._process, signal.SIGINT)
            self._process = None

    def entry(self, **changes: Any) -> dict[str, Any]:
        """Return what DATABASES says of it."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "vinyl",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **changes,
        }


def process_ready(ready: Any, started: subprocess.Popen[bytes], seconds: float = 60) -> None:
    import time

    end = time.monotonic() + seconds
    while not ready():
        assert started.poll() is None, "the server ended"
        assert time.monotonic() < end, "the server is never ready"
        time.sleep(0.05)


@contextmanager
def server() -> Iterator[Node]:
    """Run a server."""
    if not postgresql.installed():
        apt.install(*postgresql.PACKAGES, purpose="the tests of clusters")
    with process.scratch_folder(ACCOUNT, "vinyl-cluster-") as folder:
        data = folder / "data"
        ACCOUNT.run(
            [
                *(postgresql._needed("initdb"), "--pgdata", str(data), "--username", "vinyl"),
                *("--auth", "trust", "--encoding", "UTF8", *postgresql._locale(), "--no-sync"),
            ]
        )
        node = Node(data)
        try:
            node.start()
            yield node
        finally:
            node.stop()


@contextmanager
def replica_of(primary: Node) -> Iterator[Node]:
    """Run a streaming replica of a server."""
    with process.scratch_folder(ACCOUNT, "vinyl-replica-") as folder:
        data = folder / "data"
        base_backup = process.find_program(["pg_basebackup"], postgresql._FOLDERS)
        assert base_backup is not None
        ACCOUNT.run(
            [
                *(base_backup, "--pgdata", str(data), "--write-recovery-conf", "--no-sync"),
                *("--checkpoint=fast", "--wal-method=stream"),
                *("--dbname", f"host=127.0.0.1 port={primary.port} user=vinyl dbname=postgres"),
            ]
        )
        node = Node(data)
        try:
            node.start()
            yield node
        finally:
            node.stop()


@contextmanager
def bouncer_for(node: Node, *, size: int) -> Iterator[int]:
    """Run PgBouncer in transaction mode before a server; give its port."""
    program = process.find_program(["pgbouncer"], BOUNCER)
    if program is None:
        apt.install("pgbouncer", purpose="the tests of clusters")
        program = process.find_program(["pgbouncer"], BOUNCER)
    assert program is not None
    with process.scratch_folder(ACCOUNT, "vinyl-bouncer-") as folder:
        port = process.free_port()
        config = folder / "pgbouncer.ini"
        config.write_text(
            f"[databases]\npostgres = host=127.0.0.1 port={node.port} user=vinyl\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            "auth_type = any\nadmin_users = vinyl\nmax_client_conn = 500\n"
            f"pool_mode = transaction\ndefault_pool_size = {size}\n"
            "server_lifetime = 3600\n",
            encoding="ascii",
        )
        config.chmod(0o644)
        with process.running(
            ACCOUNT,
            [program, str(config)],
            log=folder / "log",
            ready=lambda: process.answers(port),
            stop_signal=signal.SIGTERM,
        ):
            yield port
