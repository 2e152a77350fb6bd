"""
Generate the synchronous twins: vinyl/_async to vinyl/_sync, tests/_async to tests/_sync.

    python tools/unasync_build.py           write what changed, delete stale twins
    python tools/unasync_build.py --check   write nothing; print a diff and exit 1 on drift
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vinyl.unasync.compare import Change
    from vinyl.unasync.rules import Problem

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python tools/unasync_build.py"
FOLDERS = (("vinyl/_async", "vinyl/_sync"), ("tests/_async", "tests/_sync"))


def unfit(running: tuple[int, int], project: Path) -> str | None:
    """Return why this Python cannot build the twins, None if it can."""
    from vinyl.unasync import OLDEST_PYTHON

    if running < OLDEST_PYTHON:
        return (
            f"the twins are built with Python 3.12 or newer, this is {running[0]}.{running[1]}: "
            f"run `python3.12 tools/unasync_build.py` or newer"
        )
    with project.open("rb") as file:
        pins = tomllib.load(file)["dependency-groups"]["twins"]
    for pin in pins:
        name, _, wanted = pin.partition("==")
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "not installed"
        if found != wanted:
            return f"the twins are built with {pin}, but {name} is {found}: run `pip install {pin}`"
    return None


def build(
    root: Path,
    *,
    check: bool = False,
    ruff_config: Path | None = None,
    folders: Sequence[tuple[str, str]] = FOLDERS,
) -> int:
    """
    Bring the twins below `root` up to date, or only tell whether they are; return the exit code.

    Raises: BuildError where a source cannot be transformed; then nothing at all is written.
    """
    # Imported here, for unfit() to speak first where they are missing.
    from vinyl.unasync import ruff
    from vinyl.unasync.command import finish
    from vinyl.unasync.compare import differences
    from vinyl.unasync.generate import BuildError, Folders, Recipe, generate

    config = ruff_config or root / "pyproject.toml"
    recipe = Recipe(COMMAND, tidy=lambda folder: ruff.tidy_folder(folder, config))
    changes: list[Change] = []
    problems: list[Problem | str] = []
    count = 0
    for source, target in folders:
        if not (root / source).is_dir():
            if (root / target).is_dir():
                problems.append(f"{target} is there, but its source folder {source} is not")
            continue
        try:
            texts = generate(Folders(root, source, target), recipe)
        except BuildError as error:
            problems += error.problems
            continue
        count += len(texts)
        changes += differences(texts, root / target)
    if problems:
        raise BuildError(problems)
    advice = f"Run `{COMMAND}`; nothing in _sync is edited by hand."
    return finish(root, changes, count, advice, check=check)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog=COMMAND, description="Generate vinyl/_sync and tests/_sync."
    )
    parser.add_argument("--check", action="store_true", help="write nothing, fail on drift")
    options = parser.parse_args(arguments)
    if reason := unfit(sys.version_info[:2], ROOT / "pyproject.toml"):
        print(reason, file=sys.stderr)
        return 2
    from vinyl.unasync.generate import BuildError

    try:
        return build(ROOT, check=options.check)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    # Run as a file, Python puts tools/ on the path; the packages are found from its parent.
    sys.path[0] = str(ROOT)
    sys.exit(main())
