"""`tests/parity.tsv` has a row for each method of the running Django, and its tests exist."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tools import parity

ROWS = parity.read()


def test_the_file_is_current_for_the_running_django() -> None:
    """When this names a method: run `python tools/parity.py`, then name the test in its row."""
    assert list(parity.problems(ROWS, parity.rows())) == []


def test_a_method_without_a_row_is_named() -> None:
    new = parity.Row("QuerySet", "brand_new", "native", "native")
    (problem,) = parity.problems(ROWS, [new])
    assert problem.startswith("QuerySet.brand_new has no row")
    (problem,) = parity.problems([new], [new])
    assert problem == "QuerySet.brand_new has no test"
    (problem,) = parity.problems([new._replace(in_sync="refused", test="x")], [new])
    assert "its row says" in problem


def test_writing_keeps_the_tests_that_rows_name() -> None:
    old = [parity.Row("A", "b", "native", "native", "x"), parity.Row("A", "old", "", "", "y")]
    new = [parity.Row("A", "b", "refused", "native"), parity.Row("A", "a", "native", "native")]
    assert parity.merged(old, new) == [
        parity.Row("A", "a", "native", "native"),
        parity.Row("A", "b", "refused", "native", "x"),
        parity.Row("A", "old", "", "", "y"),
    ]


@cache
def names_in(path: str) -> set[str]:
    """Return the tests of a file; for a table of expressions the names of its cases."""
    tree = ast.parse((parity.ROOT / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = {node.name for node in tree.body if isinstance(node, functions)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "case":
            names.add(node.args[0].value)
    return names


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.of}.{row.method}")
def test_the_test_of_a_row_exists(row: parity.Row) -> None:
    path, name = row.test.split("::")
    assert name in names_in(path)
