"""Queries put together at random give on both twins what they give on stock Django."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from tests.differential.random_queries import QUERIES, Tape, query
from tests.differential.subjects import Stock, assert_same
from tests.differential.table import Case, case


@pytest.mark.parametrize("case", QUERIES, ids=str)
def test_twins_agree_with_stock_django(case: Case, subjects: dict[str, Stock]) -> None:
    expected = subjects["stock"].observe(case)
    assert_same(expected, subjects["sync"].observe(case))
    assert_same(expected, subjects["async"].observe(case))


def test_twins_agree_on_whatever_hypothesis_thinks_of(
    subjects: dict[str, Stock], request: pytest.FixtureRequest
) -> None:
    @settings(
        max_examples=request.config.getoption("--examples"),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.randoms(use_true_random=False))
    def agree(source: Random) -> None:
        tape = Tape(source)
        made = case("random", lambda do: query(do.given, tape.rewound()))
        expected = subjects["stock"].observe(made)
        assert_same(expected, subjects["sync"].observe(made))
        assert_same(expected, subjects["async"].observe(made))

    agree()


def test_most_of_them_give_rows(subjects: dict[str, Stock]) -> None:
    outcomes = [subjects["stock"].observe(case) for case in QUERIES]
    refused = [outcome for outcome in outcomes if outcome.error is not None]
    empty = [outcome for outcome in outcomes if "[]" in repr(outcome.result)[:40]]
    assert len(refused) < len(QUERIES) * 0.1
    assert len(empty) < len(QUERIES) * 0.3
