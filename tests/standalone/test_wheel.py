"""vinyl as it is installed, in a folder where there is nothing else."""

from __future__ import annotations

import subprocess
import sys

from tests.standalone.conftest import ROOT

PROGRAM = """
import vinyl, os
vinyl.configure(os.environ["DATABASE_URL"])
from django.db import models
from vinyl import VinylManager
assert "site" in vinyl.__file__, vinyl.__file__


class Thing(models.Model):
    number = models.IntegerField(default=3)
    vinyl = VinylManager()


tables = vinyl.create_tables()
if tables:
    Thing.vinyl.create()
vinyl.connections.close()


async def main():
    print([(thing.pk, thing.number) for thing in await Thing.vinyl.all()])
    await vinyl.connections.close()

import asyncio
asyncio.run(main())
"""


def test_a_wheel_is_all_that_a_program_needs(url, program, tmp_path):
    commands = (
        ["hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        ["pip", "install", "-q", "--no-index", "--no-deps", "--target", str(tmp_path / "site")],
    )
    for command in commands:
        wheels = map(str, tmp_path.glob("dist/*.whl"))
        subprocess.run(
            [sys.executable, "-m", *command, *wheels], cwd=ROOT, capture_output=True, check=True
        )
    program.package_path = tmp_path / "site"
    assert program.script(PROGRAM) == "[(1, 3)]\n"
    assert "System check identified" in program.vinyl("check", "--config", "program")
