"""Run Django's synchronous code with its queries made natively: stop, ask, run it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import SynchronousOnlyOperation

from vinyl.plans.replaying import Question, replayed_anywhere
from vinyl.plans.validating import Step, stepped, stepping_view

from .connection import connections
from .databases import dialect, known_dialects
from .queryset import settled
from .transaction import atomic

T = TypeVar("T")


async def answered(call: Callable[[], T]) -> T:
    """
    Call code of Django's that may query; it is called again after each query.

    Raises: NotSupportedError where it writes.
    """
    plan = replayed_anywhere(known_dialects(), call)
    try:
        asked = next(plan)
        while True:
            if isinstance(asked, str):
                asked = plan.send(await dialect(asked))
                continue
            try:
                rows = await _rows(asked)
            except Exception as exc:  # noqa: BLE001
                asked = plan.throw(exc)
            else:
                asked = plan.send(rows)
    except StopIteration as stop:
        outcome: T = stop.value
        return outcome


async def _rows(question: Question) -> list[Any]:
    connection = connections[question.alias]
    if question.may_fail and connection.in_atomic_block:
        async with atomic(question.alias):
            return (await connection.execute(*question.statement)).rows
    return (await connection.execute(*question.statement)).rows


async def in_steps(obj: Any, method: Callable[..., None], **kwargs: Any) -> None:
    """
    Run full_clean(), Django's or the user's; each method that it calls on the object runs once.

    What else an override of the user's does is done again after each of them.
    """
    view = stepping_view(obj)
    plan = stepped(view, lambda: getattr(view, method.__name__)(**kwargs))
    try:
        step = next(plan)
        while True:
            try:
                await _take(obj, step)
            except Exception as exc:  # noqa: BLE001
                step = plan.throw(exc)
            else:
                step = next(plan)
    except StopIteration:
        return


async def _take(obj: Any, step: Step) -> None:
    try:
        await settled(getattr(obj, step.name)(*step.args, **step.kwargs))
    except SynchronousOnlyOperation as exc:
        exc.add_note(
            f"{step.name}() of {type(obj).__name__} queries in a synchronous way. Write it as a "
            "coroutine method of a class for VinylManager(model=...)."
        )
        raise
