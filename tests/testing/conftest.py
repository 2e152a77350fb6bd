"""Run test cases of users inside of tests."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

Run = Callable[[type[unittest.TestCase]], unittest.TestResult]


@pytest.fixture
def run(db: None) -> Iterator[Run]:
    """Run all tests of a test case, which must pass unless `passes` is False."""

    def run(case: type[unittest.TestCase], *, passes: bool = True) -> unittest.TestResult:
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
        if passes:
            problems: list[Any] = result.errors + result.failures
            assert not problems, problems[0][1]
            assert result.testsRun
        return result

    yield run
    connections.close_all()
