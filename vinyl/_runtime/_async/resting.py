"""In tests: Django runs its statements while none of vinyl's is under way on its connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

ExecuteWrapper = Callable[..., Any]


class Wrappers(list[ExecuteWrapper]):
    """
    The execute wrappers of Django's connection, and one that stays inside of all others.

    Those may run statements themselves, of Django's or of vinyl's, or wait for somebody who does.
    So nobody may hold anything around them.
    """

    def __init__(self, others: list[ExecuteWrapper], innermost: ExecuteWrapper) -> None:
        super().__init__(others)
        self._innermost = innermost

    def __reversed__(self) -> Iterator[ExecuteWrapper]:
        # In this order, Django puts each around those before.
        yield self._innermost
        yield from super().__reversed__()


class Resting:
    """Has Django's connection run its statements while it holds a lock, until it is stopped."""

    def __init__(self, wrapper: Any, rest: Lock) -> None:
        self.wrapper = wrapper
        self.rest = rest
        self._before = wrapper.execute_wrappers
        self._wrappers = wrapper.execute_wrappers = Wrappers(self._before, self._run)

    def _run(self, execute: Callable[..., Any], *args: Any) -> Any:
        with self.rest:
            return execute(*args)

    def stop(self) -> None:
        """Leave the connection its other wrappers."""
        # Whoever blocks a connection may have replaced them all.
        if self.wrapper.execute_wrappers is self._wrappers:
            self._before[:] = self._wrappers
            self.wrapper.execute_wrappers = self._before
