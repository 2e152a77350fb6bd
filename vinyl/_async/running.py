"""Run plans: send each statement that a plan yields, and give it the result."""

from __future__ import annotations

from typing import TypeVar

from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.transaction import atomic, mark_for_rollback_on_error
from vinyl.plans import Plan
from vinyl.sql.many import CopiedRows

T = TypeVar("T")


async def run(plan: Plan[T], using: str) -> T:
    """Run a plan on a database; return its outcome."""
    connection = connections[using]
    try:
        statement = next(plan)
        while True:
            try:
                if type(statement[1]) is CopiedRows:
                    result = await connection.copy(*statement)
                else:
                    result = await connection.execute(*statement)
            except Exception as exc:  # noqa: BLE001
                statement = plan.throw(exc)
            else:
                statement = plan.send(result)
    except StopIteration as stop:
        outcome: T = stop.value
        return outcome


async def write(plan: Plan[T], using: str, *, atomically: bool) -> T:
    """
    Run a plan that writes: in a transaction, or as its one statement.

    A transaction around is marked for rollback when the plan fails.
    """
    if atomically:
        async with atomic(using, savepoint=False):
            return await run(plan, using)
    async with mark_for_rollback_on_error(using):
        return await run(plan, using)
