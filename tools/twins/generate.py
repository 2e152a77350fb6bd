"""Generate the text of synchronous twins with unasync and ruff, in a temporary folder."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unasync import Rule, unasync_files

from .rules import Problem, leftover_problems, source_problems

REPLACEMENTS = {"_async": "_sync"}


class BuildError(Exception):
    """Report that twins cannot be made, with every reason found."""

    def __init__(self, problems: Sequence[Problem | str]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Folders:
    """Name a folder of asynchronous modules and the folder of its twins, below one root."""

    root: Path
    source: str
    target: str

    def sources(self) -> list[Path]:
        """Return every module to transform, nested ones too, and no other kind of file."""
        return modules(self.root / self.source)

    def twin(self, source: Path) -> Path:
        """Return where a module's twin belongs."""
        return self.root / self.target / source.relative_to(self.root / self.source)


def modules(folder: Path) -> list[Path]:
    """Return the Python files below a folder, in order; none when there is no such folder."""
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def generate(
    folders: Folders,
    *,
    command: str,
    ruff_config: Path,
    replacements: Mapping[str, str] = REPLACEMENTS,
) -> dict[Path, str]:
    """
    Return the text of each twin by its absolute path; nothing of the project is written.

    `command` is what the first line of each twin tells the reader to run.
    Raises: BuildError, naming file and line, where a source cannot be transformed.
    """
    sources = folders.sources()
    _refuse(sources, folders.root)
    with tempfile.TemporaryDirectory(prefix="twins-") as name:
        scratch = Folders(Path(name).resolve(), folders.source, folders.target)
        _transform(sources, folders, scratch, replacements)
        twins = [scratch.root / folders.twin(path).relative_to(folders.root) for path in sources]
        for source, twin in zip(sources, twins, strict=True):
            _add_header(twin, source.relative_to(folders.root), command)
        _tidy(scratch.root, ruff_config)
        texts = {
            folders.twin(source): twin.read_text(encoding="utf-8")
            for source, twin in zip(sources, twins, strict=True)
        }
    broken = [
        problem
        for path, text in texts.items()
        for problem in leftover_problems(text, path.relative_to(folders.root).as_posix())
    ]
    if broken:
        raise BuildError(broken)
    return texts


def _refuse(sources: Sequence[Path], root: Path) -> None:
    problems = [
        problem
        for path in sources
        for problem in source_problems(
            path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        )
    ]
    if problems:
        raise BuildError(problems)


def _transform(
    sources: Sequence[Path], folders: Folders, scratch: Folders, replacements: Mapping[str, str]
) -> None:
    # A rule replaces its folder's name as text, wherever it stands in a path: absolute paths on
    # both sides leave it one place to match, and no way to hit the source file itself.
    rule = Rule(
        fromdir=f"{(folders.root / folders.source).as_posix()}/",
        todir=f"{(scratch.root / scratch.target).as_posix()}/",
        additional_replacements=dict(replacements),
    )
    unasync_files([str(path) for path in sources], [rule])


def _add_header(twin: Path, source: Path, command: str) -> None:
    header = f"# Generated from {source.as_posix()} by `{command}`; never edit."
    twin.write_text(f"{header}\n{twin.read_text(encoding='utf-8')}", encoding="utf-8")


def _tidy(folder: Path, config: Path) -> None:
    """Sort imports and format, in one run of ruff each: a process a file would take seconds."""
    options = ["--quiet", "--no-cache", "--config", str(config), "."]
    for arguments in (["check", "--select", "I", "--fix"], ["format"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, *options],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr + done.stdout).strip()
            raise BuildError([f"ruff {arguments[0]} failed on the generated files:\n{said}"])
