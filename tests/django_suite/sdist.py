"""Where Django's tests come from: the source distribution of the very version that is installed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

CACHE = Path.home() / ".cache" / "vinyl" / "django-suite"


def fetched(version: str, cache: Path = CACHE) -> Path:
    """Return the folder `tests` of a version of Django; fetch it from the package index once."""
    folder = cache / f"django-{version}"
    if not folder.is_dir():
        _fetch(version, cache)
    return folder / "tests"


def _fetch(version: str, cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    options = ["--no-binary", ":all:", "--no-deps", "--no-build-isolation", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", f"django=={version}", *options]
    subprocess.run([*command, "--dest", str(cache)], check=True)
    archive = next(cache.glob(f"[dD]jango-{version}.tar.gz"))
    with tarfile.open(archive) as tar:
        tar.extractall(cache / "unpacked", filter="data")
    (unpacked,) = (cache / "unpacked").iterdir()
    unpacked.rename(cache / f"django-{version}")
    archive.unlink()
