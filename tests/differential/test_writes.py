"""Every writing expression sends and changes on both twins what it does on stock Django."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.differential.expressions import WRITES
from tests.differential.subjects import Outcome, assert_same
from tests.differential.table import Case

pytestmark = pytest.mark.usefixtures("stopped_clock")
Observe = Callable[[str, Case], Outcome]


@pytest.mark.parametrize("case", WRITES, ids=str)
def test_stock_django_agrees_with_itself(case: Case, observe_write: Observe) -> None:
    expected, again = observe_write("stock", case), observe_write("stock", case)
    if case.spared:
        expected.spare(case.spared)
        again.spare(case.spared)
    assert_same(expected, again)


@pytest.mark.parametrize("twin", ["sync", "async"])
@pytest.mark.parametrize("case", WRITES, ids=str)
def test_twin_agrees_with_stock_django(case: Case, twin: str, observe_write: Observe) -> None:
    expected = observe_write("stock", case)
    if case.spared:
        expected.spare(case.spared)
    assert_same(expected, observe_write(twin, case))
