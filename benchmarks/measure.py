"""Take two ways of doing one thing in turns, and compare their times."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple


class Comparison(NamedTuple):
    """Seconds a call of each side, and the ratio of their medians over the rounds."""

    name: str
    stock: float
    vinyl: float
    ratio: float
    limit: float


def compare(
    runner: asyncio.Runner,
    name: str,
    stock: Callable[[], object],
    vinyl: Callable[[], Awaitable[object]],
    *,
    calls: int,
    rounds: int,
    limit: float,
    before: Callable[[], object] | None = None,
) -> Comparison:
    """
    Run `calls` calls of each side a round, one side after the other, each after `before()`, whose
    time does not count.

    The stock side runs outside of the event loop, where Django lets it query. The ratio is the
    median of the rounds' ratios, so that a machine that slows down slows both.
    """
    times: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        if before is not None:
            before()
        one = _timed(stock, calls)
        if before is not None:
            before()
        other = runner.run(_timed_async(vinyl, calls))
        if number:  # The first round warms both up.
            times.append((one / calls, other / calls))
    return Comparison(
        name,
        statistics.median(s for s, _ in times),
        statistics.median(v for _, v in times),
        statistics.median(v / s for s, v in times),
        limit,
    )


def _timed(function: Callable[[], object], calls: int) -> float:
    gc.collect()
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return time.perf_counter() - start


async def _timed_async(function: Callable[[], Awaitable[object]], calls: int) -> float:
    gc.collect()
    start = time.perf_counter()
    for _ in range(calls):
        await function()
    return time.perf_counter() - start
