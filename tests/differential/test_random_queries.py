"""Queries put together at random give on both twins what they give on stock Django."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies

from tests.differential.random_data import SIZES, Sizes, Tables
from tests.differential.random_queries import QUERIES, Tape, query
from tests.differential.subjects import Outcome, Stock, assert_same
from tests.differential.table import Case, case

# How many queries the same data is asked; filling the tables costs more than a query.
QUERIES_OF_DATA = 4
# Finding the least data that shows a fault takes Hypothesis minutes; it finds the same fault again
# by the same number of examples where somebody waits for it.
PHASES = [Phase.generate] if os.environ.get("CI") else [Phase.generate, Phase.shrink]

sizes = strategies.fixed_dictionaries(
    {name: strategies.integers(0, most) for name, most in SIZES.items()}
)


@pytest.fixture
def tables(snapshots: Any) -> Iterator[Tables]:
    """The tables, emptied, to be filled with data put together at random."""
    try:
        yield Tables(snapshots["default"].empty)
    finally:
        snapshots["default"].restore()


def asked(tape: Tape, do: Any) -> Any:
    return query(do, tape.rewound())


def assert_agreement(subjects: dict[str, Stock], case: Case) -> Outcome:
    expected = subjects["stock"].observe(case)
    assert_same(expected, subjects["sync"].observe(case))
    assert_same(expected, subjects["async"].observe(case))
    return expected


@pytest.mark.parametrize("case", QUERIES, ids=str)
def test_twins_agree_with_stock_django(case: Case, subjects: dict[str, Stock]) -> None:
    assert_agreement(subjects, case)


def test_twins_agree_on_whatever_hypothesis_thinks_of(
    subjects: dict[str, Stock], tables: Tables, request: pytest.FixtureRequest
) -> None:
    @settings(
        max_examples=max(1, request.config.getoption("--examples") // QUERIES_OF_DATA),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=PHASES,
    )
    @given(
        strategies.integers(0, 2**32),
        sizes,
        strategies.randoms(use_true_random=False),
    )
    def agree(seed: int, sizes: Sizes, source: Random) -> None:
        tables.fill(seed, sizes)
        for _ in range(QUERIES_OF_DATA):
            tape = Tape(source)
            assert_agreement(subjects, case("random", partial(asked, tape)))

    agree()


def test_most_of_them_give_rows(subjects: dict[str, Stock]) -> None:
    outcomes = [subjects["stock"].observe(case) for case in QUERIES]
    refused = [outcome for outcome in outcomes if outcome.error is not None]
    empty = [outcome for outcome in outcomes if "[]" in repr(outcome.result)[:40]]
    assert len(refused) < len(QUERIES) * 0.18
    assert len(empty) < len(QUERIES) * 0.2
