"""
Every check there is, as sessions; `nox --list` shows them.

The sessions that need databases go through tools/dev.py, which finds or starts the servers.
"""

from __future__ import annotations

from pathlib import Path

import nox
from nox.project import dependency_groups, load_toml

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "docs", "tests"]

PROJECT = load_toml("pyproject.toml")
DATABASES = ("sqlite", "postgresql", "mysql")
DJANGOS = {
    "5.2": ("3.11", "3.12", "3.13"),
    "6.0": ("3.12", "3.13"),
    "6.1": ("3.12", "3.13"),
}
MATRIX = [
    nox.param(python, django, database, id=f"python{python}-django{django}-{database}")
    for django, pythons in DJANGOS.items()
    for python in pythons
    for database in DATABASES
]
# Each Django on one Python, which for vinyl's own tests is a matter of the matrix above.
SUITE = [
    nox.param(pythons[-1], django, database, id=f"django{django}-{database}")
    for django, pythons in DJANGOS.items()
    for database in DATABASES
]


def install(session: nox.Session, *groups: str) -> None:
    """Install the project with all drivers, and these dependency groups."""
    session.install(
        "--editable", ".[postgresql,mysql,sqlite]", *dependency_groups(PROJECT, *groups)
    )


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Check style and form, and that the generated twins are fresh."""
    session.run("python3", "tools/dev.py", "lint", external=True)


@nox.session(python="3.13")
def types(session: nox.Session) -> None:
    """Check the types of the package and of a sample of user code, with two checkers."""
    install(session, "test", "types")
    session.run("mypy")
    session.run("mypy", "--config-file", "tests/typing/plugin.toml")
    session.run("pyright")


@nox.session(venv_backend="none")
@nox.parametrize(("python", "django", "database"), MATRIX)
def tests(session: nox.Session, python: str, django: str, database: str) -> None:
    """Run the tests on one Python, Django and database; arguments are pytest's."""
    session.run(
        *("python3", "tools/dev.py", "test", "--python", python, "--django", django),
        *("--database", database, "--", *session.posargs),
        external=True,
    )


@nox.session(venv_backend="none")
@nox.parametrize(("python", "django", "database"), SUITE)
def django_suite(session: nox.Session, python: str, django: str, database: str) -> None:
    """Run Django's own tests on both twins; arguments are those of tests/django_suite."""
    session.run(
        *("python3", "tools/dev.py", "django-suite", "--python", python, "--django", django),
        *("--database", database, "--", *session.posargs),
        external=True,
    )


@nox.session(python="3.13")
def clusters(session: nox.Session) -> None:
    """Test with replicas, Galera, PgBouncer and restarts: servers of its own, on Debian as root."""
    install(session, "test", "atlas")
    session.run(
        *("pytest", "tests/clusters", "--clusters", "--database", "postgresql"), *session.posargs
    )


@nox.session(python="3.13")
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error. The first argument names the folder."""
    install(session, "docs")
    target = session.posargs[0] if session.posargs else "docs/_build/html"
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", target)


@nox.session(python="3.13")
def bench(session: nox.Session) -> None:
    """Measure against stock Django; arguments are those of the benchmarks."""
    if not Path("benchmarks").is_dir():
        session.error("there is no folder benchmarks")
    install(session, "test")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(python="3.13")
def coverage(session: nox.Session) -> None:
    """Report the branches of the package that the tests on SQLite do not reach."""
    install(session, "test", "atlas", "frameworks")
    session.run("coverage", "run", "-m", "pytest", "--database", "sqlite", *session.posargs)
    session.run("coverage", "report")


@nox.session(venv_backend="none")
@nox.parametrize("database", DATABASES)
def storm(session: nox.Session, database: str) -> None:
    """Let 10,000 tasks loose on each pool, and ask 100,000 queries for their id; and all else."""
    session.run(
        *("python3", "tools/dev.py", "test", "--database", database, "--", "tests/storm"),
        *session.posargs,
        external=True,
        env={"VINYL_STORM_TASKS": "10000", "VINYL_STORM_QUERIES": "100000"},
    )
