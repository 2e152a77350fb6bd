"""
Transactions of the async twin: scopes that pin one connection to the context.

Each `atomic` block is a scope. A statement holds the turn of its scope while it runs, a nested
block holds the turn of the one around it until it ends: so the statements of sibling tasks never
land in each other's savepoint. BEGIN and SAVEPOINT go out with the first statement that needs
them.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from types import TracebackType
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.transaction import TransactionManagementError

from vinyl.deadlines import seconds_left
from vinyl.exceptions import WrongMode
from vinyl.mode import is_coroutine_function
from vinyl.sql.many import ParamRows
from vinyl.sql.result import Result

from . import timing
from .copying import Keeper
from .databases import Database, database
from .drivers.base import Connection, to_its_end
from .observing import observer
from .scopes import current_scope, enter, leave

logger = logging.getLogger("django.db.backends.base")
_savepoint_numbers = count(1)

# A function that waits for the commit, and whether its error is only logged.
Hook = tuple[Callable[[], Any], bool]


class Mark:
    """Whether what was done since a savepoint, or in a transaction, is to be rolled back."""

    def __init__(self) -> None:
        self.needs_rollback = False
        self.rollback_exc: BaseException | None = None


class Transaction(Mark):
    """One transaction of one connection, as wide as its outermost atomic block."""

    def __init__(self, on: Database) -> None:
        super().__init__()
        self.database = on
        self.connection: Connection | None = None
        self.loop = asyncio.get_running_loop()

    def savepoints_mark(self) -> Mark:
        """Return what tells of a new savepoint whether to go back to it."""
        return Mark()

    async def execute(self, sql: str, params: Any) -> Result:
        """Run a statement; the first one goes out together with BEGIN."""
        if self.connection is None and (type(params) is ParamRows or seconds_left() is not None):
            await self.begin()
        if self.connection is not None:
            await self._begin_anew()
            return await self.database.execute(self.connection, sql, params)

        def both(on: Connection) -> Awaitable[Result]:
            timing.start()
            return on.execute_after(self.begin_sql, sql, params)

        return await self._first(both, sql, seconds=0.0)

    def new_hooks(self) -> list[Hook]:
        """Return where a block keeps what it registers by on_commit()."""
        return []

    async def begin(self) -> Connection:
        """Take a connection and open the transaction on it, unless that has been done."""
        with self.database.translating():
            if self.connection is None:
                await self._first(lambda on: on.execute(self.begin_sql))
            else:
                await self._begin_anew()
        assert self.connection is not None
        return self.connection

    @property
    def is_lost(self) -> bool:
        """Whether the server has ended the transaction, or the connection is gone."""
        connection = self.connection
        return connection is not None and not connection.in_transaction

    @property
    def is_spoilt(self) -> bool:
        """Whether the server would answer a COMMIT with a rollback."""
        return self.connection is not None and self.connection.spoilt

    async def _begin_anew(self) -> None:
        """Go on in a transaction where a statement has committed, as some of MySQL's do."""
        connection = self.connection
        if connection is not None and connection.usable and not connection.in_transaction:
            await connection.execute(self.begin_sql)

    @property
    def begin_sql(self) -> str:
        """What opens a transaction on this database."""
        return self.database.driver.begin_sql

    @property
    def _begin_told(self) -> str:
        """What Django's log says of it."""
        return self.begin_sql if self.database.vendor == "sqlite" else "BEGIN"

    async def _first(
        self,
        run: Callable[[Connection], Awaitable[Result]],
        *statements: str,
        seconds: float | None = None,
    ) -> Result:
        connection = await self.database.acquire(self.begin_sql, *statements)
        try:
            # The time of a BEGIN that goes out with a statement is that statement's.
            with observer(self.database.alias).transacting(self._begin_told, seconds):
                result = await run(connection)
        except BaseException:
            if connection.in_transaction:  # BEGIN took effect, what came with it has failed.
                self.connection = connection
            else:
                await self.database.release(connection)
            raise
        self.connection = connection
        return result

    async def end(self, statement: str) -> asyncio.CancelledError | None:
        """
        Send COMMIT or ROLLBACK and give the connection back.

        The pool rolls back what is still open, or drops the connection: it does so whoever is
        cancelled, and waits only so long for a server that does not answer. A cancellation that
        comes when the statement has taken effect is returned, for the caller to raise.
        """
        connection, self.connection = self.connection, None
        if connection is None:
            return None
        cancelled: asyncio.CancelledError | None = None
        try:
            if statement == "COMMIT":
                with (
                    self.database.translating(),
                    observer(self.database.alias).transacting(statement),
                ):
                    await connection.execute(statement, None)
            else:
                cancelled = await self._roll_back(connection)
        except BaseException:
            await self.database.release(connection)
            raise
        try:
            await self.database.release(connection)
        except asyncio.CancelledError as exc:
            cancelled = exc
        return cancelled

    async def _roll_back(self, connection: Connection) -> asyncio.CancelledError | None:
        async def work() -> None:
            with observer(self.database.alias).transacting("ROLLBACK"):
                await connection.execute("ROLLBACK", None)

        with self.database.translating():
            return await to_its_end(connection.in_time(work()))

    async def roll_back_to(self, savepoint: str) -> asyncio.CancelledError | None:
        """
        Go back to a savepoint and release it, although the caller is cancelled meanwhile.

        A deadline that has passed does not hinder it, and it does not wait for ever.
        """
        connection = self.connection
        assert connection is not None

        async def execute(sql: str, params: Any) -> Result:
            timing.start()
            return await connection.execute(sql, params)

        async def work() -> None:
            for statement in ("ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT"):
                await observer(self.database.alias).run(f"{statement} {savepoint}", None, execute)

        with self.database.translating():
            return await to_its_end(connection.in_time(work()))

    async def abandon(self) -> None:
        """Give a connection that is still held back; the pool rolls back, or closes it."""
        connection, self.connection = self.connection, None
        if connection is not None:
            await self.database.release(connection)


class Scope(Keeper):
    """One atomic block: the transaction itself, a savepoint in it, or neither."""

    # The block of a test case, which no task has entered; see `sharing`.
    is_tests = False

    def __init__(self, transaction: Transaction, parent: Scope | None, savepoint: bool) -> None:
        self.transaction = transaction
        self.parent = parent
        self.savepoint = f"vinyl_{next(_savepoint_numbers)}" if parent and savepoint else ""
        # Of the nearest block that can roll back. It is not one for the whole transaction, for
        # several blocks are open at once where tasks are: each is spoilt by its own errors.
        if parent is None:
            self.mark: Mark = transaction
        else:
            self.mark = transaction.savepoints_mark() if savepoint else parent.mark
        self.turn = asyncio.Lock()
        self.task = asyncio.current_task()
        self.opened = False
        self.closed = False
        self.hooks = transaction.new_hooks()

    async def execute(self, sql: str, params: Any) -> Result:
        """Run one statement when it is this task's turn."""
        self.check_here()
        self.check_not_copying()
        async with self.turn:
            self.check_usable()
            await self.open()
            try:
                return await self.transaction.execute(sql, params)
            except BaseException as exc:
                # Cancelled: whether the statement took effect is unknown. Rolled back by the
                # server, as after a deadlock in MySQL: what follows would be outside of it.
                if not isinstance(exc, Exception) or self.transaction.is_lost:
                    self.mark_for_rollback(exc)
                raise

    @asynccontextmanager
    async def using_connection(self) -> AsyncIterator[Connection]:
        """Give the connection of the transaction when it is this task's turn."""
        self.check_here()
        self.check_not_copying()
        async with self.turn:
            self.check_usable()
            await self.open()
            yield await self.transaction.begin()

    async def open(self) -> None:
        """Set the savepoints of this block and those around, where it has not been done yet."""
        if self.parent is None:
            return
        await self.parent.open()
        if self.savepoint and not self.opened:
            await self.send(f"SAVEPOINT {self.savepoint}")
            self.opened = True

    async def send(self, sql: str) -> None:
        """Run a statement that manages the transaction."""
        on = self.transaction.database
        try:
            with on.translating():
                await observer(on.alias).run(sql, None, self.transaction.execute)
        except BaseException as exc:
            self.mark_for_rollback(exc)
            raise

    @property
    def allows_durable(self) -> bool:
        """Whether a durable block may be opened inside: that of a test case does not count."""
        return False

    @property
    def around(self) -> Scope | None:
        """The block around that some task has entered."""
        return None if self.parent is None or self.parent.is_tests else self.parent

    def mark_for_rollback(self, exc: BaseException | None = None) -> None:
        """Let the nearest block that can roll back do so when it ends."""
        self.mark.needs_rollback = True
        self.mark.rollback_exc = exc

    def marked(self) -> Mark | None:
        """Return the mark of this block, or of one around it, that is set."""
        scope: Scope | None = self
        while scope is not None:
            if scope.mark.needs_rollback:
                return scope.mark
            scope = scope.parent
        return None

    def is_here(self) -> bool:
        """Tell whether the block has not ended, and is of the running event loop."""
        return not self.closed and self.transaction.loop is asyncio.get_running_loop()

    def check_here(self) -> None:
        """Raise TransactionManagementError where the block has ended, or is another loop's."""
        if self.closed:
            raise TransactionManagementError(
                "This task was started inside an atomic block that has ended since. Await the "
                "task before the block ends, or start it outside."
            )
        if self.transaction.loop is not asyncio.get_running_loop():
            raise TransactionManagementError(
                "An atomic block cannot be used from another event loop than its own."
            )

    def check_usable(self) -> None:
        """
        Raise TransactionManagementError where no statement may run in this block.

        Who waits for the turn asks when it has come: by then, blocks inside have ended.
        """
        self.check_here()
        if (mark := self.marked()) is not None:
            raise TransactionManagementError(
                "An error occurred in the current transaction. You can't execute queries until "
                "the end of the 'atomic' block."
            ) from mark.rollback_exc

    async def close(self, failed: bool) -> None:
        """End the block: commit, release or roll back, and run what waited for the commit."""
        try:
            if self.parent is None:
                await self._close_transaction(failed)
            else:
                await self._close_nested(failed)
        finally:
            if self.parent is not None:
                self.parent.turn.release()

    async def _close_nested(self, failed: bool) -> None:
        assert self.parent is not None
        self.closed = True
        cancelled: asyncio.CancelledError | None = None
        try:
            async with self.turn:
                if failed or self.mark.needs_rollback or self.transaction.is_spoilt:
                    cancelled = await self._roll_back(self.parent)
                else:
                    await self._release(self.parent)
        except BaseException as exc:
            self.parent.mark_for_rollback(exc)
            raise
        finally:
            self.hooks.clear()  # those that the block around has not taken over
        if cancelled is not None:  # The block around can go on, if it wants to.
            raise cancelled

    async def _release(self, parent: Scope) -> None:
        if self.opened:
            await self.send(f"RELEASE SAVEPOINT {self.savepoint}")
        parent.hooks += self.hooks

    async def _roll_back(self, parent: Scope) -> asyncio.CancelledError | None:
        transaction = self.transaction
        self.mark.needs_rollback = not self.savepoint
        if not self.opened:
            return None
        connection = transaction.connection
        if connection is None or not connection.usable:
            # Gone: the server has rolled back everything, and so must the block around.
            parent.mark_for_rollback(self.mark.rollback_exc)
            return None
        return await transaction.roll_back_to(self.savepoint)

    async def _close_transaction(self, failed: bool) -> None:
        transaction = self.transaction
        self.closed = True
        try:
            async with self.turn:
                failed = failed or self.mark.needs_rollback or transaction.is_spoilt
                cancelled = await transaction.end("ROLLBACK" if failed else "COMMIT")
        except BaseException:
            await transaction.abandon()
            raise
        try:
            if not failed:
                # Although cancelled: what they are about has been committed.
                await _run_hooks(self.hooks)
        except Exception as exc:
            if cancelled is None:
                raise
            logger.error("An on_commit() function failed: %s", exc, exc_info=exc)
        if cancelled is not None:
            raise cancelled


async def _run_hooks(hooks: list[Hook]) -> None:
    for func, robust in hooks:
        try:
            outcome = func()
            if inspect.isawaitable(outcome):
                await outcome
        except Exception as exc:
            if not robust:
                raise
            _log_hook_error(func, exc)


def _log_hook_error(func: Callable[[], Any], exc: Exception) -> None:
    name = getattr(func, "__qualname__", func)
    logger.error("Error calling %s in on_commit() (%s).", name, exc, exc_info=exc)


class Atomic:
    """An atomic block as a context manager; may be entered again and again."""

    def __init__(self, using: str | None, savepoint: bool, durable: bool) -> None:
        self.using = using or DEFAULT_DB_ALIAS
        self.savepoint = savepoint
        self.durable = durable
        self._entered: list[Scope] = []

    async def __aenter__(self) -> None:
        parent = current_scope(self.using)
        if parent is None:
            scope = Scope(Transaction(database(self.using)), None, self.savepoint)
        else:
            if self.durable and not parent.allows_durable:
                raise RuntimeError(
                    "A durable atomic block cannot be nested within another atomic block."
                )
            scope = await self._nested(parent)
        enter(self.using, scope)
        self._entered.append(scope)

    async def _nested(self, parent: Scope) -> Scope:
        parent.check_not_copying()
        await parent.turn.acquire()
        try:
            parent.check_here()
        except BaseException:
            parent.turn.release()
            raise
        # As in Django: no savepoint where a rollback is due anyway.
        savepoint = self.savepoint and parent.marked() is None
        return Scope(parent.transaction, parent, savepoint)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        scope = current_scope(self.using)
        if scope is None or scope not in self._entered:
            # A generator that was left early is closed in whatever context there is.
            scope = self._entered[-1]
        leave(self.using, scope)
        self._entered.remove(scope)
        try:
            await scope.close(failed=exc is not None)
        except Exception as closing_exc:
            if exc is None:
                raise
            # The first error matters; the connection has been dropped or marked.
            logger.warning("Rolling back failed: %s", closing_exc, exc_info=closing_exc)

    def __enter__(self) -> None:
        raise WrongMode("Write `async with vinyl.atomic():` in the async twin.")

    def __exit__(self, *exc_info: object) -> None:
        raise WrongMode("Write `async with vinyl.atomic():` in the async twin.")

    def __call__(self, func: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Run a coroutine function in a block of its own at each call."""

        @functools.wraps(func)
        async def inner(*args: Any, **kwargs: Any) -> Any:
            async with Atomic(self.using, self.savepoint, self.durable):
                return await func(*args, **kwargs)

        return inner


def atomic(using: str | None = None, savepoint: bool = True, durable: bool = False) -> Atomic:
    """Make an atomic block."""
    return Atomic(using, savepoint, durable)


class mark_for_rollback_on_error:  # noqa: N801  Django's name
    """Mark the transaction around, if there is one, when the block raises."""

    __slots__ = ("using",)

    def __init__(self, using: str) -> None:
        self.using = using

    async def __aenter__(self) -> None:
        return

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        scope = None if exc is None else current_scope(self.using)
        if scope is not None and scope.is_here():
            scope.mark_for_rollback(exc)


def on_commit(
    func: Callable[[], Any], using: str | None = None, robust: bool = False
) -> Awaitable[None]:
    """
    Run `func` when the transaction commits; at once outside an atomic block.

    It is registered by the call itself. The awaitable matters outside an atomic block only,
    where it finishes a `func` that is a coroutine function.
    """
    if not callable(func):
        raise TypeError("on_commit()'s callback must be a callable.")
    scope = current_scope(using or DEFAULT_DB_ALIAS)
    if scope is not None:
        scope.check_here()
        scope.hooks.append((func, robust))
        return Done()
    return _run_now(func, robust)


def _run_now(func: Callable[[], Any], robust: bool) -> Awaitable[None]:
    if is_coroutine_function(func):
        return _run_hooks([(func, robust)])
    try:
        outcome = func()
    except Exception as exc:
        if not robust:
            raise
        _log_hook_error(func, exc)
    else:
        if inspect.isawaitable(outcome):
            return _run_hooks([(lambda: outcome, robust)])
    return Done()


class Done:
    """An awaitable with nothing left to do, which need not be awaited."""

    def __await__(self) -> Any:
        return iter(())


def get_rollback(using: str | None = None) -> bool:
    """Tell whether the innermost block with a savepoint is marked for rollback."""
    return _scope_or_raise(using).mark.needs_rollback


def set_rollback(rollback: bool, using: str | None = None) -> None:
    """Set or clear the mark that rolls the innermost block with a savepoint back."""
    _scope_or_raise(using).mark.needs_rollback = rollback


def _scope_or_raise(using: str | None) -> Scope:
    if (scope := current_scope(using or DEFAULT_DB_ALIAS)) is None:
        raise TransactionManagementError(
            "The rollback flag doesn't work outside of an 'atomic' block."
        )
    return scope
