"""The dunders of an async manager: awaited, it gives all its objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator
from typing import TYPE_CHECKING, Any

from vinyl.exceptions import NotEvaluated

if TYPE_CHECKING:
    from .queryset import Evaluation as EvaluatedQuerySet


class Evaluation:
    """How a manager gives its objects."""

    all: Callable[[], EvaluatedQuerySet]

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        return self.all().__await__()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self.all().__aiter__()

    def _refuse(self, *args: Any) -> Any:
        raise NotEvaluated(
            f"{self!r} is a manager, not a sequence. Write `rows = await manager.all()` or "
            "`async for row in manager`."
        )

    __iter__ = __len__ = __contains__ = __getitem__ = _refuse

    def __bool__(self) -> bool:
        # As of any object: without this, Python would ask for the length.
        return True
