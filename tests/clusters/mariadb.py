"""Start MariaDB servers in temporary folders: one that is restarted, and a Galera pair."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pymysql

from tools.setup import apt, mysql, process
from tools.setup.report import CannotBeHadError

PROVIDERS = ("/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so")
PACKAGES = ("galera-4", "mariadb-server", "rsync")
# Each in its line, as the server wants them; they are run at each start, of each node.
ACCOUNTS = (
    "CREATE USER IF NOT EXISTS vinyl@'127.0.0.1';\n"
    "GRANT ALL ON *.* TO vinyl@'127.0.0.1' WITH GRANT OPTION;\n"
)


class Node:
    """One server; it can be stopped, killed, and started again."""

    def __init__(self, folder: Path, account: process.Account) -> None:
        self.folder = folder
        self.account = account
        self.port = process.free_port()
        self.settings: tuple[str, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "first.sql").write_text(ACCOUNTS, encoding="ascii")
        (folder / "first.sql").chmod(0o644)

    def make(self) -> None:
        """Make its data; a node that joins a cluster gets the cluster's instead."""
        self.account.run(
            [
                *(mysql._needed(mysql._INSTALLER), "--no-defaults", "--skip-test-db"),
                f"--datadir={self.folder / 'data'}",
                "--auth-root-authentication-method=socket",
                f"--auth-root-socket-user={self.account.name}",
            ]
        )

    def start(self, *settings: str) -> None:
        (self.folder / "data").mkdir(exist_ok=True)
        os.chown(self.folder / "data", self.account.uid, self.account.gid)
        command = [
            *(mysql._needed(mysql._SERVER), "--no-defaults", f"--datadir={self.folder / 'data'}"),
            *(f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve"),
            *(f"--socket={self.folder / 'socket'}", f"--pid-file={self.folder / 'pid'}"),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"),
            *(f"--init-file={self.folder / 'first.sql'}", "--character-set-server=utf8mb4"),
            *(*self.settings, *settings),
        ]
        self._process = self.account.start(command, self.folder / "log")
        end = time.monotonic() + 90
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                log = (self.folder / "log").read_text(errors="replace")
                raise CannotBeHadError("\n".join(log.splitlines()[-30:]))
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        """Tell whether it answers, and, as a node of a cluster, takes statements."""
        try:
            self.ask("SELECT COUNT(*) FROM mysql.db")
        except pymysql.Error:
            return False
        return True

    def ask(self, sql: str) -> Any:
        """Return the one value of a statement."""
        with pymysql.connect(
            host="127.0.0.1", port=self.port, user="vinyl", autocommit=True
        ) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            row = cursor.fetchone()
            return row and row[0]

    def stop(self) -> None:
        """End it as a restart does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            process.stop(self._process, how)
            self._process = None

    def entry(self, **changes: Any) -> dict[str, Any]:
        """Return what DATABASES says of it."""
        return {
            "ENGINE": "vinyl.mysql_backend",
            "NAME": "cluster",
            "USER": "vinyl",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **changes,
        }


@contextmanager
def nodes(number: int) -> Iterator[list[Node]]:
    """Give folders for so many servers, which are ended at the end."""
    if not mysql.installed():
        apt.install(*mysql.PACKAGES, purpose="the tests of clusters")
    account = process.Account.for_server("mysql")
    with ExitStack() as stack:
        made = []
        for _ in range(number):
            folder = stack.enter_context(process.scratch_folder(account, "vinyl-mariadb-"))
            made.append(Node(folder, account))
        try:
            yield made
        finally:
            for node in made:
                node.kill()


@contextmanager
def server() -> Iterator[Node]:
    """Run a server with an empty database."""
    with nodes(1) as (node,):
        node.make()
        node.start("--skip-log-bin")
        node.ask("CREATE DATABASE cluster")
        yield node


@contextmanager
def galera_pair() -> Iterator[tuple[Node, Node]]:
    """
    Run a Galera cluster of two.

    A pair cannot tell a node that died from a line that broke, so that both would refuse to work.
    Here the first counts twice, and goes on alone; a third node, or Galera's arbitrator, lets any
    of them die.
    """
    provider = _provider()
    with nodes(2) as (first, second):
        ports = [process.free_port() for _ in range(2)]
        for node, port, weight in zip((first, second), ports, (2, 1), strict=True):
            options = {
                "base_port": port,
                "gcache.size": "32M",
                "pc.weight": weight,
                "gmcast.listen_addr": f"tcp://127.0.0.1:{port}",
                "evs.keepalive_period": "PT0.5S",
                "evs.suspect_timeout": "PT2S",
                "evs.inactive_timeout": "PT4S",
            }
            joined = ";".join(f"{name}={value}" for name, value in options.items())
            node.settings = (
                *("--wsrep-on=ON", f"--wsrep-provider={provider}", "--binlog-format=ROW"),
                *("--innodb-autoinc-lock-mode=2", "--wsrep-cluster-name=vinyl"),
                "--wsrep-cluster-address=gcomm://" + ",".join(f"127.0.0.1:{n}" for n in ports),
                *(f"--wsrep-node-address=127.0.0.1:{port}", f"--wsrep-node-name=node{port}"),
                *("--wsrep-sst-method=rsync", f"--wsrep-provider-options={joined}"),
                f"--wsrep-sst-receive-address=127.0.0.1:{process.free_port()}",
            )
        first.make()
        first.start("--wsrep-new-cluster")
        first.ask("CREATE DATABASE cluster")
        second.start()
        yield first, second


def _provider() -> str:
    for again in (False, True):
        for name in PROVIDERS:
            if Path(name).exists():
                return name
        if not again:
            apt.install(*PACKAGES, purpose="the tests of clusters")
    raise CannotBeHadError(f"Galera is in none of {', '.join(PROVIDERS)}.")
