"""Finish an aggregation that stopped at the door."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vinyl.sql.door import statement_of
from vinyl.sql.result import Result
from vinyl.stock import SQLCompiler


def aggregated(compiler: SQLCompiler) -> Generator[tuple[str, Any], Result, dict[str, Any]]:
    """
    Run a stopped aggregation; return the values by name.

    Django: the end of Query.get_aggregation().
    """
    annotations = compiler.query.annotation_select
    statement = statement_of(compiler)
    rows = [] if statement is None else (yield statement).rows
    if not rows:
        return {name: expr.empty_result_set_value for name, expr in annotations.items()}
    converters = compiler.get_converters(annotations.values())
    row = next(iter(compiler.apply_converters([rows[0][: compiler.col_count]], converters)))
    return dict(zip(annotations, row, strict=True))
