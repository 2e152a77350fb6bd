"""Programs without a Django project, each in an interpreter and a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path(__file__).with_name("sample")
_numbers = count(1)


class Program:
    """A folder with modules, in which Python is run; `package_path` is where vinyl is."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.package_path = ROOT
        self.environ = {"DATABASE_URL": url}

    def write(self, path: str, text: str = "") -> Path:
        """Write a module."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), encoding="utf-8")
        return target

    def package(self, name: str, **modules: str) -> None:
        """Write a package and those above it, with modules in it."""
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            path = "/".join([*parts[:depth], "__init__.py"])
            if not (self.folder / path).exists():
                self.write(path)
        for module, text in modules.items():
            self.write("/".join([*parts, f"{module}.py"]), text)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run Python; return what it printed, if it ended as is expected, on both channels."""
        kept = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
        done = subprocess.run(
            [sys.executable, "-W", "error", *arguments],
            cwd=self.folder,
            env=kept | {"PYTHONPATH": str(self.package_path), **self.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def script(self, text: str, code: int = 0) -> str:
        """Run a text as a program's file."""
        self.write("program.py", text)
        return self.run("program.py", code=code)

    def vinyl(self, *arguments: str, code: int = 0) -> str:
        """Run a command of vinyl's."""
        return self.run("-m", "vinyl", *arguments, code=code)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the kind that the run is for."""
    from tests import settings  # Not above: pytest loads this file before it knows the kind.

    if settings.KIND == "sqlite":
        yield f"sqlite:///{tmp_path}/shop.sqlite3"
        return
    name = f"vinyl_{settings.RUN}_alone_{next(_numbers)}"
    drop = f"DROP DATABASE IF EXISTS {name}"
    server = settings.URLS[settings.KIND]
    on_server(drop)
    on_server(f"CREATE DATABASE {name}{CREATED_WITH.get(settings.KIND, '')}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    on_server(drop + DROPPED_WITH.get(settings.KIND, ""))


CREATED_WITH = {"mysql": " CHARACTER SET utf8mb4"}
DROPPED_WITH = {"postgresql": " WITH (FORCE)"}


def on_server(sql: str) -> None:
    """Run a statement that makes or drops a database."""
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(sql)


def connect() -> Any:
    """Connect to no database of the server in particular."""
    from tests import settings

    entry = settings.database("default") | {"NAME": "postgres"}
    if settings.KIND == "postgresql":
        import psycopg

        return psycopg.connect(settings.URLS["postgresql"], dbname="postgres", autocommit=True)
    import MySQLdb

    given = {"host": entry["HOST"], "user": entry["USER"], "passwd": entry["PASSWORD"]}
    options = {k: v for k, v in entry["OPTIONS"].items() if k == "unix_socket"}
    return MySQLdb.connect(**given, port=int(entry["PORT"] or 3306), **options)


@pytest.fixture
def program(tmp_path: Path, request: pytest.FixtureRequest) -> Program:
    """An empty folder; where the test asks for `url`, with that database, else with a file."""
    folder = tmp_path / "work"
    folder.mkdir()
    asked = "url" in request.fixturenames
    return Program(folder, request.getfixturevalue("url") if asked else "sqlite:///shop.sqlite3")


@pytest.fixture
def sample(url: str, program: Program) -> Program:
    """A folder with the packages of the sample, and `database.py`, which configures."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SAMPLE, program.folder, dirs_exist_ok=True, ignore=ignored)
    return program


@pytest.fixture(params=["async", "sync"])
def as_twin(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Write the body of a program for one twin or the other."""

    def written(body: str) -> str:
        body = textwrap.dedent(body).strip()
        if request.param == "sync":
            for word in ("await ", "async "):
                body = body.replace(word, "")
            return body
        lines = textwrap.indent(body, "    ")
        return f"import asyncio\n\nasync def main():\n{lines}\n\nasyncio.run(main())\n"

    return written
