"""Find the blocks of a page of the documentation that are to be run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^```(.*)$")
# What follows is the path of the module that the block is.
FILE = "python file "


@dataclass(frozen=True)
class Block:
    """A block of code, with the number of the line above it."""

    kind: str
    line: int
    source: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page that are to be run."""
    kind, start = None, 0
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if fence is None:
            lines.append(line)
        elif kind is None:
            kind, start, lines = fence[1].strip(), number, []
        else:
            if kind in {"python", "python sync", "sh run"} or kind.startswith(FILE):
                yield Block(kind, start, "\n".join(lines))
            kind = None


def compiled(block: Block, page: Path) -> Any:
    """Return the code of a block, with the page's line numbers in its tracebacks."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if block.kind == "python" else 0
    source = "\n" * block.line + block.source
    return compile(source, str(page), "exec", flags=flags, dont_inherit=True)
