"""Run the tests once for each database and add up what came out."""

from __future__ import annotations

import os
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.setup.environment import Environment
from tools.setup.process import run_and_wait
from tools.setup.report import say, shout
from tools.setup.servers import Server

# They need none of the databases, or bring a SQLite of their own: once is enough.
DATABASE_FREE = ("tests/pure", "tests/tools", "tests/typing", "tests/docs")
NO_TESTS = 5


@dataclass(frozen=True)
class Outcome:
    """Count the tests of one run, or say why there was none."""

    name: str
    server: str
    versions: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    missing: str = ""


@dataclass(frozen=True)
class Suite:
    """Run pytest in an environment, on servers that were found."""

    root: Path
    environment: Environment
    arguments: Sequence[str]

    def run(self, servers: Mapping[str, Server]) -> list[Outcome]:
        """Return an outcome for the tests that need no database and one for each server."""
        free = [name for name in DATABASE_FREE if (self.root / name).is_dir()]
        # pytest itself does not ignore what is also named.
        wanted = [name for name in free if f"--ignore={name}" not in self.arguments]
        outcomes = []
        if self._names_tests():
            paths: list[str] = []
        else:
            if wanted and servers:
                outcomes.append(self._pytest("no database", next(iter(servers.values())), wanted))
            paths = ["tests", *(f"--ignore={name}" for name in free)]
        for kind, server in servers.items():
            outcomes.append(self._pytest(kind, server, paths))
        if not any(outcome.passed or outcome.failed for outcome in outcomes):
            shout("No test ran", "Nothing was selected: look at the arguments after `--`.")
        return outcomes

    def _names_tests(self) -> bool:
        """Tell whether the arguments name files or folders: then they alone are run."""
        paths = (argument.partition("::")[0] for argument in self.arguments)
        return any(path.startswith("tests/") and (self.root / path).exists() for path in paths)

    def _pytest(self, name: str, server: Server, paths: Sequence[str]) -> Outcome:
        say(f"tests: {name}, {server.product}, Python {server.python}, Django {server.django}")
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="vinyl-tests-") as folder:
            report = Path(folder, "report.xml")
            command = [
                *(str(self.environment.python), "-m", "pytest", "--database", server.kind),
                *(*paths, f"--junitxml={report}", *self.arguments),
            ]
            code = run_and_wait(
                command,
                cwd=self.root,
                environ=self.environment.full_environ() | server.variables(),
            )
            passed, failed, skipped = count(report)
        if code not in (0, NO_TESTS) and not failed:
            # pytest itself broke: a wrong option, an error in a conftest, a crash.
            failed = 1
        return Outcome(
            name=name,
            server="-" if name == "no database" else f"{server.product} ({server.origin})",
            versions=f"Python {server.python}, Django {server.django}",
            passed=passed,
            failed=failed,
            skipped=skipped,
            seconds=time.monotonic() - began,
        )


def count(report: Path) -> tuple[int, int, int]:
    """Return how many tests of a JUnit report passed, failed (errors too) and were skipped."""
    if not report.exists():
        return 0, 0, 0
    # pytest, which is ours, wrote it a moment ago: no stranger's XML is read.
    cases = [list(case) for case in ET.parse(report).getroot().iter("testcase")]
    marks = [{child.tag for child in children} for children in cases]
    failed = sum(bool(tags & {"failure", "error"}) for tags in marks)
    skipped = sum("skipped" in tags and not tags & {"failure", "error"} for tags in marks)
    return len(cases) - failed - skipped, failed, skipped


def table(outcomes: Iterable[Outcome]) -> str:
    """Return the outcomes as lines of text, a run a line."""
    rows = [("database", "passed", "failed", "skipped", "seconds", "with", "server")]
    for outcome in outcomes:
        if outcome.missing:
            rows.append((outcome.name, *"----", "-", f"NOT RUN: {outcome.missing}"))
            continue
        rows.append(
            (
                outcome.name,
                str(outcome.passed),
                str(outcome.failed),
                str(outcome.skipped),
                f"{outcome.seconds:.1f}",
                outcome.versions,
                outcome.server,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return os.linesep.join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
