"""Run prefetches: evaluate each queryset that the plan asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vinyl.plans.prefetching import prefetch


async def prefetch_related(instances: list[Any], lookups: Iterable[Any]) -> None:
    """Load relations of objects, one query a relation."""
    plan = prefetch(instances, lookups)
    try:
        queryset = next(plan)
        while True:
            try:
                await queryset._evaluate()
            except Exception as exc:  # noqa: BLE001
                queryset = plan.throw(exc)
            else:
                queryset = plan.send(queryset._result_cache)
    except StopIteration:
        return
