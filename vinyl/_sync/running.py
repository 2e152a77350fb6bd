# Generated from vinyl/_async/running.py by `python tools/unasync_build.py`; never edit.
"""Run plans: send each statement that a plan yields, and give it the result."""

from __future__ import annotations

from typing import TypeVar

from vinyl._runtime._sync.connection import connections
from vinyl._runtime._sync.transaction import atomic, mark_for_rollback_on_error
from vinyl.plans import Plan
from vinyl.sql.many import CopiedRows

T = TypeVar("T")


def run(plan: Plan[T], using: str) -> T:
    """Run a plan on a database; return its outcome."""
    connection = connections[using]
    try:
        statement = next(plan)
        while True:
            try:
                if type(statement[1]) is CopiedRows:
                    result = connection.copy(*statement)
                else:
                    result = connection.execute(*statement)
            except Exception as exc:  # noqa: BLE001
                statement = plan.throw(exc)
            else:
                statement = plan.send(result)
    except StopIteration as stop:
        outcome: T = stop.value
        return outcome


def write(plan: Plan[T], using: str, *, atomically: bool) -> T:
    """
    Run a plan that writes: in a transaction, or as its one statement.

    A transaction around is marked for rollback when the plan fails.
    """
    if atomically:
        with atomic(using, savepoint=False):
            return run(plan, using)
    with mark_for_rollback_on_error(using):
        return run(plan, using)
