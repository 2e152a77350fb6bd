"""The dunders of an async manager: awaited, it gives all its objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from typing import Any


class Evaluation:
    """How a manager gives its objects."""

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        return self.all().__await__()  # type: ignore[attr-defined]

    def __aiter__(self) -> AsyncIterator[Any]:
        return self.all().__aiter__()  # type: ignore[attr-defined]
