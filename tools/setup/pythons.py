"""Find the Python interpreters of this machine and choose the one to work with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .report import CannotBeHadError

OLDEST = (3, 11)
# The newest Django's oldest Python; older ones get Django 5.2.
NEWEST_DJANGO_NEEDS = (3, 12)
# What the project is tested on comes first, the newest of it first.
PREFERRED = ((3, 13), (3, 12), (3, 14), (3, 11))

_DESCRIBE = """
import importlib.util, json, os, sys, sysconfig
print(json.dumps([
    sys.executable,
    sys.version_info[:3],
    importlib.util.find_spec("ensurepip") is not None,
    os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
]))
"""


@dataclass(frozen=True)
class Interpreter:
    """Describe one installed Python."""

    path: str
    version: tuple[int, int, int]
    has_pip: bool
    has_headers: bool

    @property
    def minor(self) -> tuple[int, int]:
        """Return the version as far as it decides what runs."""
        return self.version[:2]

    @property
    def name(self) -> str:
        """Return the version as a person writes it."""
        return ".".join(map(str, self.version))


def describe(command: str) -> Interpreter | None:
    """Ask an interpreter what it is; None when it does not answer, as a version manager's shim."""
    try:
        done = subprocess.run(
            [command, "-c", _DESCRIBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    path, version, has_pip, has_headers = json.loads(done.stdout)
    return Interpreter(path, tuple(version), has_pip, has_headers)


def commands(minor: tuple[int, int]) -> Iterator[str]:
    """Yield where a Python of this version may be: the running one, the path, pyenv's folders."""
    if sys.version_info[:2] == minor:
        yield sys.executable
    name = f"python{minor[0]}.{minor[1]}"
    for folder in os.get_exec_path():
        if found := shutil.which(name, path=folder):
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found_there = pyenv.glob(f"versions/{minor[0]}.{minor[1]}*/bin/{name}")
    yield from map(str, sorted(found_there, reverse=True))


def choose(
    wanted: tuple[int, int] | None = None, minors: Iterable[tuple[int, int]] = PREFERRED
) -> Interpreter:
    """
    Return the interpreter to use: of the wanted version, else the first preferred one there is.

    Raises: CannotBeHadError when there is none, naming what was looked for.
    """
    looked_for = [wanted] if wanted else list(minors)
    for minor in looked_for:
        for command in dict.fromkeys(commands(minor)):
            found = describe(command)
            if found and found.minor == minor:
                return found
    names = ", ".join(f"python{minor[0]}.{minor[1]}" for minor in looked_for)
    raise CannotBeHadError(
        f"No working {names} was found on the path or among pyenv's versions.\n"
        "Install one of them, with its venv module, and run this again."
    )


def parse(text: str) -> tuple[int, int]:
    """Return `3.12` as a pair; raise ValueError for anything else or for a Python too old."""
    major, _, minor = text.partition(".")
    pair = int(major), int(minor)
    if pair < OLDEST:
        raise ValueError(f"vinyl needs Python 3.11 or newer, not {text}")
    return pair
