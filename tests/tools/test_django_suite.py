"""The tables of Django's own tests: what is published, and what is said not to apply."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from tests.conftest import KINDS
from tests.django_suite import tables
from tests.django_suite.__main__ import compare

RELEASES = ("5.2", "6.0", "6.1")


def test_the_documentation_has_the_figures_of_the_recorded_results() -> None:
    assert tables.figures_in(tables.PAGE.read_text()) == tables.figures()


def test_no_test_is_said_twice_not_to_apply() -> None:
    for twin, database, version in product(("sync", "async"), KINDS, RELEASES):
        patterns = [pattern for pattern, _ in tables.inapplicable(twin, database, version)]
        assert len(patterns) == len(set(patterns))


def test_each_test_that_does_not_apply_is_of_an_app_that_runs_and_has_a_reason() -> None:
    apps = {label.partition(".")[0] for label in tables.apps()}
    lines = (tables.HERE / "inapplicable.tsv").read_text().splitlines()
    for line in lines[1:]:
        pattern, twins, reason = line.split("\t")
        assert pattern.partition(".")[0] in apps
        twin, _, where = twins.partition("@")
        assert twin in ("both", "sync", "async")
        assert where in ("", *KINDS, *RELEASES)
        kind, _, why = reason.partition(": ")
        assert kind
        assert len(why.split()) > 3, line


def test_recording_puts_the_figures_into_the_documentation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{tables.BEGIN}old\n{tables.END}after\n")
    monkeypatch.setattr(tables, "PAGE", page)
    monkeypatch.setattr(tables, "RESULTS", tmp_path / "results.tsv")
    for name, passes in (("basic", True), ("delete", False)):
        app = tables.App(name)
        app.add({"id": "a.b", "outcome": "passed" if passes else "failed"}, ("passed", 1), "")
        tables.record("6.1", "mysql", "sync", [app])
    row = "| 6.1 | MariaDB | sync | 2 | 1/2 (50.00 %) | 1/2 (50.00 %) | 1/2 (50.00 %) |"
    assert row in page.read_text()
    assert page.read_text().startswith("before")
    assert page.read_text().endswith("after\n")


def test_an_app_of_which_fewer_tests_pass_than_recorded_is_counted_as_failing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tables, "PAGE", page := tmp_path / "page.md")
    monkeypatch.setattr(tables, "RESULTS", tmp_path / "results.tsv")
    page.write_text(f"{tables.BEGIN}{tables.END}")

    def app(name: str, passed: int) -> tables.App:
        made = tables.App(name)
        for number in range(3):
            outcome = "passed" if number < passed else "failed"
            made.add({"id": f"{name}.{number}", "outcome": outcome}, ("passed", 1), "")
        return made

    tables.record("6.1.3", "sqlite", "sync", [app("basic", 3), app("delete", 2), app("empty", 1)])
    now = [app("basic", 1), app("delete", 2), app("empty", 3)]
    assert compare("6.1.4", "sqlite", "sync", now) == 1
    said = capsys.readouterr().out
    assert said == "basic: 2 tests fewer pass than before\n6 passed, 2 failed\n"
    assert compare("6.1.4", "sqlite", "sync", now[1:]) == 0
    assert compare("6.0.1", "sqlite", "sync", now) == 0
