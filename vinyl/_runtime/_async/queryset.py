"""The dunders of an async queryset: evaluated by `await`, and plain data afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from typing import Any

import django
from django.db import DJANGO_VERSION_PICKLE_KEY

from vinyl.exceptions import NotEvaluated
from vinyl.sql.building import supply
from vinyl.stock import QuerySet as DjangoQuerySet

from .naming import with_django_names
from .promise import Promise

__all__ = ["Evaluation", "Rows", "settled", "with_django_names"]


class Rows:
    """How what is asked of the database once gives its rows."""

    is_of_twin = True

    model: Any
    _result_cache: Any

    async def _evaluate(self) -> None:
        raise NotImplementedError

    async def _rows(self) -> list[Any]:
        await self._evaluate()
        return list(self._result_cache)

    def __await__(self) -> Generator[Any, Any, list[Any]]:
        return self._rows().__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        await self._evaluate()
        for row in self._result_cache:
            yield row

    def _fetch_all(self) -> None:
        # len(), bool(), iter(), `in` and pickle come here.
        if self._result_cache is None:
            if (rows := supply()) is not None:
                self._result_cache = rows.rows_of(self)
                return
            raise self._not_evaluated()

    def _not_evaluated(self) -> NotEvaluated:
        return NotEvaluated(
            f"This queryset of {self.model.__name__} has not been evaluated. Write "
            "`rows = await queryset`, `async for row in queryset` or `await queryset[0]`; after "
            "that `for`, `in`, len(), bool() and indexing work without a query."
        )

    def __contains__(self, obj: Any) -> bool:
        # Without this, Python would hide the error of __iter__ behind one of its own.
        self._fetch_all()
        return obj in self._result_cache


class Evaluation(Rows, DjangoQuerySet):
    """How a queryset gives its rows."""

    def aiterator(self, chunk_size: int = 2000) -> AsyncIterator[Any]:
        """Give the results one by one; here prefetch_related() does not ask for a chunk_size."""
        rows: AsyncIterator[Any] = self.iterator(chunk_size)
        return rows

    def __getitem__(self, k: Any) -> Any:
        if self._result_cache is not None:
            return super().__getitem__(k)
        if isinstance(k, int) and k >= 0:
            return Promise(lambda: self._item(k), self._not_evaluated)
        if isinstance(k, slice) and k.step:
            rows = super().__getitem__(slice(k.start, k.stop))
            return Promise(lambda: _stepped(rows, k.step), self._not_evaluated)
        return super().__getitem__(k)

    async def _item(self, k: int) -> Any:
        return (await super().__getitem__(slice(k, k + 1))._rows())[0]

    def __getstate__(self) -> dict[str, Any]:
        # Django runs the query first; here it stays one, to be awaited where it is unpickled.
        if self._result_cache is None:
            return {**self.__dict__, DJANGO_VERSION_PICKLE_KEY: django.__version__}
        state: dict[str, Any] = super().__getstate__()
        return state

    def __repr__(self) -> str:
        if self._result_cache is None:
            return f"<{type(self).__name__} of {self.model.__name__}, not evaluated>"
        return str(super().__repr__())


async def _stepped(rows: Any, step: int) -> list[Any]:
    found: list[Any] = await rows
    return found[::step]


async def settled(outcome: Any) -> Any:
    """Return what a method of Django's gave, which may have ended in one of vinyl's."""
    return await outcome if hasattr(outcome, "__await__") else outcome
