"""The dunders of an async queryset: evaluated by `await`, and plain data afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from typing import Any

from django.db.models import QuerySet as DjangoQuerySet

from vinyl.exceptions import NotEvaluated
from vinyl.sql.building import supply

from .naming import with_django_names

__all__ = ["Evaluation", "Later", "settled", "with_django_names"]


class Later:
    """The promise of a value: awaited, it runs the query."""

    def __init__(self, run: Callable[[], Awaitable[Any]]) -> None:
        self._run = run

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._run().__await__()


class Evaluation(DjangoQuerySet[Any, Any]):
    """How a queryset gives its rows."""

    async def _evaluate(self) -> None:
        raise NotImplementedError

    async def _rows(self) -> list[Any]:
        await self._evaluate()
        return list(self._result_cache)

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        return self._rows().__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:  # type: ignore[override]
        await self._evaluate()
        for row in self._result_cache:
            yield row

    def _fetch_all(self) -> None:
        # len(), bool(), iter(), `in` and pickle come here.
        if self._result_cache is None:
            if (rows := supply()) is not None:
                self._result_cache = rows.rows_of(self)
                return
            raise NotEvaluated(
                f"This queryset of {self.model.__name__} has not been evaluated. Write "
                "`rows = await queryset` or `async for row in queryset`; after that `for`, "
                "`in`, len(), bool() and indexing work without a query."
            )

    def __contains__(self, obj: Any) -> bool:
        # Without this, Python would hide the error of __iter__ behind one of its own.
        self._fetch_all()
        return obj in self._result_cache

    def __getitem__(self, k: Any) -> Any:
        if self._result_cache is not None:
            return super().__getitem__(k)
        if isinstance(k, int) and k >= 0:
            return Later(lambda: self._item(k))
        if isinstance(k, slice) and k.step:
            rows = super().__getitem__(slice(k.start, k.stop))
            return Later(lambda: _stepped(rows, k.step))
        return super().__getitem__(k)

    async def _item(self, k: int) -> Any:
        return (await super().__getitem__(slice(k, k + 1))._rows())[0]

    def __repr__(self) -> str:
        if self._result_cache is None:
            return f"<{type(self).__name__} of {self.model.__name__}, not evaluated>"
        return super().__repr__()


async def _stepped(rows: Any, step: int) -> list[Any]:
    return (await rows)[::step]


async def settled(outcome: Any) -> Any:
    """Return what a method of Django's gave, which may have ended in one of vinyl's."""
    return await outcome if hasattr(outcome, "__await__") else outcome
