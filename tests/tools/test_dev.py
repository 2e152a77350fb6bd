"""The command line says what runs, and the totals are what pytest counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import commands, suite
from tools.setup.environment import Environment
from tools.setup.servers import Server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_plugins(monkeypatch):
    """Let pytest of its own start quickly: it needs none of those that are installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


MIXED = """
import pytest

def test_passes(): pass
def test_fails(): assert False
@pytest.mark.skip
def test_is_skipped(): pass
@pytest.fixture
def broken(): raise RuntimeError
def test_errors(broken): pass
@pytest.fixture
def leaky():
    yield
    raise RuntimeError
def test_passes_and_errors_after(leaky): pass
"""


def server(kind: str = "sqlite") -> Server:
    return Server(kind, "SQLite 3.40.1", "in the process", "3.13.0", "6.1.3")


class TestCommandLine:
    def test_arguments_after_the_dashes_are_passed_to_pytest(self):
        options, rest = commands.split(["test", "--without", "mysql", "--", "-k", "--", "x"])
        assert (options.without, rest) == (["mysql"], ["-k", "--", "x"])

    def test_unknown_arguments_of_the_tests_are_refused(self, capsys):
        with pytest.raises(SystemExit):
            commands.split(["test", "-k", "x"])
        assert "arguments for pytest come after `--`" in capsys.readouterr().err

    def test_unknown_arguments_of_the_atlas_are_its_own(self):
        options, rest = commands.split(["atlas", "--database", "mysql", "--limit", "9"])
        assert (options.database, rest) == ("mysql", ["--limit", "9"])

    def test_an_unknown_database_is_refused(self, capsys):
        with pytest.raises(SystemExit):
            commands.split(["test", "--without", "oracle"])
        assert "invalid choice: 'oracle'" in capsys.readouterr().err

    def test_leaving_out_every_database_is_refused(self, capsys):
        without = [
            word for kind in ("sqlite", "postgresql", "mysql") for word in ("--without", kind)
        ]
        assert commands.main(["test", *without]) == 1
        assert "Every database is left out" in capsys.readouterr().err

    def test_a_shell_starts_the_tool_with_the_standard_library_alone(self):
        done = subprocess.run(
            [sys.executable, "-S", "-E", str(ROOT / "tools/dev.py"), "--help"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "test | lint | atlas | django-suite | install" in done.stdout


class TestCount:
    def test_every_test_is_counted_once(self, tmp_path):
        (tmp_path / "test_mixed.py").write_text(MIXED, encoding="utf-8")
        report = tmp_path / "report.xml"
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *("-c", os.devnull, "--rootdir", ".", f"--junitxml={report}", "."),
            ],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert suite.count(report) == (1, 3, 1)

    def test_a_report_that_was_never_written_counts_nothing(self, tmp_path):
        assert suite.count(tmp_path / "report.xml") == (0, 0, 0)


class TestSuite:
    @pytest.fixture
    def project(self, tmp_path):
        for folder in ("pure", "other"):
            path = tmp_path / "tests" / folder / f"test_{folder}.py"
            path.parent.mkdir(parents=True)
            path.write_text("def test_passes(): pass\n", encoding="utf-8")
        (tmp_path / "tests/conftest.py").write_text(
            "def pytest_addoption(parser): parser.addoption('--database')\n", encoding="utf-8"
        )
        return tmp_path

    def run(self, project, *arguments):
        environment = Environment(Path(sys.prefix))
        servers = {"sqlite": server(), "postgresql": server("postgresql")}
        outcomes = suite.Suite(project, environment, ["-q", *arguments]).run(servers)
        return {outcome.name: (outcome.passed, outcome.failed) for outcome in outcomes}

    def test_tests_without_a_database_run_once_and_the_others_on_each(self, project, capfd):
        assert self.run(project) == {"no database": (1, 0), "sqlite": (1, 0), "postgresql": (1, 0)}

    def test_an_ignored_folder_is_not_run(self, project, capfd):
        outcomes = self.run(project, "--ignore=tests/pure")
        assert outcomes == {"sqlite": (1, 0), "postgresql": (1, 0)}

    def test_named_files_alone_are_run(self, project, capfd):
        assert self.run(project, "tests/pure") == {"sqlite": (1, 0), "postgresql": (1, 0)}

    def test_a_pytest_that_breaks_is_a_failure(self, project, capfd):
        assert self.run(project, "--no-such-option")["sqlite"] == (0, 1)

    def test_a_selection_of_nothing_is_told(self, project, capfd):
        outcomes = self.run(project, "-k", "nothing")
        assert set(outcomes.values()) == {(0, 0)}
        assert "No test ran" in capfd.readouterr().err


class TestTable:
    def test_each_run_has_its_line(self):
        outcomes = [
            suite.Outcome("sqlite", "SQLite 3.40.1", "Python 3.13.0, Django 6.1.3", 12, 1, 2, 3.25),
            suite.Outcome("mysql", "", "", missing="no server (--without mysql)"),
        ]
        head, ran, missing = suite.table(outcomes).splitlines()
        assert head.split() == [
            *("database", "passed", "failed", "skipped", "seconds", "with", "server")
        ]
        assert ran.split() == [
            *("sqlite", "12", "1", "2", "3.2", "Python", "3.13.0,", "Django", "6.1.3"),
            *("SQLite", "3.40.1"),
        ]
        assert missing.startswith("mysql")
        assert missing.endswith("NOT RUN: no server (--without mysql)")
