"""
Run the Python blocks of one page of the documentation, in order, as one program.

    python -m tests.docs.run_page docs/queries.md

Plain `python` blocks run inside one event loop, `python sync` blocks between them, outside of it.
The page has a SQLite database of its own with three artifacts.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.conf import settings

FENCE = re.compile(r"^```(.*)$")
ARTIFACTS = (
    ("Sewing table", 1859, "Michael Thonet"),
    ("Tea infuser", 1924, "Marianne Brandt"),
    ("Lounge chair", 1956, "Ray Eames"),
)


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
            if kind in {"python", "python sync"}:
                yield Block(kind, start, "\n".join(lines))
            kind = None


def compiled(block: Block, page: Path) -> Any:
    """Return the code of a block, with the page's line numbers in its tracebacks."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if block.kind == "python" else 0
    source = "\n" * block.line + block.source
    return compile(source, str(page), "exec", flags=flags, dont_inherit=True)


async def run_in_loop(code: Any, names: dict[str, Any]) -> None:
    """Run a block where the async twin answers."""
    result = eval(code, names)
    if inspect.iscoroutine(result):
        await result


def run(page: Path) -> int:
    """Run a page's blocks and return how many there were."""
    from tests.docs.museum.models import Artifact, Maker, Tag

    names: dict[str, Any] = {"Artifact": Artifact, "Maker": Maker, "Tag": Tag}
    count = 0
    with asyncio.Runner() as runner:
        for block in blocks(page):
            code = compiled(block, page)
            if block.kind == "python":
                runner.run(run_in_loop(code, names))
            else:
                exec(code, names)
            count += 1
        runner.run(close())
    return count


async def close() -> None:
    """Close the loop's connections, as a program should."""
    import vinyl

    await vinyl.connections.close()


def make_database() -> None:
    """Create the tables and the artifacts, with stock Django."""
    from django.db import connection

    from tests.docs.museum.models import Artifact, Maker, Tag

    with connection.schema_editor() as editor:
        for model in (Maker, Tag, Artifact):
            editor.create_model(model)
    for title, year, name in ARTIFACTS:
        maker = Maker.objects.create(name=name)
        Artifact.objects.create(title=title, year=year, maker=maker)
    connection.close()


def main(page: Path) -> None:
    """Run a page on a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        settings.configure(
            DATABASES={
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": f"{folder}/museum.sqlite3",
                }
            },
            INSTALLED_APPS=["tests.docs.museum"],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
        )
        django.setup()
        make_database()
        count = run(page)
        from django.db import connections

        connections.close_all()
    print(f"{page.name}: {count} blocks run")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
