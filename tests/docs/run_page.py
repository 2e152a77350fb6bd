"""
Run the Python blocks of one page of the documentation, in order, as one program.

    python -m tests.docs.run_page docs/queries.md

Plain `python` blocks run inside one event loop, `python sync` blocks between them, outside of it.
The page has a SQLite database of its own with three artifacts. The models are those of
`tests.docs.museum`; for README.md, which shows its own, those of `tests.docs.readme`.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import tempfile
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings

from tests.docs.page import blocks, compiled

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


def run(page: Path, label: str) -> int:
    """Run a page's blocks with the models of an app, and return how many there were."""
    names = {model.__name__: model for model in apps.get_app_config(label).get_models()}
    scope: dict[str, Any] = {"__name__": page.stem, **names}
    shown = list(blocks(page))
    # The first block of README.md is the app's model, and has been run.
    done = int(label == "readme")
    with asyncio.Runner() as runner:
        for block in shown[done:]:
            code = compiled(block, page)
            if block.kind == "python":
                runner.run(run_in_loop(code, scope))
            else:
                exec(code, scope)
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
        count = run(page, label)
        from django.db import connections

        connections.close_all()
    print(f"{page.name}: {count} blocks run")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
