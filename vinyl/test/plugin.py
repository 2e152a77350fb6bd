"""
The plugin for pytest: fixtures and a mark with which tests share one transaction.

`vinyl_db` and `vinyl_transactional_db` do what `vinyl.test.TestCase` and `TransactionTestCase`
do, and `@pytest.mark.vinyl_db(transaction=False, databases=None)` is the mark for them. The tests
may be run by anyio or by pytest-asyncio. With pytest-django, its own `db`, `transactional_db` and
`django_db` do the same, and set the databases up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from vinyl.test.hooks import CaptureOnCommitCallbacks
    from vinyl.test.queries import CaptureQueries

_TRANSACTIONAL = {
    "vinyl_transactional_db",
    "transactional_db",
    "django_db_reset_sequences",
    "live_server",
}
_FIXTURES = {"vinyl_db", "db", "django_db_serialized_rollback", *_TRANSACTIONAL}


def _read_mark(transaction: bool = False, databases: Any = None) -> tuple[bool, Any]:
    """Return the arguments of the mark."""
    return transaction, databases


def _has_pytest_django(config: pytest.Config) -> bool:
    return config.pluginmanager.hasplugin("django")


def _uses_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("vinyl_db") or item.get_closest_marker("django_db"):
        return True
    return not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def _is_transactional(item: pytest.Item) -> bool:
    if not _TRANSACTIONAL.isdisjoint(getattr(item, "fixturenames", ())):
        return True
    marks = (item.get_closest_marker(name) for name in ("vinyl_db", "django_db"))
    return any(mark.args[:1] == (True,) or mark.kwargs.get("transaction") for mark in marks if mark)


# Hooks of pytest.


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Set Django up before a conftest.py imports models, where its settings are found already."""
    with suppress(ImportError):
        _set_up_if_named(early_config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Set Django up before test modules import models."""
    _set_up_if_named(session.config)


def _set_up_if_named(config: pytest.Config) -> None:
    if os.environ.get("DJANGO_SETTINGS_MODULE") and not _has_pytest_django(config):
        _set_django_up()


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the mark."""
    config.addinivalue_line(
        "markers",
        "vinyl_db(transaction=False, databases=None): let the test use the databases; stock "
        "Django and both twins share one transaction, which is rolled back. With transaction=True "
        "there is none, and the tables are flushed.",
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """With pytest-django, let its own mark do what ours asks for."""
    if not _has_pytest_django(item.config):
        return
    mark = item.get_closest_marker("vinyl_db")
    asked = "vinyl_transactional_db" in getattr(item, "fixturenames", ())
    if mark is not None or asked:
        transaction, databases = _read_mark(*mark.args, **mark.kwargs) if mark else (True, None)
        given = pytest.mark.django_db(transaction=transaction or asked, databases=databases)
        item.add_marker(given)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let the async twin know Django's connections, before any fixture is set up."""
    if _uses_database(item):
        _set_django_up()
        _share()
        item.stash[_LENT] = lent = _lent_to_thread()
        lent.__enter__()
    elif _has_pytest_django(item.config) and _is_configured():
        _share()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let go of Django's connections, before the transaction is rolled back and after it."""
    used = item.stash.get(_LENT, None)
    if used is not None:
        _end(item)
    try:
        return (yield)
    finally:
        if used is not None:
            _end(item)
            used.__exit__(None, None, None)
            del item.stash[_LENT]


_LENT = pytest.StashKey[AbstractContextManager[None]]()


def _set_django_up() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def _is_configured() -> bool:
    from django.apps import apps

    return apps.ready


def _share() -> None:
    from django.db import connections

    from vinyl._runtime._async import sharing

    sharing.share({alias: connections[alias] for alias in connections}, _refuse_if_blocked)


def _refuse_if_blocked() -> None:
    """Raise pytest-django's error where it blocks Django's connections."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    ensure: Any = BaseDatabaseWrapper.ensure_connection
    if ensure.__module__.startswith("pytest_django"):
        ensure()


def _end(item: pytest.Item) -> None:
    from vinyl._runtime._async import sharing

    sharing.end()
    if _is_transactional(item):
        # Who holds a lock on a table would keep it from being flushed.
        sharing.abort_pools()


@contextmanager
def _lent_to_thread() -> Iterator[None]:
    """
    Let sync_to_async()'s thread work on the connections of this one, as it does in a TestCase.

    There, the thread of the test itself is where sync_to_async() leads to.
    """
    from asgiref.sync import SyncToAsync
    from django.db import connections

    wrappers = {alias: connections[alias] for alias in connections}
    before: dict[str, Any] = {}

    def lend() -> None:
        for alias, wrapper in wrappers.items():
            before[alias] = connections[alias]
            connections[alias] = wrapper

    def put_back() -> None:
        for alias, wrapper in before.items():
            connections[alias] = wrapper

    thread = SyncToAsync.single_thread_executor
    for wrapper in wrappers.values():
        wrapper.inc_thread_sharing()
    thread.submit(lend).result()
    try:
        yield
    finally:
        thread.submit(put_back).result()
        for wrapper in wrappers.values():
            wrapper.dec_thread_sharing()


# Fixtures.


@pytest.fixture(scope="session")
def vinyl_db_setup(request: pytest.FixtureRequest) -> Iterator[None]:
    """Make the test databases, as the settings say, and drop them at the end."""
    if _has_pytest_django(request.config):
        request.getfixturevalue("django_db_setup")
        yield
        return
    from django.test import utils

    from vinyl._runtime._async import sharing

    _set_django_up()
    utils.setup_test_environment()
    made = utils.setup_databases(verbosity=0, interactive=False)
    yield
    # PostgreSQL drops no database that somebody is connected to.
    sharing.abort_pools()
    sharing.stop()
    utils.teardown_databases(made, verbosity=0)
    utils.teardown_test_environment()


@pytest.fixture(autouse=True)
def _vinyl_db_mark(request: pytest.FixtureRequest) -> None:
    """Do what the mark asks for, before other fixtures are set up."""
    if request.node.get_closest_marker("vinyl_db"):
        request.getfixturevalue("_vinyl_databases")


@pytest.fixture
def _vinyl_databases(request: pytest.FixtureRequest) -> Iterator[None]:
    transactional = _is_transactional(request.node)
    if _has_pytest_django(request.config):
        request.getfixturevalue("transactional_db" if transactional else "db")
        yield
        return
    request.getfixturevalue("vinyl_db_setup")
    mark = request.node.get_closest_marker("vinyl_db")
    _, names = _read_mark(*mark.args, **mark.kwargs) if mark else (False, None)
    with _in_test_case(transactional, names):
        yield


@contextmanager
def _in_test_case(transactional: bool, names: Any) -> Iterator[None]:
    from vinyl import test

    base: Any = test.TransactionTestCase if transactional else test.TestCase
    case: Any = type(base.__name__, (base,), {"databases": names} if names is not None else {})
    case.setUpClass()
    try:
        running = case("__init__")
        if not getattr(case, "_pre_setup_ran_eagerly", False):
            running._pre_setup()
        try:
            yield
        finally:
            running._post_teardown()
    finally:
        case.tearDownClass()
        case.doClassCleanups()


@pytest.fixture
def vinyl_db(_vinyl_databases: None) -> None:
    """Let stock Django and both twins share one transaction, rolled back after the test."""


@pytest.fixture
def vinyl_transactional_db(_vinyl_databases: None) -> None:
    """Let the test use the databases, whose tables are flushed after it."""


@pytest.fixture
def vinyl_assert_num_queries() -> Callable[..., CaptureQueries]:
    """Check how many statements Django and both twins run: `(num, using="default")`."""
    from vinyl.test.queries import AssertNumQueries

    return AssertNumQueries


@pytest.fixture
def vinyl_capture_on_commit_callbacks() -> Callable[..., CaptureOnCommitCallbacks]:
    """Capture what on_commit() registers: `(using="default", execute=False)`."""
    from vinyl.test.hooks import CaptureOnCommitCallbacks

    return CaptureOnCommitCallbacks
