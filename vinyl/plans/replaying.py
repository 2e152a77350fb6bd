"""Methods of Django's that ask the database on their way, as plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from vinyl.plans import Plan
from vinyl.sql.door import Stopped, answering, statement_of

T = TypeVar("T")


def replayed(connection: Any, call: Callable[[], T]) -> Plan[T]:
    """
    Call what may query the dialect `connection`; at each query, ask and call again.

    Fit for calls with few queries that may be repeated without harm.
    """
    answers: list[Any] = []
    while True:
        try:
            with answering(connection, answers):
                return call()
        except Stopped as stopped:
            statement = statement_of(stopped.compiler)
        rows = [] if statement is None else (yield statement).rows
        answers.append([rows])
