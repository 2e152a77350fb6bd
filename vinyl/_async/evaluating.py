"""Asking the database once for the rows of a query, Django's or one written by hand."""

from __future__ import annotations

from typing import Any

from vinyl._async.prefetching import prefetch_related
from vinyl._runtime._async.queryset import Rows


class Evaluating(Rows):
    """What `_select()` gives is kept, with what prefetch_related() has asked for."""

    _prefetch_related_lookups: Any
    _prefetch_done: bool
    _select: Any

    async def _evaluate(self) -> None:
        """Run the query, unless it has run."""
        if self._result_cache is None:
            self._result_cache = await self._select()
        if self._prefetch_related_lookups and not self._prefetch_done:
            await prefetch_related(self._result_cache, self._prefetch_related_lookups)
            self._prefetch_done = True
