"""Compare generated twins with those on disk, both ways, and make the disk agree."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .generate import modules


@dataclass(frozen=True)
class Change:
    """Say what one file must become: `new` is None where it must go, `old` where it is missing."""

    path: Path
    old: str | None
    new: str | None

    def describe(self, root: Path) -> str:
        """Return one line for a person."""
        name = self.path.relative_to(root).as_posix()
        if self.old is None:
            return f"{name}: the twin is missing"
        if self.new is None:
            return f"{name}: the twin is stale, its source is gone"
        return f"{name}: the twin differs from what its source gives"

    def diff(self, root: Path) -> str:
        """Return the unified diff from the file on disk to the generated one."""
        name = self.path.relative_to(root).as_posix()
        lines = difflib.unified_diff(
            (self.old or "").splitlines(),
            (self.new or "").splitlines(),
            fromfile="/dev/null" if self.old is None else f"on disk/{name}",
            tofile="/dev/null" if self.new is None else f"generated/{name}",
            lineterm="",
        )
        return "\n".join(lines)


def differences(
    generated: Mapping[Path, str], target: Path, may_go: Callable[[str], bool] = lambda text: True
) -> list[Change]:
    """
    Return every file of the target folder that must be written or deleted, in order.

    `may_go` tells by its text whether a file with no source is a twin.
    """
    changes = [
        Change(path, old, text) for path, text in generated.items() if (old := _read(path)) != text
    ]
    others = {path: _read(path) for path in modules(target) if path not in generated}
    changes += [Change(path, old, None) for path, old in others.items() if may_go(old or "")]
    return sorted(changes, key=lambda change: change.path)


def apply(change: Change) -> None:
    """Write or delete one file; a folder that is left empty goes too."""
    if change.new is not None:
        change.path.parent.mkdir(parents=True, exist_ok=True)
        change.path.write_bytes(change.new.encode())
        return
    change.path.unlink()
    folder = change.path.parent
    while not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _read(path: Path) -> str | None:
    """Return a file's exact text, line ends included; None when there is none."""
    if not path.is_file():
        return None
    return path.read_bytes().decode(errors="replace")
