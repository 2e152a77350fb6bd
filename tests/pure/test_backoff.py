"""When the next attempt may begin: with no server and no clock."""

from __future__ import annotations

import pytest

from vinyl._runtime._async.backoff import JITTER, Backoff


def test_the_first_attempt_may_begin_at_once() -> None:
    assert Backoff().left(0.0) == 0.0


@pytest.mark.parametrize(
    ("failures", "delay"), [(1, 0.05), (2, 0.1), (3, 0.2), (5, 0.8), (6, 1.0), (5000, 1.0)]
)
def test_each_failure_doubles_the_delay_up_to_a_limit(failures: int, delay: float) -> None:
    seen = set()
    for _ in range(20):
        backoff = Backoff()
        for _ in range(failures):
            backoff.failed(100.0)
        assert backoff.failures == failures
        left = backoff.left(100.0)
        assert delay - 1e-9 <= left <= delay * (1 + JITTER) + 1e-9
        seen.add(left)
    assert len(seen) > 1, "processes that lost their server together come back together"


def test_the_delay_is_counted_from_the_last_failure() -> None:
    backoff = Backoff()
    backoff.failed(100.0)
    backoff.failed(200.0)
    assert backoff.left(200.0) >= 0.1
    assert 0.05 <= backoff.left(200.05) <= 0.1
    assert backoff.left(201.0) == 0.0


def test_a_success_sets_it_back() -> None:
    backoff = Backoff()
    for _ in range(4):
        backoff.failed(100.0)
    backoff.succeeded()
    assert (backoff.failures, backoff.left(100.0)) == (0, 0.0)
    backoff.failed(100.0)
    assert backoff.left(100.0) <= 0.05 * (1 + JITTER) + 1e-9
