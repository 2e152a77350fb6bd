"""
The subjects that are compared: stock Django, the sync twin and the async twin.

Each evaluates a case and tells what came of it: the result or the error, the statements sent, and
the rows changed.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connections, models, transaction
from django.db.models.query import RawQuerySet

import vinyl
from tests.differential.normal import Normal, normal, normal_error, normal_statement
from tests.differential.table import Case

SAVEPOINT = re.compile("SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT")
ALIASES = ("default", "other")
# How many statements, or places in a result, a failing test shows.
SHOWN = 8


@dataclass
class Outcome:
    """What came of a case under one subject."""

    result: Normal = None
    error: Normal = None
    statements: list[Normal] = field(default_factory=list)
    changes: Any = None

    def record(self, sql: str, params: Any, many: bool) -> None:
        # Django sends BEGIN through its cursor on some databases only.
        if not sql.startswith("BEGIN"):
            self.statements.append(normal_statement(sql, params, many))

    def spare(self, pattern: str) -> None:
        """Take out the statements, after the first one, that a twin can do without."""
        needed = [
            statement
            for number, statement in enumerate(self.statements)
            if number == 0 or not re.search(pattern, statement[0])
        ]
        assert len(needed) < len(self.statements), "Django sends no such statement any more"
        self.statements = needed

    def leave_savepoints_out(self) -> None:
        """Forget the statements that make savepoints, and those that end them."""
        self.statements = [each for each in self.statements if not SAVEPOINT.match(each[0])]


class Stock:
    """Stock Django, through `Model.objects`."""

    name = "stock"

    def observe(self, case: Case) -> Outcome:
        outcome = Outcome()
        warm_up()
        with contextlib.ExitStack() as stack:
            for alias in ALIASES:
                stack.enter_context(recording(connections[alias], outcome))
            try:
                outcome.result = normal(self.evaluate(case))
            except Exception as error:  # noqa: BLE001  the error is the outcome
                outcome.error = normal_error(error)
        return outcome

    def evaluate(self, case: Case) -> Any:
        steps = case.build(*(self.given(name) for name in case.names))
        if not inspect.isgenerator(steps):
            return finish(steps)
        return drive(steps)

    def given(self, name: str) -> Any:
        """Return what a case's parameter stands for: a model's manager, or the verbs."""
        return self if name == "do" else self.manager(apps.get_model("shop", name))

    def manager(self, model: type[models.Model]) -> Any:
        return model.objects

    # Verbs that Django and vinyl spell differently.

    def insert(self, obj: Any) -> Any:
        return obj.save(force_insert=True)

    def update(self, obj: Any, **values: Any) -> Any:
        for name, value in values.items():
            setattr(obj, name, value)
        return obj.save(update_fields=list(values))

    def save(self, obj: Any, update_fields: list[str] | None = None) -> Any:
        return obj.save(force_update=True, update_fields=update_fields)

    def related(self, obj: Any, name: str) -> Any:
        return getattr(obj, name)

    def listed(self, rows: Any) -> Any:
        """Read an iterator to its end."""
        return list(rows)

    def atomic(self) -> Any:
        return transaction.atomic()

    def enter(self, block: Any) -> Any:
        return block.__enter__()

    def leave(self, block: Any, error: Exception | None) -> Any:
        return block.__exit__(error and type(error), error, None)


class Vinyl(Stock):
    """What both twins have in common."""

    def manager(self, model: type[models.Model]) -> Any:
        return model.vinyl

    def insert(self, obj: Any) -> Any:
        return obj.insert()

    def update(self, obj: Any, **values: Any) -> Any:
        return obj.update(**values)

    def save(self, obj: Any, update_fields: list[str] | None = None) -> Any:
        return obj.save(update_fields=update_fields)

    def atomic(self) -> Any:
        return vinyl.atomic()


class SyncTwin(Vinyl):
    """The sync twin; recorded on Django's connection, which it must use."""

    name = "sync"


class AsyncTwin(Vinyl):
    """The async twin, in one event loop for all cases."""

    name = "async"

    def __init__(self, runner: asyncio.Runner) -> None:
        self.runner = runner

    async def listed(self, rows: Any) -> Any:
        """Read an iterator to its end."""
        return [row async for row in rows]

    def enter(self, block: Any) -> Any:
        return block.__aenter__()

    def leave(self, block: Any, error: Exception | None) -> Any:
        return block.__aexit__(error and type(error), error, None)

    def observe(self, case: Case) -> Outcome:
        warm_up()
        return self.runner.run(self._observe(case))

    async def _observe(self, case: Case) -> Outcome:
        outcome = Outcome()

        async def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            outcome.record(sql, params, many)
            return await execute(sql, params, many, context)

        with contextlib.ExitStack() as stack:
            for alias in ALIASES:
                stack.enter_context(vinyl.connections[alias].execute_wrapper(wrapper))
            try:
                outcome.result = normal(await self._evaluate(case))
            except Exception as error:  # noqa: BLE001  the error is the outcome
                outcome.error = normal_error(error)
        return outcome

    async def _evaluate(self, case: Case) -> Any:
        steps = case.build(*(self.given(name) for name in case.names))
        if not inspect.isgenerator(steps):
            return await finish_async(steps)
        return await drive_async(steps)


def recording(connection: Any, outcome: Outcome) -> contextlib.AbstractContextManager[None]:
    """Record the statements that Django's connection sends."""

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        outcome.record(sql, params, many)
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapper)


def finish(value: Any) -> Any:
    """Evaluate a queryset; the rest are results already."""
    return list(value) if isinstance(value, models.QuerySet | RawQuerySet) else value


async def finish_async(value: Any) -> Any:
    """Evaluate a queryset or a terminal."""
    if isinstance(value, Awaitable) and not isinstance(value, models.Model):
        return await value
    return value


def drive(steps: Any) -> Any:
    """Run a generator that yields what is to be evaluated and is sent what came of it."""
    send, value = steps.send, None
    while True:
        try:
            step = send(value)
        except StopIteration as stop:
            return finish(stop.value)
        send, value = outcome_of(steps, lambda step=step: finish(step))


def outcome_of(steps: Any, function: Callable[[], Any]) -> tuple[Any, Any]:
    try:
        return steps.send, function()
    except Exception as error:  # noqa: BLE001  goes to the generator
        return steps.throw, error


async def drive_async(steps: Any) -> Any:
    """Do the same as `drive()`, awaiting each step."""
    send, value = steps.send, None
    while True:
        try:
            step = send(value)
        except StopIteration as stop:
            return await finish_async(stop.value)
        try:
            send, value = steps.send, await finish_async(step)
        except Exception as error:  # noqa: BLE001  goes to the generator
            send, value = steps.throw, error


def warm_up() -> None:
    """Fill the caches that the subjects share, so that none pays for another."""
    for alias in ALIASES:
        connections[alias].ensure_connection()
        # Django asks the server for these, once.
        _ = connections[alias].get_database_version()
        _ = connections[alias].features.has_json_object_function
        for name in ("Artist", "Album", "Person", "Genre", "Page", "Cover", "Review"):
            ContentType.objects.db_manager(alias).get_for_model(
                apps.get_model("shop", name), for_concrete_model=name != "Cover"
            )


def differences(expected: Outcome, got: Outcome) -> Iterator[str]:
    """Yield a line for each way in which the outcomes differ."""
    for name in ("error", "result", "changes"):
        found = places(getattr(expected, name), getattr(got, name), name)
        yield from islice(found, SHOWN)
    if len(expected.statements) != len(got.statements):
        yield f"queries: expected {len(expected.statements)}, got {len(got.statements)}"
    yield from different_statements(expected.statements, got.statements)


def different_statements(expected: list[Normal], got: list[Normal]) -> Iterator[str]:
    """Yield the statements from the first on that is not the same, and how it differs."""
    pairs = zip_longest(expected, got)
    first = next((number for number, (one, two) in enumerate(pairs) if one != two), None)
    if first is None:
        return
    shown = slice(first, first + SHOWN)
    for name, statements in (("expected", expected), ("got", got)):
        for number, (sql, params, many) in enumerate(statements[shown], first + 1):
            values = [text for _, text, *_ in params[-1]]
            yield f"{name} {number}: {sql} {values}{' many' * many}"
    found = places(expected[first:][:1], got[first:][:1], f"statement {first + 1}")
    yield from islice(found, SHOWN)


def places(expected: Any, got: Any, where: str) -> Iterator[str]:
    """Yield where two normal values differ, as deep inside as possible, and what is there."""
    if type(expected) is type(got) and isinstance(expected, dict) and expected.keys() == got.keys():
        for key in expected:
            yield from places(expected[key], got[key], f"{where}.{key}")
    elif (
        type(expected) is type(got)
        and isinstance(expected, list | tuple)
        and len(expected) == len(got)
    ):
        for number, pair in enumerate(zip(expected, got, strict=True)):
            yield from places(*pair, f"{where}[{number}]")
    elif expected != got:
        yield f"{where}: expected {expected!r}"
        yield f"{where}: got      {got!r}"


def assert_same(expected: Outcome, got: Outcome) -> None:
    """Fail with the differences and nothing else."""
    found = list(differences(expected, got))
    if found:
        found += [f"the first of the statements: {sql}" for sql, *_ in expected.statements[:1]]
        pytest.fail("\n".join(found), pytrace=False)
