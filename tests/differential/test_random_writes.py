"""Writes put together at random do on both twins what they do on stock Django."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from tests.differential.random_queries import Tape
from tests.differential.random_writes import OPERATIONS, sequence
from tests.differential.subjects import Outcome, assert_same
from tests.differential.table import Case, case

pytestmark = pytest.mark.usefixtures("stopped_clock")
Observe = Callable[[str, Case], Outcome]
# Each is compared with all tables; so many of the examples are as quick as all those of queries.
SHARE = 40


def told(observe_write: Observe, subject: str, tape: Tape) -> Outcome:
    outcome = observe_write(subject, case("random", lambda do: sequence(do, tape.rewound())))
    # How many statements a write takes is compared in the table; here, what it does.
    outcome.statements = []
    return outcome


def compare(observe_write: Observe, tape: Tape) -> Outcome:
    expected = told(observe_write, "stock", tape)
    for twin in ("sync", "async"):
        assert_same(expected, told(observe_write, twin, tape))
    return expected


def test_twins_agree_on_whatever_hypothesis_thinks_of(
    observe_write: Observe, request: pytest.FixtureRequest
) -> None:
    @settings(
        max_examples=max(request.config.getoption("--examples") // SHARE, 1),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.randoms(use_true_random=False))
    def agree(source: Random) -> None:
        compare(observe_write, Tape(source))

    agree()


@pytest.mark.parametrize("seed", range(150, 165))
def test_twins_agree_on_a_sequence_with_a_number(seed: int, observe_write: Observe) -> None:
    compare(observe_write, Tape(Random(seed)))


def test_every_operation_is_done_and_some_fail(observe_write: Observe) -> None:
    text = " ".join(
        repr(told(observe_write, "stock", Tape(Random(seed))).result) for seed in range(60)
    )
    names = {operation.__name__ for operation in OPERATIONS}
    assert {name for name in names if f"\"'{name}'\"" in text} == names
    assert "IntegrityError" in text
