"""Where Django's tests come from: the source distribution of the very version that is installed."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
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
    # pip asks the distribution for its metadata, with what builds it in an environment of its own.
    options = ["--no-binary", "django", "--no-deps", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", f"django=={version}", *options]
    # A folder of its own: what was broken off is in nobody's way, and two may fetch at once.
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        subprocess.run([*command, "--dest", folder], check=True)
        (archive,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        archive.unlink()
        (unpacked,) = Path(folder).iterdir()
        try:
            unpacked.rename(cache / f"django-{version}")
        except OSError:
            # Another process was faster: a folder with files in it is not replaced.
            if not (cache / f"django-{version}").is_dir():
                raise
