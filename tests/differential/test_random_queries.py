"""Queries put together at random give on both twins what they give on stock Django."""

from __future__ import annotations

import pytest

from tests.differential.random_queries import QUERIES
from tests.differential.subjects import Stock, assert_same
from tests.differential.table import Case


@pytest.mark.parametrize("case", QUERIES, ids=str)
def test_twins_agree_with_stock_django(case: Case, subjects: dict[str, Stock]) -> None:
    expected = subjects["stock"].observe(case)
    assert_same(expected, subjects["sync"].observe(case))
    assert_same(expected, subjects["async"].observe(case))


def test_most_of_them_give_rows(subjects: dict[str, Stock]) -> None:
    outcomes = [subjects["stock"].observe(case) for case in QUERIES]
    refused = [outcome for outcome in outcomes if outcome.error is not None]
    empty = [outcome for outcome in outcomes if "[]" in repr(outcome.result)[:40]]
    assert len(refused) < len(QUERIES) * 0.1
    assert len(empty) < len(QUERIES) * 0.3
