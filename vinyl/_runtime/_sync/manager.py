"""The dunders of a sync manager: iterated, it gives all its objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn

from vinyl.exceptions import WrongMode


class Evaluation:
    """How a manager gives its objects."""

    all: Callable[[], Iterable[Any]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def __await__(self) -> NoReturn:
        raise WrongMode("This manager belongs to the sync twin: leave `await` out.")

    def __aiter__(self) -> NoReturn:
        raise WrongMode("This manager belongs to the sync twin: write `for` for `async for`.")
