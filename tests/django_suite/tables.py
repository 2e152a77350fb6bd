"""What came out of a run, counted and written down."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.tsv"
PAGE = HERE.parents[1] / "docs" / "django_suite.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB"}
KEY = ("django", "database", "twin", "app")
COUNTS = ("tests", "passed", "A_passed", "A", "B_passed", "B", "C_passed", "C")


def apps() -> list[str]:
    """Return the apps to run: each whole, or some of its modules (`app.test_module`)."""
    lines = (HERE / "apps.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def inapplicable(twin: str, database: str, version: str) -> list[tuple[str, str]]:
    """Return the tests that do not apply to a twin, as patterns of their ids, with the reasons."""
    release = ".".join(version.split(".")[:2])
    scopes = {
        f"{of}{where}" for of in ("both", twin) for where in ("", f"@{database}", f"@{release}")
    }
    found = []
    for line in (HERE / "inapplicable.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, twins, reason = line.split("\t")
            if twins in scopes:
                found.append((pattern, reason))
    return found


@dataclass
class App:
    """The counts of one app; each counts no test that stock Django does not pass here."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    failing: list[tuple[str, str, str, str]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    crashed: str = ""

    def add(self, record: dict[str, Any], base: tuple[str, int], why: str) -> None:
        """Count one test: its record, what it is in the baseline, why it does not apply."""
        outcome = "passed" if record["outcome"] == "xfail" else record["outcome"]
        self.counts["tests"] += 1
        self.counts["passed"] += outcome == "passed"
        if base[0] != "passed":
            return
        statements = base[1]
        for name, counts in (
            ("A", True),
            ("B", statements > 0),
            ("C", statements > 0 and not why),
        ):
            self.counts[name] += counts
            self.counts[f"{name}_passed"] += counts and outcome == "passed"
        if outcome != "passed":
            self.failing.append((record["id"], outcome, why, reason_of(record)))
            self.records.append(record)


def reason_of(record: dict[str, Any]) -> str:
    """Return one line that says why a test failed, the same for the same fault."""
    if record["outcome"] == "skipped":
        return "skipped, which stock Django does not"
    if record.get("tag"):
        text = record["tag"]
    else:
        lines = record.get("reason", "").strip().splitlines()
        first = re.sub(r"0x[0-9a-f]+|\d+", "N", lines[0])[:110] if lines else ""
        text = f"{record.get('exc', '')}: {first}".strip(": ")
    return f"[setUp of class] {text}" if record.get("in_setup") else text


def why_not(test_id: str, patterns: Iterable[tuple[str, str]]) -> str:
    """Return the reason why a test does not apply, or nothing."""
    return next((reason for pattern, reason in patterns if fnmatchcase(test_id, pattern)), "")


def rate(counts: Counter[str], name: str) -> str:
    passed, total = counts[f"{name}_passed"], counts[name]
    return f"{passed}/{total} ({100 * passed / total:.2f} %)" if total else "0/0"


def summary(title: str, results: list[App], seconds: float) -> str:
    """Return the figures of a run, and what failed most."""
    total: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for app in results:
        total.update(app.counts)
        reasons.update(reason for _, _, why, reason in app.failing if not why)
    lines = [
        f"{title}: {len(results)} apps, {total['tests']} tests in {seconds:.0f} s",
        f"A. tests that stock Django passes here: {rate(total, 'A')}",
        f"B. of A, those that run statements of the ORM: {rate(total, 'B')}",
        f"C. of B, those that apply: {rate(total, 'C')}",
        *(f"CRASHED: {app.name} ({app.crashed})" for app in results if app.crashed),
        "reasons:",
        *(f"  {number:5} {cell(reason)}" for reason, number in reasons.most_common(30)),
    ]
    return "\n".join(lines)


def cell(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).strip()


def record(django: str, database: str, twin: str, results: list[App]) -> None:
    """Put the counts of a run into results.tsv, in place of those of the same apps."""
    rows = recorded()
    for app in results:
        rows[django, database, twin, app.name] = [str(app.counts[name]) for name in COUNTS]
    lines = [(*KEY, *COUNTS), *((*key, *rows[key]) for key in sorted(rows))]
    RESULTS.write_text("\n".join(map("\t".join, lines)) + "\n")
    text = PAGE.read_text()
    PAGE.write_text(text.replace(figures_in(text), figures()))


def figures_in(page: str) -> str:
    """Return the part of the page of the documentation that the figures make up."""
    return page.partition(BEGIN)[2].partition(END)[0]


def figures() -> str:
    """Return the figures of all apps together by Django, database and twin, as Markdown."""
    totals: dict[tuple[str, ...], Counter[str]] = {}
    for key, cells in sorted(recorded().items()):
        counts = dict(zip(COUNTS, map(int, cells), strict=True))
        totals.setdefault(key[:3], Counter()).update(counts)
    rows = [
        "| Django | database | twin | tests | A | B | C |",
        "|---|---|---|---|---|---|---|",
    ]
    for (django, database, twin), total in totals.items():
        rates = [rate(total, name) for name in "ABC"]
        cells = [django, DATABASES[database], twin, str(total["tests"]), *rates]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def recorded() -> dict[tuple[str, ...], list[str]]:
    """Return the counts in results.tsv by Django, database, twin and app."""
    if not RESULTS.exists():
        return {}
    lines = [line.split("\t") for line in RESULTS.read_text().splitlines()[1:]]
    return {tuple(cells[: len(KEY)]): cells[len(KEY) :] for cells in lines}


def fewer(django: str, database: str, twin: str, results: list[App]) -> dict[str, int]:
    """Return how many fewer tests of each app passed than results.tsv has for this release."""
    release = ".".join(django.split(".")[:2])
    known = {
        key[3]: int(counts[COUNTS.index("passed")])
        for key, counts in recorded().items()
        if key[0].startswith(f"{release}.") and key[1:3] == (database, twin)
    }
    missing = {app.name: known.get(app.name, 0) - app.counts["passed"] for app in results}
    return {name: number for name, number in missing.items() if number > 0}
