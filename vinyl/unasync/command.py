"""The command `python -m vinyl.unasync`, for users' code: services and custom classes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from . import OLDEST_PYTHON

if TYPE_CHECKING:
    from .compare import Change
    from .generate import Folders

COMMAND = "python -m vinyl.unasync"
DESCRIPTION = """
Generate the synchronous twin of asynchronous code that uses vinyl: drop `async` and `await`, and
refuse, with file and line, what has no twin. SRC is a module or a folder of modules, DST is where
the twin goes.
"""


class UsageError(Exception):
    """Say what is wrong with the arguments."""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    folders: Folders
    renames: dict[str, str]
    check: bool
    force: bool
    ruff: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, 1 for drift and for what was refused, 2 for wrong use."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if reason := unfit(sys.version_info[:2], needs_ruff=given.ruff):
        print(reason, file=sys.stderr)
        return 2
    from .generate import BuildError

    try:
        options = Options(
            located(given.source, given.target),
            _renames(given.rename),
            given.check,
            given.force,
            given.ruff,
        )
        return run(options)
    except UsageError as error:
        parser.error(str(error))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=COMMAND, description=DESCRIPTION)
    parser.add_argument("source", metavar="SRC", type=Path)
    parser.add_argument("target", metavar="DST", type=Path)
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; print the difference, and exit 1 on any",
    )
    parser.add_argument(
        "--rename",
        metavar="A=B",
        action="append",
        default=[],
        help="replace a name or a dotted path of names; may be repeated (_async=_sync is built in)",
    )
    parser.add_argument(
        "--force", action="store_true", help="overwrite files that were not generated, too"
    )
    parser.add_argument("--ruff", action="store_true", help="format the twins with ruff")
    return parser


def unfit(running: tuple[int, int], *, needs_ruff: bool = False) -> str | None:
    """Return why the command cannot run here, None if it can."""
    if running < OLDEST_PYTHON:
        return (
            f"{COMMAND} needs Python 3.12 or newer, this is {running[0]}.{running[1]}: before it, "
            "what is inside an f-string cannot be transformed. The twins themselves run on older "
            "versions, too: generate them with a newer Python, and keep them with your code."
        )
    if find_spec("unasync") is None:
        return f"{COMMAND} needs the package unasync: pip install 'django-vinyl[unasync]'"
    if needs_ruff and find_spec("ruff") is None:
        return "--ruff needs ruff: pip install ruff"
    return None


def _renames(rules: Sequence[str]) -> dict[str, str]:
    from .renaming import parse_rename

    renames: dict[str, str] = {}
    for rule in rules:
        try:
            old, new = parse_rename(rule)
        except ValueError as error:
            raise UsageError(f"--rename {error}") from error
        if renames.setdefault(old, new) != new:
            raise UsageError(f"--rename {rule!r}: {old} is to become {renames[old]} already")
    return renames


def located(source: Path, target: Path) -> Folders:
    """
    Return where the sources and their twins are, below the folder that both are in.

    Raises: UsageError for places that cannot be meant.
    """
    from .generate import Folders

    source, target = source.resolve(), target.resolve()
    if not source.exists():
        raise UsageError(f"there is no {source}")
    if source.is_file():
        if target.is_dir():
            target /= source.name
        elif target.suffix != ".py":
            raise UsageError(f"{target} is neither a folder nor a Python file, and SRC is a file")
    elif target.is_file():
        raise UsageError(f"{target} is a file, and SRC is a folder")
    if source == target:
        raise UsageError("SRC and DST are the same: the twin would replace its source")
    if source.is_dir() and (source in target.parents or target in source.parents):
        raise UsageError(
            "one of SRC and DST is inside the other: give the twins a place of their own"
        )
    root = Path(os.path.commonpath([source.parent, target.parent]))
    return Folders(root, source.relative_to(root).as_posix(), target.relative_to(root).as_posix())


def run(options: Options) -> int:
    """
    Bring the twins up to date, or only tell whether they are; return the exit code.

    Raises: BuildError where a source cannot be transformed; then nothing at all is written.
    """
    from . import ruff
    from .compare import differences
    from .generate import HEADER, BuildError, Recipe, generate
    from .renaming import FOLDERS
    from .rules import USERS

    folders = options.folders
    if not folders.sources():
        raise UsageError(f"there is no Python file in {folders.root / folders.source}")
    recipe = Recipe(
        COMMAND,
        renames=FOLDERS | options.renames,
        required=frozenset(options.renames),
        advice=USERS,
        finish=ruff.tidied if options.ruff else None,
    )
    texts = generate(folders, recipe)
    # In a folder of twins there may be modules that are written by hand.
    stale = f"{HEADER}{folders.source}/"
    changes = differences(texts, folders.root / folders.target, lambda text: text.startswith(stale))
    foreign = [
        f"{change.path} has no first line that says it was generated, and may be yours: to "
        "overwrite it, --force"
        for change in changes
        if change.old is not None and not change.old.startswith(HEADER) and not options.force
    ]
    if foreign and not options.check:
        raise BuildError(foreign)
    advice = f"Run `{COMMAND}` again; no twin is edited by hand."
    return finish(folders.root, changes, len(texts), advice, check=options.check)


def finish(root: Path, changes: Sequence[Change], count: int, advice: str, *, check: bool) -> int:
    """
    Write the changes, or show them and fail if there are any; return the exit code.

    `advice` says what to run where the twins are not fresh.
    """
    from .compare import apply

    for change in changes:
        if check:
            print(change.diff(root))
        else:
            apply(change)
            done = "deleted" if change.new is None else "wrote"
            print(f"{done} {change.path.relative_to(root)}")
    if check and changes:
        for change in changes:
            print(change.describe(root), file=sys.stderr)
        print(advice, file=sys.stderr)
        return 1
    print(f"{count} twins, {len(changes)} changed")
    return 0
