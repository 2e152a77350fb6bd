"""
Tests: the transaction of Django's TestCase around everything that the async twin does.

Where Django's own connection of an alias is inside the block of a TestCase, that block is around
all contexts of all event loops: the twin works on the very session of Django's connection,
`atomic` makes savepoints, `on_commit` registers with Django. Nothing of this is imported
outside of tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from threading import Lock
from typing import Any, Literal, Self
from weakref import WeakKeyDictionary

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError
from django.test.testcases import _DatabaseFailure

from vinyl.exceptions import PoolTimeout
from vinyl.sql.result import Result

from . import databases
from .databases import Database
from .drivers.base import Connection
from .observing import observer
from .resting import Resting
from .scopes import set_around
from .transaction import Hook, Mark, Scope, Transaction

# Seconds that a statement waits for the block of another task, as in a pool by default.
TURN_TIMEOUT = 30.0


class _SharedTransaction(Transaction):
    """The transaction that Django's connection has open; its marks are Django's."""

    def __init__(self, on: Database, shared: Shared) -> None:
        self.wrapper = shared.wrapper
        self._rest = shared.rest
        self._own_hooks = shared.own_hooks
        self._borrowed_from: Any = None
        self._has_begun = False
        self.database = on
        self.connection = None
        self.loop = asyncio.get_running_loop()

    @property
    def needs_rollback(self) -> bool:
        """Whether Django's connection is marked for rollback."""
        marked: bool = self.wrapper.needs_rollback
        return marked

    @needs_rollback.setter
    def needs_rollback(self, value: bool) -> None:
        self.wrapper.needs_rollback = value

    @property
    def rollback_exc(self) -> BaseException | None:
        """What marked it."""
        exc: BaseException | None = self.wrapper.rollback_exc
        return exc

    @rollback_exc.setter
    def rollback_exc(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, exc: BaseException | None
    ) -> None:
        self.wrapper.rollback_exc = exc

    def new_hooks(self) -> _Hooks:
        """Return where a block keeps what it registers by on_commit()."""
        return _Hooks(self.wrapper, self._own_hooks)

    def savepoints_mark(self) -> Mark:
        """Return Django's one mark: what Django's code marks in a savepoint goes back with it."""
        return self

    async def execute(self, sql: str, params: Any) -> Result:
        """Run a statement in the session of Django's connection."""
        connection = await self.begin()
        # Without autocommit, MySQL begins with the first statement that needs a transaction.
        self._has_begun = self._has_begun or connection.in_transaction
        return await self.database.execute(connection, sql, params)

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended the transaction on its own."""
        return self._has_begun and super().is_lost

    async def begin(self) -> Connection:
        """Return the connection over the session of Django's."""
        raw = self.wrapper.connection
        if raw is None:
            raise InterfaceError(
                f"Django's connection {self.wrapper.alias!r} was closed in the transaction of "
                "this test."
            )
        if self.connection is None or raw is not self._borrowed_from:
            self.give_back()
            self._borrowed_from = raw
            self.connection = await self._borrow()
        return self.connection

    async def _borrow(self) -> Connection:
        ours, theirs = self.database.vendor, self.wrapper.vendor
        if ours != theirs:
            raise ImproperlyConfigured(
                f"The alias {self.wrapper.alias!r} is served by {theirs} for Django and by {ours} "
                "for vinyl, which cannot share one transaction. Use vinyl.test.TransactionTestCase."
            )
        module = import_module(f"{__package__}.drivers.{ours}_borrowed")
        borrowed: Connection = await module.borrow(self.database.driver, self.wrapper, self._rest)
        borrowed.pin = borrowed.holder = None
        return borrowed

    def give_back(self) -> None:
        """Let go of Django's session, which stays open."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.abort()


class _Turn(asyncio.Lock):
    """The turn of a test's transaction, for which nobody waits for ever."""

    def __init__(self, alias: str) -> None:
        super().__init__()
        self._alias = alias

    async def acquire(self) -> Literal[True]:
        if not self.locked():
            return await super().acquire()
        try:
            async with asyncio.timeout(TURN_TIMEOUT):
                return await super().acquire()
        except TimeoutError as exc:
            raise PoolTimeout(
                f"The one connection of this test to {self._alias!r} did not become free in "
                f"{TURN_TIMEOUT:g} s: an atomic block of another task, or its statement, holds "
                "it. Where tasks must wait for each other inside their transactions, use "
                "vinyl.test.TransactionTestCase."
            ) from exc


class TestScope(Scope):
    """The block of Django's TestCase, in one event loop."""

    __test__ = False  # pytest takes what begins with Test for tests
    is_tests = True
    transaction: _SharedTransaction

    def __init__(self, shared: Shared) -> None:
        transaction = _SharedTransaction(databases.database(shared.alias), shared)
        super().__init__(transaction, None, False)
        self.turn = _Turn(shared.alias)

    @property
    def allows_durable(self) -> bool:
        """Whether Django would allow it: directly in the block of the test case."""
        blocks = self.transaction.wrapper.atomic_blocks
        return bool(blocks) and blocks[-1]._from_testcase


class _Hooks(list[Any]):
    """
    What on_commit registers in a block of a test: Django keeps it, from then on.

    So whoever captures it finds it before the block ends. Held here are Django's entries.
    """

    def __init__(self, wrapper: Any, own: list[Callable[[], Any]]) -> None:
        super().__init__()
        self.wrapper = wrapper
        # To be told from those that Django's own on_commit() has registered.
        self.own = own

    def append(self, hook: Hook) -> None:
        func, robust = hook
        self.own.append(func)
        entry = (set(self.wrapper.savepoint_ids), func, robust)
        super().append(entry)
        self.wrapper.run_on_commit.append(entry)

    def __iadd__(self, inner: Any) -> Self:  # type: ignore[misc]
        """Take over what a block inside has registered."""
        super().__iadd__(inner)
        list.clear(inner)
        return self

    def clear(self) -> None:
        """Take back what has been registered."""
        waiting = self.wrapper.run_on_commit
        # One by one, and from the end: a thread of Django's may append meanwhile.
        for number in reversed(range(len(waiting))):
            if any(waiting[number] is entry for entry in self):
                del waiting[number]
        super().clear()


class Shared:
    """Django's connection of one alias, and the blocks of the event loops inside of its block."""

    def __init__(self, alias: str, wrapper: Any) -> None:
        self.alias = alias
        self.wrapper = wrapper
        # What vinyl's on_commit() has registered, in all blocks.
        self.own_hooks: list[Callable[[], Any]] = []
        # Who holds it has a statement under way; Django's may come from any thread.
        self.rest = Lock()
        self._resting = Resting(wrapper, self.rest)
        self._scopes: WeakKeyDictionary[asyncio.AbstractEventLoop, TestScope] = WeakKeyDictionary()

    def scope(self) -> TestScope | None:
        """
        Return the block of the running event loop; None outside of a test's transaction.

        Raises: AssertionError, Django's DatabaseOperationForbidden, where the test may not use
        the alias.
        """
        for name in ("connect", "cursor"):
            method = vars(self.wrapper).get(name)
            if isinstance(method, _DatabaseFailure):
                method()
        blocks = self.wrapper.atomic_blocks
        if not (blocks and blocks[0]._from_testcase):
            return None
        loop = asyncio.get_running_loop()
        scope = self._scopes.get(loop)
        if scope is None or scope.transaction.database is not databases.database(self.alias):
            self._drop_ended()
            scope = self._scopes[loop] = TestScope(self)
        return scope

    def _drop_ended(self) -> None:
        for loop in [loop for loop in self._scopes if loop.is_closed()]:
            self._scopes.pop(loop).transaction.give_back()

    def end(self) -> None:
        """Let go of Django's connection in all event loops."""
        scopes = list(self._scopes.values())
        self._scopes.clear()
        for scope in scopes:
            scope.closed = True
            scope.transaction.give_back()
        self.own_hooks.clear()

    def stop(self) -> None:
        """Let go of Django's connection, and of its statements."""
        self.end()
        self._resting.stop()


_shared: dict[str, Shared] = {}
_refuse: Callable[[], None] | None = None


def share(
    wrappers: Mapping[str, Any],
    refuse: Callable[[], None] | None = None,
) -> None:
    """
    Let tests of these connections of Django's, by alias, share their transactions.

    `refuse` may raise where a test may not use any database.
    """
    global _refuse
    if refuse is not None:
        _refuse = refuse
    for alias, wrapper in wrappers.items():
        known = _shared.get(alias)
        if known is None or known.wrapper is not wrapper:
            if known is not None:
                known.stop()
            _shared[alias] = Shared(alias, wrapper)
        observer(alias).shared = wrapper
    set_around(_around)


def end() -> None:
    """Let go of what the event loops have borrowed: at the end of a test."""
    for shared in _shared.values():
        shared.end()


def stop() -> None:
    """Share no longer."""
    set_around(None)
    for alias, shared in _shared.items():
        shared.stop()
        observer(alias).shared = None
    _shared.clear()


def wrapper_of(alias: str) -> Any:
    """Return Django's connection that tests count the statements of, None for none."""
    return _shared[alias].wrapper if alias in _shared else None


def is_own_hook(alias: str, func: Callable[[], Any]) -> bool:
    """Tell whether vinyl's on_commit() has registered a function, and not Django's."""
    return alias in _shared and any(func is own for own in _shared[alias].own_hooks)


def _around(alias: str) -> Scope | None:
    if (shared := _shared.get(alias)) is None:
        return None
    scope = shared.scope()
    if scope is None and _refuse is not None:
        _refuse()
    return scope


def abort_pools() -> None:
    """Close the connections of all pools of all event loops, none of which is running."""
    for loop, opened in _opened():
        for database in opened.values():
            with suppress(RuntimeError):  # the loop is closed already
                database.pool.abort()
        databases._databases.pop(loop, None)


def _opened() -> Iterator[tuple[asyncio.AbstractEventLoop, dict[str, Database]]]:
    yield from list(databases._databases.items())
