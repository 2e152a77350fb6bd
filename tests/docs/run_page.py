"""
Run the Python blocks of one page of the documentation, in order, as one program.

    python -m tests.docs.run_page docs/queries.md

Plain `python` blocks run inside one event loop, `python sync` blocks between them, outside of it.
A `python file PATH` block is written to a module, in a folder of the page's own that begins with
the package `museum`, and its tests are run if it is named `test_…`; each line of an `sh run`
block is run there.
The page has a SQLite database of its own with three artifacts. The models are those of
`tests.docs.museum`; for README.md, which shows its own, those of `tests.docs.readme`.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import ModuleType
from typing import Any

import django
from django.apps import apps
from django.conf import settings

from tests.docs.page import FILE, Block, blocks, compiled

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = (
    ("Sewing table", 1859, "Michael Thonet"),
    ("Tea infuser", 1924, "Marianne Brandt"),
    ("Lounge chair", 1956, "Ray Eames"),
)


async def run_in_loop(code: Any, names: dict[str, Any]) -> None:
    """Run a block where the async twin answers."""
    result = eval(code, names)
    if inspect.iscoroutine(result):
        await result


def write_or_run(block: Block, folder: Path) -> None:
    """Write the module that a block is, or run the commands in it."""
    if block.kind.startswith(FILE):
        path = folder / block.kind.removeprefix(FILE)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{block.source}\n", encoding="utf-8")
        if path.name.startswith("test_"):
            importlib.invalidate_caches()
            run_tests(f"{path.parent.name}.{path.stem}")
        return
    # A program of a page's own has no project, or configures itself.
    environ = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    for line in block.source.splitlines():
        command = [sys.executable if word == "python" else word for word in shlex.split(line)]
        subprocess.run(command, cwd=folder, env=environ | {"PYTHONPATH": str(ROOT)}, check=True)
    importlib.invalidate_caches()


def run_tests(module: str) -> None:
    """Run the test cases of a module that a page has."""
    suite = unittest.defaultTestLoader.loadTestsFromName(module)
    result = suite.run(unittest.TestResult())
    assert suite.countTestCases()
    for _, problem in result.errors + result.failures:
        raise AssertionError(problem)


def package_of(label: str, folder: Path) -> None:
    """Let the page import its models from `museum.models`, and modules that it writes."""
    package = ModuleType("museum")
    package.__path__ = [str(folder / "museum")]
    sys.modules["museum"] = package
    sys.modules["museum.models"] = sys.modules[f"tests.docs.{label}.models"]


def run(page: Path, label: str, folder: Path) -> int:
    """Run a page's blocks with the models of an app, and return how many there were."""
    names = {model.__name__: model for model in apps.get_app_config(label).get_models()}
    scope: dict[str, Any] = {"__name__": page.stem, **names}
    shown = list(blocks(page))
    # The first block of README.md is the app's model, and has been run.
    done = int(label == "readme")
    with asyncio.Runner() as runner:
        for block in shown[done:]:
            if block.kind == "sh run" or block.kind.startswith(FILE):
                write_or_run(block, folder)
            elif block.kind == "python":
                runner.run(run_in_loop(compiled(block, page), scope))
            else:
                exec(compiled(block, page), scope)
        runner.run(close())
    return len(shown)


async def close() -> None:
    """Close the loop's connections, as a program should."""
    import vinyl

    await vinyl.connections.close()


def make_database(label: str) -> None:
    """Create the tables of an app and the artifacts, with stock Django."""
    from django.db import connection

    config = apps.get_app_config(label)
    with connection.schema_editor() as editor:
        for model in config.get_models():
            editor.create_model(model)
    artifact, maker = config.get_model("Artifact"), config.get_model("Maker")
    columns = {field.name for field in artifact._meta.fields}
    for title, year, name in ARTIFACTS:
        values = {"title": title, "year": year, "maker": maker.objects.create(name=name)}
        artifact.objects.create(**{key: values[key] for key in columns & values.keys()})
    connection.close()


def main(page: Path) -> None:
    """Run a page on a database of its own."""
    label = "readme" if page.name == "README.md" else "museum"
    with tempfile.TemporaryDirectory() as folder:
        settings.configure(
            DATABASES={
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": f"{folder}/museum.sqlite3",
                }
            },
            INSTALLED_APPS=[f"tests.docs.{label}"],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
        )
        django.setup()
        make_database(label)
        package_of(label, Path(folder))
        count = run(page, label, Path(folder))
        from django.db import connections

        connections.close_all()
    print(f"{page.name}: {count} blocks run")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
