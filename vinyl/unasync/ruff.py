"""Sort the imports of generated modules and format them, with ruff."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STEPS = (("check", "--select", "I", "--fix"), ("format",))


class RuffFailed(Exception):
    """What ruff said of a generated module."""


def tidy_folder(folder: Path, config: Path) -> None:
    """Tidy all modules of a folder, in one run each: a process a file would take seconds."""
    options = ["--quiet", "--no-cache", "--config", str(config), "."]
    for step in STEPS:
        _run([*step, *options], cwd=folder)


def tidied(text: str, path: Path) -> str:
    """Return a module's text as ruff would leave it at a path, by the settings that hold there."""
    for step in STEPS:
        text = _run([*step, "--quiet", "--stdin-filename", str(path), "-"], text=text)
    return text


def _run(arguments: list[str], *, cwd: Path | None = None, text: str | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments],
        cwd=cwd,
        input=None if text is None else text.encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr + done.stdout).decode(errors="replace").strip()
        raise RuffFailed(f"ruff {arguments[0]} failed on the generated files:\n{said}")
    return done.stdout.decode()
