"""Run a database server as a child that cannot outlive its use, under a user that it accepts."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .report import CannotBeHadError


@dataclass(frozen=True)
class Account:
    """Name the user under which a server's programs run."""

    name: str
    uid: int
    gid: int

    @classmethod
    def for_server(cls, *preferred: str) -> Account:
        """Return the current user; for root, who may not run a server, one who may."""
        if os.geteuid() != 0:
            return cls._from(pwd.getpwuid(os.geteuid()))
        for name in (*preferred, "nobody"):
            try:
                return cls._from(pwd.getpwnam(name))
            except KeyError:
                continue
        raise CannotBeHadError(
            f"A server may not run as root, and there is no user {' or '.join(preferred)}"
        )

    @classmethod
    def _from(cls, entry: pwd.struct_passwd) -> Account:
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def run(self, command: Sequence[str], stdin: IO[bytes] | None = None) -> str:
        """Return a program's output; raise CannotBeHadError with the end of it when it fails."""
        done = subprocess.run(
            command,
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            **self._identity(),
        )
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-15:])
            raise CannotBeHadError(
                f"{Path(command[0]).name} failed with exit code {done.returncode}:\n{tail}"
            )
        output: str = done.stdout
        return output

    def start(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a program that goes on, writing to `log`."""
        with log.open("ab") as file:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                # Ctrl-C at the terminal is for the tests first; the server is stopped after them.
                start_new_session=True,
                **self._identity(),
            )

    def _identity(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {"cwd": "/"}
        return {"cwd": "/", "user": self.uid, "group": self.gid, "extra_groups": []}


@contextmanager
def scratch_folder(account: Account, prefix: str) -> Iterator[Path]:
    """Give a folder that only this account (and root) can enter, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        os.chown(folder, account.uid, account.gid)
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(
    account: Account,
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    stop_signal: signal.Signals,
    seconds: float = 60,
) -> Iterator[None]:
    """
    Run a server while the block runs, from when it is ready.

    Raises: CannotBeHadError with the end of its log, when it ends early or is never ready.
    """
    process = account.start(command, log)
    try:
        deadline = time.monotonic() + seconds
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise CannotBeHadError(f"{Path(command[0]).name} did not get ready:\n{tail}")
            time.sleep(0.1)
        yield
    finally:
        stop(process, stop_signal)


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals) -> None:
    """Ask a program to end, and end it if it does not."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run_and_wait(command: Sequence[str], *, cwd: Path, environ: dict[str, str]) -> int:
    """
    Return a program's exit code; when interrupted, let it clean up before going on.

    In a group of its own it gets one interrupt, from here; one more from the terminal would make
    pytest give up its clean-up, and subprocess.run() would kill it after a quarter of a second.
    """
    child = subprocess.Popen(
        command, cwd=cwd, env=environ, stdin=subprocess.DEVNULL, process_group=0
    )
    try:
        return child.wait()
    except BaseException:
        stop(child, signal.SIGINT)
        raise


def free_port() -> int:
    """Return a port that nothing on this machine listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Tell whether something accepts connections at this port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def find_program(names: Sequence[str], folders: Sequence[str]) -> str | None:
    """Return a program by the first of its names, on the path or in these folders (patterns)."""
    roots = [Path(folder) for folder in os.get_exec_path()]
    for pattern in folders:
        roots += sorted(Path("/").glob(pattern.lstrip("/")), key=_release, reverse=True)
    for name in names:
        for root in roots:
            if found := shutil.which(name, path=str(root)):
                return found
    return None


def _release(folder: Path) -> tuple[int, ...]:
    digits = "".join(sign if sign.isdigit() else " " for sign in str(folder))
    return tuple(map(int, digits.split()))
