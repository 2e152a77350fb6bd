"""Every reading expression gives on both twins what it gives on stock Django."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.differential.expressions import READS
from tests.differential.subjects import Outcome, Stock, assert_same
from tests.differential.table import Case


@pytest.mark.parametrize("case", READS, ids=str)
def test_stock_django_agrees_with_itself(
    case: Case, subjects: dict[str, Stock], expected_read: Callable[[Case], Outcome]
) -> None:
    got = subjects["stock"].observe(case)
    assert_same(expected_read(case), got)


@pytest.mark.parametrize("twin", ["sync", "async"])
@pytest.mark.parametrize("case", READS, ids=str)
def test_twin_agrees_with_stock_django(
    case: Case,
    twin: str,
    subjects: dict[str, Stock],
    expected_read: Callable[[Case], Outcome],
) -> None:
    expected = expected_read(case)
    got = subjects[twin].observe(case)
    assert_same(expected, got)
