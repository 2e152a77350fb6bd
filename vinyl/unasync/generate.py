"""Generate the text of synchronous twins with unasync, in a temporary folder."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unasync import Rule, unasync_files

from .renaming import FOLDERS, out_of_reach, renamed
from .ruff import RuffFailed
from .rules import OWN, Advice, Problem, leftover_problems, source_problems


class BuildError(Exception):
    """Report that twins cannot be made, with every reason found."""

    def __init__(self, problems: Sequence[Problem | str]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Folders:
    """
    Name a folder of asynchronous modules and the folder of its twins, below one root.

    Both may be the paths of single modules instead.
    """

    root: Path
    source: str
    target: str

    def sources(self) -> list[Path]:
        """Return every module to transform, nested ones too, and no other kind of file."""
        source = self.root / self.source
        return [source] if source.is_file() else modules(source)

    def twin(self, source: Path) -> Path:
        """Return where a module's twin belongs."""
        return self.root / self.target / source.relative_to(self.root / self.source)

    def header(self, source: Path, command: str) -> str:
        """Return the first line of a module's twin."""
        return f"{HEADER}{source.relative_to(self.root).as_posix()} by `{command}`; never edit."


HEADER = "# Generated from "


@dataclass(frozen=True)
class Recipe:
    """
    How twins are made.

    `command` is what the first line of each tells the reader to run, `renames` the names that
    differ, `tidy` what is done to the folder of all twins, and `finish` to the text of one.
    """

    command: str
    renames: Mapping[str, str] = field(default_factory=lambda: dict(FOLDERS))
    # These must be found somewhere: a rule that does nothing is a mistake.
    required: frozenset[str] = frozenset()
    advice: Advice = OWN
    tidy: Callable[[Path], None] | None = None
    finish: Callable[[str, Path], str] | None = None


def modules(folder: Path) -> list[Path]:
    """Return the Python files below a folder, in order; none when there is no such folder."""
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def generate(folders: Folders, recipe: Recipe) -> dict[Path, str]:
    """
    Return the text of each twin by its absolute path; nothing of the project is written.

    Raises: BuildError, naming file and line, where a source cannot be transformed.
    """
    sources = _prepared(folders, recipe)
    with tempfile.TemporaryDirectory(prefix="twins-") as name:
        scratch = Path(name).resolve()
        places = {path: folders.twin(path).relative_to(folders.root) for path in sources}
        for path, text in sources.items():
            _write(scratch / "from" / places[path], text)
        _transform(scratch, list(places.values()))
        for path, place in places.items():
            text = (scratch / "to" / place).read_text(encoding="utf-8")
            header = folders.header(path, recipe.command)
            _write(scratch / "to" / place, f"{header}\n{text}")
        try:
            if recipe.tidy is not None:
                recipe.tidy(scratch / "to")
            texts = {
                folders.root / place: _finished(
                    scratch / "to" / place, folders.root / place, recipe
                )
                for place in places.values()
            }
        except RuffFailed as error:
            raise BuildError([str(error)]) from error
    broken = [
        problem
        for path, text in texts.items()
        for problem in leftover_problems(text, path.relative_to(folders.root).as_posix())
    ]
    if broken:
        raise BuildError(broken)
    return texts


def _prepared(folders: Folders, recipe: Recipe) -> dict[Path, str]:
    """Return the sources with their names replaced. Raises: BuildError for what is unfit."""
    texts: dict[Path, str] = {}
    problems: list[Problem | str] = []
    used: set[str] = set()
    for path in folders.sources():
        name = path.relative_to(folders.root).as_posix()
        try:
            text = path.read_text(encoding="utf-8-sig")
            tree = ast.parse(text, name)
        except UnicodeDecodeError as error:
            problems.append(Problem(name, 1, f"not UTF-8: {error}"))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            problems.append(
                Problem(name, line, f"not valid Python: {getattr(error, 'msg', error)}")
            )
        else:
            texts[path], found = renamed(text, recipe.renames)
            used |= found
            hidden = [Problem(name, *each) for each in out_of_reach(tree, recipe.renames)]
            problems += sorted([*hidden, *source_problems(texts[path], name, recipe.advice)])
    problems += [
        f"the rule {old}={recipe.renames[old]} replaces nothing: no source has that name"
        for old in sorted(recipe.required - used)
        if not problems
    ]
    if problems:
        raise BuildError(problems)
    return texts


def _transform(scratch: Path, places: Sequence[Path]) -> None:
    # A rule replaces its folder's name as text, wherever it stands in a path: absolute paths on
    # both sides leave it one place to match.
    rule = Rule(
        fromdir=f"{(scratch / 'from').as_posix()}/", todir=f"{(scratch / 'to').as_posix()}/"
    )
    unasync_files([str(scratch / "from" / place) for place in places], [rule])


def _finished(made: Path, path: Path, recipe: Recipe) -> str:
    text = made.read_text(encoding="utf-8")
    return text if recipe.finish is None else recipe.finish(text, path)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
