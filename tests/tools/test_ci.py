"""The last line of `.ci/run` is the totals, and its exit code is 0 only if all has passed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "run"
PASSED = 'printf "database  passed\\nsqlite 4\\n\\n4 passed, 0 failed\\n"'
FAILED = 'printf "database  passed\\nsqlite 3\\n\\n3 passed, 1 failed\\n"; exit 1'
# A database that was missing: what ran has passed, and that is not enough.
INCOMPLETE = 'printf "2 passed, 0 failed\\n"; exit 1'
BROKEN = "exit 1"


def run(
    folder: Path,
    *,
    lint: str = "true",
    suite: str = PASSED,
    oldest: str,
    newest: str,
    servers: str = PASSED,
) -> tuple[int, list[str]]:
    """Run the script with commands of ours in place of tools/dev.py; return code and output."""
    stand_in = folder / "python3"
    stand_in.write_text(
        f'#!/bin/sh\ncase "$*" in *install*) ;; *lint*) {lint} ;; *django?5*) {oldest} ;; '
        f"*django-suite*) {suite} ;; "
        f"*mysql*|*postgresql*|*--without*) {servers} ;; *) {newest} ;; esac\n"
    )
    stand_in.chmod(0o755)
    done = subprocess.run(
        ["bash", str(SCRIPT)],
        env=os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_the_totals_of_all_parts_are_the_last_line(tmp_path: Path) -> None:
    code, lines = run(tmp_path, oldest=PASSED, newest=PASSED)
    assert (code, lines[-1]) == (0, "32 passed, 0 failed")
    assert lines.count("sqlite 4") == 16  # where it ran, and once more at the end


@pytest.mark.parametrize(
    ("parts", "totals"),
    [
        ({"oldest": FAILED, "newest": PASSED}, "31 passed, 1 failed"),
        ({"oldest": PASSED, "newest": FAILED}, "31 passed, 1 failed"),
        ({"oldest": PASSED, "newest": PASSED, "servers": FAILED}, "28 passed, 4 failed"),
        ({"oldest": PASSED, "newest": PASSED, "suite": FAILED}, "30 passed, 2 failed"),
        ({"oldest": PASSED, "newest": PASSED, "suite": BROKEN}, "24 passed, 1 failed"),
        ({"oldest": PASSED, "newest": INCOMPLETE}, "30 passed, 1 failed"),
        ({"oldest": BROKEN, "newest": PASSED}, "28 passed, 1 failed"),
        ({"lint": BROKEN, "oldest": PASSED, "newest": PASSED}, "32 passed, 1 failed"),
        (
            {"lint": BROKEN, "oldest": BROKEN, "newest": BROKEN, "servers": BROKEN},
            "8 passed, 7 failed",
        ),
    ],
)
def test_a_part_that_fails_is_counted_and_fails_the_run(
    tmp_path: Path, parts: dict[str, str], totals: str
) -> None:
    code, lines = run(tmp_path, **parts)
    assert (code, lines[-1]) == (1, totals)
