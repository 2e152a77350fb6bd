"""What the tests without a database share: a dialect that never connects, and a player of plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from vinyl.plans import Plan, Statement
from vinyl.sql.door import make_known, open_dialect
from vinyl.sql.result import Result


@pytest.fixture
def dialect() -> Iterator[Any]:
    """Django's dialect of SQLite, which compiles and cannot connect."""
    settings = connections.settings["default"]
    connections.settings["pure"] = {**settings, "ENGINE": "django.db.backends.sqlite3"}
    wrapper = open_dialect("pure", "pure", lambda: True)
    features = type(wrapper.features)
    wrapper.features.__class__ = type(features.__name__, (features,), {"max_query_params": 999})

    def refuse() -> None:
        raise AssertionError("a pure part wants to connect")

    wrapper.connect = refuse
    try:
        yield make_known(wrapper)
    finally:
        del connections.settings["pure"]


def play(
    plan: Plan[Any], answer: Callable[[str, Any], list[Any] | int] | None = None
) -> tuple[list[Statement], Any]:
    """
    Run a plan; return the statements that it yielded, and its outcome.

    `answer` gives the rows of a statement, or the number of rows that it changed; without it, no
    rows are found and one is changed by each.
    """
    statements: list[Statement] = []
    result: Any = None
    try:
        while True:
            statement = plan.send(result)
            statements.append(statement)
            given = answer(*statement) if answer else [] if _reads(statement) else 1
            result = Result(given, len(given)) if isinstance(given, list) else Result([], given)
    except StopIteration as stop:
        return statements, stop.value


def _reads(statement: Statement) -> bool:
    return statement[0].startswith("SELECT")
