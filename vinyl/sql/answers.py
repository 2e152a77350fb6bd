"""What a database answered to code that is run again after each of its queries."""

from __future__ import annotations

from typing import Any

Statement = tuple[str, Any]


class Answers:
    """
    The answers to statements, in the order in which they were asked.

    Code that runs again asks the same once more, but for two things. What it found it may have
    kept somewhere: then it goes on with a later statement. And a parameter may be another one
    each time, as now() is: then the statement is taken for the one that is due.
    """

    def __init__(self) -> None:
        self._known: list[tuple[Statement, Any]] = []
        self._next = 0

    def rewind(self) -> None:
        """Begin again."""
        self._next = 0

    def add(self, statement: Statement, answer: Any) -> None:
        """Take note of an answer: a list of rows, or an error to raise."""
        self._known.append((statement, answer))

    def to(self, statement: Statement) -> Any | None:
        """Return the answer to a statement, or None where it has not been asked yet."""
        due = self._next
        for position in (*range(due, len(self._known)), *range(due)):
            if self._known[position][0] == statement:
                self._next = max(due, position + 1)
                return self._known[position][1]
        if due < len(self._known) and self._known[due][0][0] == statement[0]:
            self._next += 1
            return self._known[due][1]
        return None
