"""What is published: the package with its generated half, and nothing of the workshop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The wheel's files by name."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (path,) = folder.iterdir()
    with ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    packaged = {name for name in wheel if not name.startswith("django_vinyl-0.1.0.dist-info/")}
    assert packaged == {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "vinyl").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "vinyl/py.typed" in packaged


def test_the_wheel_brings_both_twins(wheel):
    for side in ("_async", "_sync"):
        assert f"vinyl/{side}/__init__.py" in wheel


def test_the_metadata_ask_for_django_and_offer_the_drivers(wheel):
    lines = wheel["django_vinyl-0.1.0.dist-info/METADATA"].splitlines()
    required = [line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ")]
    assert [line for line in required if "extra ==" not in line] == ["django>=5.2"]
    assert {line.partition(": ")[2] for line in lines if line.startswith("Provides-Extra: ")} == {
        *("mysql", "postgresql", "sqlite", "unasync")
    }
    assert "Requires-Python: >=3.11" in lines
    assert "License-Expression: BSD-3-Clause" in lines
