"""
Run Django's own tests on a twin of vinyl's, and count what passes.

    python -m tests.django_suite --twin async --database sqlite

One process and one pair of databases an app, so that a crash or a hang costs one app. What stock
Django does not pass on the same database is not counted: the baseline, which is made when it is
missing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import django

from tests.django_suite import sdist, tables

ROOT = Path(__file__).resolve().parents[2]
# What stock Django makes of each test: the outcome, and how many statements it ran.
Baseline = dict[str, tuple[str, int]]


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.django_suite", description=__doc__)
    add = parser.add_argument
    add("--twin", nargs="+", default=["sync", "async"], choices=["stock", "sync", "async", "shim"])
    add("--database", default="sqlite", choices=["sqlite", "postgresql", "mysql"])
    add("--apps", nargs="+", help="these only: app, or app.test_module; default: apps.txt")
    add("--lazy", default="error", choices=["error", "await"], help="see config.py")
    add("--tests", type=Path, help="Django's folder `tests`; default: fetched once")
    add("--out", type=Path, help="where to write; default: build/django-suite")
    add("--record", action="store_true", help="put the counts into results.tsv")
    add("--compare", action="store_true", help="fail where fewer pass than results.tsv has")
    add("--at-least", type=float, metavar="PERCENT", help="fail where figure C is lower")
    add("--jobs", type=int, default=2, help="apps at a time")
    add("--test-timeout", type=float, default=60)
    add("--app-timeout", type=float, default=900)
    return parser.parse_args(arguments)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run_app(args: argparse.Namespace, twin: str, app: str, labels: list[str]) -> tuple[Any, str]:
    """Run one app in a process of its own; return its records, and how it broke, if it did."""
    with tempfile.TemporaryDirectory(prefix="django-suite-") as folder:
        out, log = Path(folder, "records.jsonl"), Path(folder, "log")
        environ = {k: v for k, v in os.environ.items() if not k.startswith("DJANGO_")}
        given = {
            "TWIN": twin,
            "DATABASE": args.database,
            "LAZY": args.lazy,
            "OUT": str(out),
            "TEST_TIMEOUT": str(args.test_timeout),
            "PREFIX": re.sub(r"\W", "_", f"suite{os.getpid()}_{app}")[:40],
        }
        environ |= {f"DJANGO_SUITE_{name}": value for name, value in given.items()}
        path = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environ |= {"PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-X", "faulthandler", "-m", "tests.django_suite.boot"]
        with log.open("w") as output:
            try:
                code = subprocess.run(
                    [*command, str(args.tests), *labels],
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    env=environ,
                    cwd=folder,
                    timeout=args.app_timeout,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                code = -9
        lines = out.read_text().splitlines() if out.exists() else []
        records = [json.loads(line) for line in lines]
        if records and records[-1].get("summary"):
            return records[:-1], ""
        (args.out / f"crash-{twin}-{app}.log").write_text(log.read_text()[-20_000:])
        return [], f"exit {code}"


def by_app(args: argparse.Namespace) -> dict[str, list[str]]:
    """Return what to run of each app that this version of Django has."""
    labels: dict[str, list[str]] = {}
    for label in args.apps or tables.apps():
        app = label.partition(".")[0]
        if (args.tests / app).is_dir() and (
            "." not in label or (args.tests / (label.replace(".", "/") + ".py")).exists()
        ):
            labels.setdefault(app, []).append(label)
    return labels


def run_all(args: argparse.Namespace, twin: str) -> dict[str, tuple[Any, str]]:
    wanted = by_app(args)
    results = {}
    with ThreadPoolExecutor(args.jobs) as pool:
        jobs = {app: pool.submit(run_app, args, twin, app, wanted[app]) for app in wanted}
        for app, job in jobs.items():
            records, crashed = results[app] = job.result()
            counts = dict(Counter(record["outcome"] for record in records))
            say(f"{twin:6}{app:28} {counts} {crashed}")
    return results


def baseline(args: argparse.Namespace) -> Baseline:
    """Return what stock Django makes of each test: the outcome, and how many statements it ran."""
    path = args.out / f"baseline-{django.get_version()}-{args.database}.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    missing = [app for app in by_app(args) if app not in known]
    if missing:
        only = argparse.Namespace(**{**vars(args), "apps": missing})
        for app, (records, crashed) in run_all(only, "stock").items():
            if crashed:
                raise SystemExit(f"Stock Django itself broke in {app}: {crashed}")
            known[app] = {
                record["id"]: (
                    "passed" if record["outcome"] == "xfail" else record["outcome"],
                    record.get("io", 0),
                    record.get("flags", []),
                )
                for record in records
            }
        path.write_text(json.dumps(known))
    return {key: tuple(value[:2]) for app in known.values() for key, value in app.items()}


def lost(base: Baseline, app: str, crashed: str) -> list[dict[str, Any]]:
    """Return records of the tests of an app whose process broke."""
    return [
        {"id": key, "outcome": "error", "exc": "Crashed", "reason": crashed}
        for key in base
        if key.startswith(f"{app}.")
    ]


def judge(args: argparse.Namespace, twin: str, base: Baseline) -> list[tables.App]:
    patterns = tables.inapplicable(twin, args.database, django.get_version())
    results = []
    for app, (records, crashed) in run_all(args, twin).items():
        counted = tables.App(app, crashed=crashed)
        for record in records or lost(base, app, crashed):
            test_id = record["id"]
            counted.add(record, base.get(test_id, ("", 0)), tables.why_not(test_id, patterns))
        results.append(counted)
    return results


def write(folder: Path, text: str, results: list[tables.App]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.txt").write_text(text + "\n")
    rows = [map(tables.cell, row) for app in results for row in app.failing]
    head = ("id", "outcome", "inapplicable", "reason")
    lines = ["\t".join(row) for row in (head, *rows)]
    (folder / "failing.tsv").write_text("\n".join(lines) + "\n")
    with (folder / "records.jsonl").open("w") as out:
        for app in results:
            out.writelines(json.dumps(record) + "\n" for record in app.records)


def compare(version: str, database: str, twin: str, results: list[tables.App]) -> int:
    """Say where fewer tests passed than before, and count them as failed."""
    missing = tables.fewer(version, database, twin, results)
    for app, number in missing.items():
        say(f"{app}: {number} tests fewer pass than before")
    passed = sum(app.counts["passed"] for app in results)
    say(f"{passed} passed, {sum(missing.values())} failed")
    return 1 if missing else 0


def main(arguments: list[str] | None = None) -> int:
    args = parsed(arguments)
    args.out = (args.out or ROOT / "build" / "django-suite").resolve()
    args.out.mkdir(parents=True, exist_ok=True)
    version = django.get_version()
    args.tests = (args.tests or sdist.fetched(version)).resolve()
    # The counts of what passed are comparable without it, and making it takes as long as a run.
    base = {} if args.compare else baseline(args)
    code = 0
    for twin in args.twin:
        began = time.monotonic()
        results = judge(args, twin, base)
        title = f"Django {version}, {args.database}, {twin} twin, lazy loads: {args.lazy}"
        text = tables.summary(title, results, time.monotonic() - began)
        say(f"\n{text}\n")
        write(args.out / f"{version}-{args.database}-{twin}-{args.lazy}", text, results)
        if args.record and args.lazy == "error":
            tables.record(version, args.database, twin, results)
        if args.compare:
            code |= compare(version, args.database, twin, results)
        passed = sum(app.counts["C_passed"] for app in results)
        total = sum(app.counts["C"] for app in results)
        if args.at_least is not None and 100 * passed < args.at_least * total:
            say(f"Less than {args.at_least:g} % of the tests that apply have passed.")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
