"""Find a server of each kind of database, or start one; where it is, is said by a variable."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from . import apt, mysql, postgresql
from .environment import Environment
from .report import CannotBeHadError, say

KINDS = ("sqlite", "postgresql", "mysql")
_MODULES: dict[str, ModuleType] = {"postgresql": postgresql, "mysql": mysql}


@dataclass(frozen=True)
class Server:
    """Describe a database that answers: `origin` says how it was found."""

    kind: str
    product: str
    origin: str
    python: str
    django: str
    url: str | None = None

    def variables(self) -> dict[str, str]:
        """Return how the tests and the example are told where it is."""
        return {} if self.url is None else {variable(self.kind): self.url}


def variable(kind: str) -> str:
    """Return the name of the variable that holds a kind's address."""
    return f"VINYL_{kind.upper()}_URL"


def shown(url: str) -> str:
    """Return an address without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@", 1)


@dataclass(frozen=True)
class Finder:
    """Look for servers by logging in with the drivers of an environment."""

    environment: Environment
    root: Path

    def find(self, kind: str, stack: ExitStack) -> Server:
        """
        Return a server of this kind; one that had to be started runs until `stack` is closed.

        In order: the one named by the variable and no other, one at a default local address, an
        own one from installed programs, an own one from programs that apt installs.
        Raises: CannotBeHadError with all that was tried.
        """
        if kind == "sqlite":
            return self._probe(kind, None, "in the process")
        if url := os.environ.get(variable(kind)):
            return self._named(kind, url)
        module = _MODULES[kind]
        tried: list[str] = []
        for address in module.addresses():
            try:
                return self._probe(kind, address, f"running at {address}")
            except CannotBeHadError as error:
                tried.append(f"  {shown(address)}: {error}")
        try:
            return self._start(kind, module, stack)
        except CannotBeHadError as error:
            raise CannotBeHadError(
                f"{error}\nNo running server could be used either:\n" + "\n".join(tried)
            ) from error

    def _named(self, kind: str, url: str) -> Server:
        try:
            return self._probe(kind, url, f"{variable(kind)} = {shown(url)}")
        except CannotBeHadError as error:
            raise CannotBeHadError(
                f"{variable(kind)} names {shown(url)}, which cannot be used: {error}"
            ) from error

    def _start(self, kind: str, module: ModuleType, stack: ExitStack) -> Server:
        if not module.installed():
            apt.install(*module.PACKAGES, purpose=f"a {module.TITLE} server")
        say(f"starting a {module.TITLE} server for this run")
        url = stack.enter_context(module.start())
        return self._probe(kind, url, "started for this run")

    def _probe(self, kind: str, url: str | None, origin: str) -> Server:
        done = subprocess.run(
            [str(self.environment.python), "-m", "tools.setup.probe", kind],
            cwd=self.root,
            env=self.environment.full_environ() | ({variable(kind): url} if url else {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["no answer"]
            raise CannotBeHadError(said[-1])
        found = json.loads(done.stdout)
        return Server(kind, found["server"], origin, found["python"], found["django"], url)


@contextmanager
def found(
    finder: Finder, kinds: Sequence[str]
) -> Iterator[tuple[dict[str, Server], dict[str, str]]]:
    """Give the servers of these kinds, and for each that cannot be had, why."""
    servers: dict[str, Server] = {}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        for kind in kinds:
            try:
                servers[kind] = finder.find(kind, stack)
            except CannotBeHadError as error:
                missing[kind] = str(error)
            else:
                say(f"{servers[kind].product}, {servers[kind].origin}")
        yield servers, missing
