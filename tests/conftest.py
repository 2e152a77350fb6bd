"""
Fixtures of all tests that need a database, for both twins.

`pytest --database sqlite|postgresql|mysql` runs once on one kind of database. The databases are
made by stock Django on first use, filled with the data set of `tests/app/data.py`, and dropped at
the end. Tests that write ask for the fixture `db`, which puts everything back afterwards.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.core.management.color import no_style

KINDS = ("sqlite", "postgresql", "mysql")
ALIASES = ("default", "other")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=KINDS,
        default=os.environ.get("VINYL_TEST_DATABASE", "sqlite"),
        help="the kind of database to run the tests on",
    )
    parser.addoption(
        "--clusters",
        action="store_true",
        help="run the tests that start servers of their own, too",
    )
    parser.addoption(
        "--examples",
        type=int,
        default=5000 if os.environ.get("CI") else 500,
        help="how many random queries hypothesis compares with stock Django",
    )


def pytest_configure(config: pytest.Config) -> None:
    os.environ["VINYL_TEST_DATABASE"] = config.getoption("--database")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the drivers' tests of other kinds: each kind has a run, and may be alone there."""
    others = {kind for kind in KINDS if kind != config.getoption("--database")}
    left_out = [item for item in items if others & _kinds_of(item)]
    items[:] = [item for item in items if item not in set(left_out)]
    config.hook.pytest_deselected(items=left_out)


def _kinds_of(item: pytest.Item) -> set[str]:
    """Return the kinds of database that a drivers' test is for, where its parameters name them."""
    if item.path.parent.name != "drivers":
        return set()
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return {value for value in values if isinstance(value, str)} & set(KINDS)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import what is about another kind's driver, which may not be installed."""
    kind = collection_path.stem.removeprefix("test_")
    if collection_path.name == "clusters" and collection_path.is_dir():
        return None if config.getoption("--clusters") else True
    if collection_path.parent.name != "drivers" or kind not in KINDS:
        return None
    return True if kind != config.getoption("--database") else None


def pytest_report_header(config: pytest.Config) -> str:
    return f"django: {django.get_version()}, database: {config.getoption('--database')}"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def databases() -> Iterator[None]:
    """Make the test databases and fill them; drop them at the end."""
    from django.db import connections

    from tests import settings
    from tests.app import data, stock

    settings.FOLDER.mkdir(exist_ok=True)
    names = {alias: connections[alias].settings_dict["NAME"] for alias in ALIASES}
    try:
        for alias in ALIASES:
            connections[alias].creation.create_test_db(verbosity=0, autoclobber=True)
        data.load()
        for alias in ALIASES:
            set_counters(connections[alias])
        yield
    finally:
        stock.close()
        for alias, name in names.items():
            drop(connections[alias], name)
        shutil.rmtree(settings.FOLDER)


def drop(connection: Any, name: str) -> None:
    """Drop a test database, if there came to be one."""
    if connection.settings_dict["NAME"] != name:
        if connection.vendor == "postgresql":
            end_sessions(connection)
        connection.creation.destroy_test_db(name, verbosity=0)
    connection.close()


def end_sessions(connection: Any) -> None:
    """End all other sessions: a failed test may have left some, and PostgreSQL drops under none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def set_counters(connection: Any) -> None:
    """Let new primary keys start behind those that the data set gives itself."""
    from django.apps import apps

    models = apps.get_app_config("shop").get_models(include_auto_created=True)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)


@pytest.fixture(scope="session")
def snapshots(databases: None) -> Any:
    """The state of both databases right after they were filled, by alias."""
    from tests.app.snapshot import Snapshot

    return {alias: Snapshot(alias) for alias in ALIASES}


@pytest.fixture
def db(snapshots: Any) -> Iterator[None]:
    """
    Allow a test to write: afterwards all rows and counters are put back.

    It is a plain fixture also for asynchronous tests, because its work is done by stock Django,
    outside of the event loop.
    """
    yield
    for snapshot in snapshots.values():
        snapshot.restore()
