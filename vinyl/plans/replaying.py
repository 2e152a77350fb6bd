"""Methods of Django's that ask the database on their way, as plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.db import DatabaseError

from vinyl.plans import Plan, Statement
from vinyl.sql.answers import Answers
from vinyl.sql.door import DialectWanted, Stopped, answering, standing_in, writing_refused

if TYPE_CHECKING:
    from vinyl.sql.door import Dialect

T = TypeVar("T")


def replayed(connection: Any, call: Callable[[], T]) -> Plan[T]:
    """
    Call what may query the dialect `connection`; at each query, ask and call again.

    Fit for calls with few queries that may be repeated without harm.
    """
    answers = Answers()
    while True:
        try:
            with answering(connection, answers):
                return call()
        except Stopped as stopped:
            statement = _reading(stopped)
        answers.add(statement, (yield statement).rows)


class Question(NamedTuple):
    """A statement that code of Django's would send, and where to."""

    alias: str
    statement: Statement
    # Whether the code goes on after an error of the database.
    may_fail: bool


def replayed_anywhere(
    dialects: dict[str, Dialect], call: Callable[[], T]
) -> Generator[str | Question, Any, T]:
    """
    Call what may query any database by its alias; at each query, ask and call again.

    Yields an alias to be sent its dialect, and a Question to be sent the rows.
    Raises: NotSupportedError where the call writes.
    """
    answers: defaultdict[str, Answers] = defaultdict(Answers)
    while True:
        try:
            with standing_in(dialects), ExitStack() as stack:
                for alias, dialect in dialects.items():
                    stack.enter_context(answering(dialect, answers[alias]))
                return call()
        except DialectWanted as wanted:
            alias = wanted.alias
        except Stopped as stopped:
            question = _question(stopped)
            answers[question.alias].add(question.statement, (yield from _answer(question)))
            continue
        dialects[alias] = yield alias


def _reading(stopped: Stopped) -> Statement:
    """Return the statement of a query. Raises: NotSupportedError for what writes."""
    if stopped.writes:
        raise writing_refused(stopped.compiler.query.model._meta.label)
    assert stopped.statement is not None
    return stopped.statement


def _question(stopped: Stopped) -> Question:
    compiler = stopped.compiler
    # Q.check() has a query without a model; the database may be unable to answer it.
    return Question(compiler.connection.alias, _reading(stopped), compiler.query.model is None)


def _answer(question: Question) -> Generator[Question, Any, Any]:
    try:
        rows = yield question
    except DatabaseError as error:
        return error
    return rows
