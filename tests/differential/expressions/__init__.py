"""The table of expressions: those that read, and those that write."""

from __future__ import annotations

from tests.differential.expressions import (
    annotating,
    bulk,
    combined,
    deletes,
    expressing,
    fine_print,
    fine_writes,
    lookups,
    objects,
    odd_models,
    odd_values,
    raw,
    reference,
    related_writes,
    relations,
    remaining,
    selecting,
    terminals,
    validating,
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
    *reference.CASES,
    *fine_print.CASES,
    *expressing.CASES,
]
WRITES = [
    *writes.CASES,
    *related_writes.CASES,
    *deletes.CASES,
    *bulk.CASES,
    *validating.VALIDATING,
    *objects.OBJECTS,
    *odd_values.CASES,
    *odd_models.CASES,
    *fine_writes.CASES,
]
