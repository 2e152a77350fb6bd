"""
What a write needs, step by step, with no I/O.

A plan is a generator: it yields statements as (SQL, parameters), is sent the `Result` of each,
and returns its outcome. So it can be tested with no database at all.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from vinyl.sql.result import Result

T = TypeVar("T")
Statement = tuple[str, Any]
Plan = Generator[Statement, Result, T]

__all__ = ["Plan", "Statement"]
