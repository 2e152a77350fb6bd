"""How the tour judges answers."""

from __future__ import annotations

from typing import Any

import pytest
from tour.compare import Pair, difference
from tour.questions import Answer, Question

QUESTION = Question("Which?", "/", str, holds=lambda content: content["a"] == 1)


def pair(first: Any, second: Any, *, statuses: tuple[int, int] = (200, 200)) -> Pair:
    return Pair(QUESTION, Answer(statuses[0], first, 0.1), Answer(statuses[1], second, 0.2))


def test_equal_answers_agree_whatever_the_order_of_their_keys() -> None:
    assert pair({"a": 1, "b": [2]}, {"b": [2], "a": 1}).agree


@pytest.mark.parametrize(
    "unlike",
    [
        pair({"a": 1, "b": [1, 2]}, {"a": 1, "b": [2, 1]}),
        pair({"a": 1, "b": 2}, {"a": 1, "b": 2.0}),
        pair({"a": 1, "b": None}, {"a": 1}),
        pair({"a": 1}, {"a": 1}, statuses=(200, 201)),
    ],
)
def test_unlike_answers_differ_and_the_difference_is_shown(unlike: Pair) -> None:
    assert not unlike.agree
    assert "--- asynchronous\n+++ synchronous" in difference(unlike)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (pair({"a": 2}, {"a": 2}), "The synchronous answer is not as expected: {'a': 2}"),
        (
            pair({}, {}, statuses=(500, 500)),
            "The asynchronous answer is 500, where 200 was expected.",
        ),
    ],
)
def test_equal_answers_that_are_wrong_do_not_agree(wrong: Pair, said: str) -> None:
    assert not wrong.agree
    assert said in difference(wrong)
