"""The table of expressions: those that read, and those that write."""

from __future__ import annotations

from tests.differential.expressions import (
    annotating,
    combined,
    lookups,
    raw,
    relations,
    remaining,
    selecting,
    terminals,
    writes,
)

READS = [
    *lookups.CASES,
    *selecting.CASES,
    *relations.CASES,
    *annotating.CASES,
    *combined.CASES,
    *terminals.CASES,
    *raw.CASES,
    *remaining.CASES,
]
WRITES = writes.CASES
