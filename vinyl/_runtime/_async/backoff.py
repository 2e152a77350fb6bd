"""When to try again what fails: later and later, up to a limit."""

from __future__ import annotations

import random

__all__ = ["Backoff"]

# Seconds until the second attempt may begin, and the most that lie between two.
FIRST = 0.05
LONGEST = 1.0
# What is added by chance, as a part of the delay, so that processes do not come all at once.
JITTER = 0.25


class Backoff:
    """
    Counts failures in a row, and tells when the next attempt may begin.

    After n of them that is no earlier than `min(FIRST * 2 ** (n - 1), LONGEST)` seconds after the
    last; a success sets it back. It has no clock: all times are the caller's, in seconds.
    """

    __slots__ = ("_not_before", "failures")

    def __init__(self) -> None:
        self.failures = 0
        self._not_before = 0.0

    def failed(self, now: float) -> None:
        """Take note of an attempt that failed just now."""
        self.failures += 1
        # 2 ** 1000 would be no float; the limit is reached long before.
        delay = min(FIRST * 2 ** min(self.failures - 1, 30), LONGEST)
        self._not_before = now + delay * random.uniform(1.0, 1.0 + JITTER)

    def succeeded(self) -> None:
        """Forget all failures."""
        self.failures = 0
        self._not_before = 0.0

    def left(self, now: float) -> float:
        """Return the seconds until an attempt may begin, 0 for at once."""
        return max(0.0, self._not_before - now)
