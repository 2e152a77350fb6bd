"""Compare the answers of the two servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice

from tour.questions import Answer, Question

LINES_SHOWN = 40


@dataclass(frozen=True)
class Pair:
    """A question with the answers of both servers."""

    question: Question
    asynchronous: Answer
    synchronous: Answer

    @property
    def agree(self) -> bool:
        """Tell whether both answers are equal, and what the question expects."""
        return canonical(self.asynchronous) == canonical(self.synchronous) and all(
            answer.right(self.question) for answer in (self.asynchronous, self.synchronous)
        )


def canonical(answer: Answer) -> str:
    """Return an answer's status and content in the one way to write them."""
    return f"{answer.status}\n" + json.dumps(
        answer.content, sort_keys=True, ensure_ascii=False, indent=1
    )


def difference(pair: Pair) -> str:
    """Tell which of two answers is not what the question expects, and how they differ."""
    return "\n".join([*wrong_lines(pair), *islice(diff_lines(pair), LINES_SHOWN)])


def wrong_lines(pair: Pair) -> Iterator[str]:
    """Yield a line for each answer that is not what the question expects."""
    expected = pair.question.status
    for name, answer in (("asynchronous", pair.asynchronous), ("synchronous", pair.synchronous)):
        if answer.status != expected:
            yield f"The {name} answer is {answer.status}, where {expected} was expected."
        elif not answer.right(pair.question):
            yield f"The {name} answer is not as expected: {str(answer.content)[:500]}"


def diff_lines(pair: Pair) -> Iterator[str]:
    """Yield the lines of a unified diff from the asynchronous to the synchronous answer."""
    return unified_diff(
        canonical(pair.asynchronous).splitlines(),
        canonical(pair.synchronous).splitlines(),
        "asynchronous",
        "synchronous",
        lineterm="",
    )
