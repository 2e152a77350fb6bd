"""Make the virtual environment and install the project with what a task needs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import apt, pythons
from .report import CannotBeHadError, say

_BUILDING = "building mysqlclient (for tests that can do without it: --without mysql)"
_BUILD_NEEDS = {"mysql": ("pkg-config", "gcc", "libc6-dev", "libmariadb-dev")}


@dataclass(frozen=True)
class Wish:
    """Say what an environment must hold: extras and dependency groups of the project, a Django."""

    extras: frozenset[str]
    groups: frozenset[str]
    django: str | None = None
    python: tuple[int, int] | None = None

    def folder(self, root: Path) -> Path:
        """Return the environment's place: `.venv`, or one of its own for a named version."""
        name = ".venv"
        if self.python:
            name += f"-python{self.python[0]}.{self.python[1]}"
        if self.django:
            name += f"-django{self.django}"
        return root / name


@dataclass
class Environment:
    """Run programs of one virtual environment."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        """Return the interpreter."""
        return self.scripts / ("python.exe" if os.name == "nt" else "python")

    @property
    def scripts(self) -> Path:
        """Return the folder of the installed programs."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def full_environ(self) -> dict[str, str]:
        """Return the variables for a program, the environment's own programs first on its path."""
        path = os.pathsep.join([str(self.scripts), os.environ.get("PATH", os.defpath)])
        return os.environ | {"PATH": path, "VIRTUAL_ENV": str(self.folder)} | self.variables


def prepare(root: Path, wish: Wish) -> Environment:
    """
    Return an environment that holds the wish; what is there already is kept.

    Raises: CannotBeHadError when Python, a system package or an installation fails.
    """
    folder = wish.folder(root)
    environment = Environment(folder)
    interpreter = pythons.choose(wish.python)
    _check_django(wish.django, interpreter)
    if not _usable(environment, interpreter):
        _create(folder, interpreter)
    stamp = _read_stamp(folder)
    project = (root / "pyproject.toml").read_bytes()
    digest = hashlib.sha256(project).hexdigest()
    known = stamp if stamp.get("project") == digest else {}
    extras = wish.extras | set(known.get("extras", ()))
    groups = wish.groups | set(known.get("groups", ()))
    if known and extras == set(known["extras"]) and groups == set(known["groups"]):
        return environment
    for extra in sorted(extras & _BUILD_NEEDS.keys()):
        _have_build_needs(extra, interpreter)
    _install(root, environment, _requirements(project.decode(), extras, groups, wish.django))
    _write_stamp(
        folder,
        python=interpreter.name,
        project=digest,
        extras=sorted(extras),
        groups=sorted(groups),
    )
    return environment


def _check_django(django: str | None, interpreter: pythons.Interpreter) -> None:
    if not django or int(django.partition(".")[0]) < 6:
        return
    if interpreter.minor < pythons.NEWEST_DJANGO_NEEDS:
        raise CannotBeHadError(
            f"Django {django} needs Python 3.12 or newer, and this machine's newest is "
            f"{interpreter.name} ({interpreter.path}).\n"
            "Install a newer Python, or name an older Django: --django 5.2"
        )


def _usable(environment: Environment, interpreter: pythons.Interpreter) -> bool:
    """Tell whether the environment works with this Python; one made by hand is used too."""
    found = pythons.describe(str(environment.python))
    if found is None or found.version != interpreter.version:
        return False
    command = [str(environment.python), "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _create(folder: Path, interpreter: pythons.Interpreter) -> None:
    if not interpreter.has_pip:
        major, minor = interpreter.minor
        apt.install(f"python{major}.{minor}-venv", purpose="a virtual environment")
    say(f"making {folder.name} with Python {interpreter.name} ({interpreter.path})")
    if folder.exists():
        if not _read_stamp(folder):
            raise CannotBeHadError(
                f"{folder} is not an environment of Python {interpreter.name} that works, and was "
                "not made by this tool.\nMove it away and run this again."
            )
        shutil.rmtree(folder)
    _run([interpreter.path, "-m", "venv", str(folder)], "making a virtual environment")
    _write_stamp(folder, python=interpreter.name)


def _have_build_needs(extra: str, interpreter: pythons.Interpreter) -> None:
    """Provide what a driver without a ready-built wheel is compiled with."""
    if not _has_mariadb_headers() or not (shutil.which("cc") or shutil.which("gcc")):
        apt.install(*_BUILD_NEEDS[extra], purpose=_BUILDING)
    if not interpreter.has_headers:
        major, minor = interpreter.minor
        apt.install(f"python{major}.{minor}-dev", purpose=_BUILDING)


def _has_mariadb_headers() -> bool:
    """Look the way that mysqlclient's build does."""
    if "MYSQLCLIENT_CFLAGS" in os.environ and "MYSQLCLIENT_LDFLAGS" in os.environ:
        return True
    if shutil.which("pkg-config") is None:
        return False
    return any(
        subprocess.run(["pkg-config", "--exists", name], check=False).returncode == 0
        for name in ("mysqlclient", "mariadb", "libmariadb", "perconaserverclient")
    )


def _requirements(
    project: str, extras: frozenset[str], groups: frozenset[str], django: str | None
) -> list[str]:
    """Return pip's arguments; groups are read here, since the pip of a new environment may not."""
    document = tomllib.loads(project)
    wanted = ["--editable", f".[{','.join(sorted(extras))}]" if extras else "."]
    for group in sorted(groups):
        wanted += group_requirements(document["dependency-groups"], group)
    if django:
        wanted.append(f"Django=={django}.*")
    return wanted


def group_requirements(table: Mapping[str, list[Any]], group: str) -> list[str]:
    """Return a dependency group's requirements, those of included groups among them."""
    found: list[str] = []
    for entry in table[group]:
        if isinstance(entry, str):
            found.append(entry)
        else:
            found += group_requirements(table, entry["include-group"])
    return found


def _install(root: Path, environment: Environment, requirements: list[str]) -> None:
    say(f"installing the project into {environment.folder.name}; the first time takes a minute")
    _run(
        [
            *(str(environment.python), "-m", "pip", "install", "--quiet", "--no-input"),
            *("--disable-pip-version-check", *requirements),
        ],
        "installing the project",
        cwd=root,
    )


def _run(command: list[str], purpose: str, cwd: Path | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        raise CannotBeHadError(f"{purpose} failed with exit code {done.returncode}:\n{tail}")


def _stamp(folder: Path) -> Path:
    return folder / "vinyl-stamp.json"


def _write_stamp(folder: Path, **stamp: Any) -> None:
    _stamp(folder).write_text(json.dumps(stamp), encoding="utf-8")


def _read_stamp(folder: Path) -> dict[str, Any]:
    """Return what the last complete installation wrote; nothing after a broken one."""
    try:
        stamp = json.loads(_stamp(folder).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}
