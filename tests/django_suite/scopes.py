"""Who may run statements at the moment, and the error that says who may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class StockFallback(Exception):
    """Django itself was about to run a statement in vinyl's stead."""

    def __init__(self, caller: str) -> None:
        super().__init__(f"stock Django was to run SQL for {caller}()")
        self.suite_tag = f"fallback to stock Django: {caller}()"


class Scopes:
    #: > 0: stock Django runs statements (creating and flushing databases)
    stock = 0
    #: > 0: vinyl is at work, so that what is called of its objects is vinyl's
    inside = 0
    #: facilities of Django's that the running test uses (recorded by the baseline only)
    flags: set[str] = set()
    #: statements of the ORM begun since the test's set-up began
    io = 0


scopes = Scopes()


@contextmanager
def stock() -> Iterator[None]:
    scopes.stock += 1
    try:
        yield
    finally:
        scopes.stock -= 1
