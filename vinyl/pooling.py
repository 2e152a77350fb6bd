"""What is told of a pool of connections."""

from __future__ import annotations

from typing import NamedTuple


class PoolStats(NamedTuple):
    """How a pool is doing: connections open or being opened, idle ones, callers waiting."""

    size: int
    idle: int
    waiting: int
    max_size: int
