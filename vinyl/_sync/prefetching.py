# Generated from vinyl/_async/prefetching.py by `python tools/unasync_build.py`; never edit.
"""Run prefetches: evaluate each queryset that the plan asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vinyl._runtime._sync.databases import door
from vinyl.plans.prefetching import AtDoor, prefetch


def prefetch_related(instances: list[Any], lookups: Iterable[Any]) -> None:
    """Load relations of objects, one query a relation."""
    plan = prefetch(instances, lookups)
    try:
        asked = next(plan)
        while True:
            try:
                answer = _answer(asked)
            except Exception as exc:  # noqa: BLE001
                asked = plan.throw(exc)
            else:
                asked = plan.send(answer)
    except StopIteration:
        return


def _answer(asked: Any) -> Any:
    if isinstance(asked, AtDoor):
        return (door(asked.alias)).vinyl_door
    asked._evaluate()
    return asked._result_cache
