"""Run prefetches: evaluate each queryset that the plan asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vinyl._runtime._async.databases import door
from vinyl.plans.prefetching import AtDoor, prefetch


async def prefetch_related(instances: list[Any], lookups: Iterable[Any]) -> None:
    """Load relations of objects, one query a relation."""
    plan = prefetch(instances, lookups)
    try:
        asked = next(plan)
        while True:
            try:
                answer = await _answer(asked)
            except Exception as exc:  # noqa: BLE001
                asked = plan.throw(exc)
            else:
                asked = plan.send(answer)
    except StopIteration:
        return


async def _answer(asked: Any) -> Any:
    if isinstance(asked, AtDoor):
        return (await door(asked.alias)).vinyl_door
    await asked._evaluate()
    return asked._result_cache
