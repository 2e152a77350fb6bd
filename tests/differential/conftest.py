"""The subjects, and what stock Django makes of each case."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.utils import timezone

import vinyl

# pytest may import this module before Django is set up.
if TYPE_CHECKING:
    from tests.differential.subjects import Outcome, Stock
    from tests.differential.table import Case


@pytest.fixture(scope="session")
def runner(databases: None) -> Iterator[asyncio.Runner]:
    """One event loop for the async twin in all differential tests."""

    async def close() -> None:
        await vinyl.connections.close()

    with asyncio.Runner() as runner:
        yield runner
        runner.run(close())


@pytest.fixture(scope="session")
def subjects(runner: asyncio.Runner) -> dict[str, Stock]:
    from tests.differential.subjects import AsyncTwin, Stock, SyncTwin

    return {"stock": Stock(), "sync": SyncTwin(), "async": AsyncTwin(runner)}


@pytest.fixture(scope="session")
def expected_read(subjects: dict[str, Stock]) -> Callable[[Case], Outcome]:
    """Ask stock Django once about each case that only reads."""
    known: dict[str, Outcome] = {}

    def expected(case: Case) -> Outcome:
        skip_without_features(case)
        if case.name not in known:
            known[case.name] = checked(case, subjects["stock"].observe(case))
        return known[case.name]

    return expected


@pytest.fixture(scope="session")
def observe_write(subjects: dict[str, Stock], snapshots: Any) -> Callable[[str, Case], Outcome]:
    """Let a subject write, note which rows changed, and put them back."""

    def observe(subject: str, case: Case) -> Outcome:
        skip_without_features(case)
        try:
            outcome = subjects[subject].observe(case)
            outcome.changes = {alias: snapshots[alias].changes() for alias in snapshots}
        finally:
            for snapshot in snapshots.values():
                snapshot.restore()
        if not case.savepoints:
            outcome.leave_savepoints_out()
        return checked(case, outcome) if subject == "stock" else outcome

    return observe


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give `auto_now` the same time under every subject."""
    now = dt.datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=dt.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)


def skip_without_features(case: Case) -> None:
    missing = [name for name in case.needs if not getattr(connection.features, name)]
    if missing:
        pytest.skip(f"this database lacks {', '.join(missing)}")


def checked(case: Case, outcome: Outcome) -> Outcome:
    """Return stock Django's outcome when it is what the table says, or say that it is not."""
    if connection.vendor in case.fails_on:
        assert outcome.error is not None, f"stock Django returns {outcome.result}"
    elif case.raises is None:
        assert outcome.error is None, f"stock Django raises {outcome.error}"
    else:
        assert outcome.error is not None, f"stock Django returns {outcome.result}"
        assert issubclass(outcome.error[0], case.raises), f"stock Django raises {outcome.error}"
    return outcome
