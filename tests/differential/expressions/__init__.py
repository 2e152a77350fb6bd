"""The table of expressions: those that read, and those that write."""

from __future__ import annotations

from tests.differential.expressions import (
    annotating,
    combined,
    lookups,
    relations,
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
]
WRITES = writes.CASES
