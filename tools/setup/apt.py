"""Install system packages with apt, where this is allowed: as root on Debian and its children."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

from .report import CannotBeHadError, say


def refusal() -> str | None:
    """Return why nothing can be installed on this machine, None if it can."""
    if shutil.which("apt-get") is None:
        return "this machine has no apt-get"
    if os.geteuid() != 0:
        return "only root may install packages"
    return None


def install(*packages: str, purpose: str) -> None:
    """
    Install packages; those that are there already cost little.

    Raises: CannotBeHadError with what a person can do instead.
    """
    names = " ".join(packages)
    if reason := refusal():
        raise CannotBeHadError(
            f"{purpose} needs {names} (Debian's names), and {reason}.\n"
            f"Install them, as with `sudo apt-get install {names}`, and run this again."
        )
    say(f"installing {names} with apt, for {purpose}")
    _update()
    _run("install", "--yes", "--no-install-recommends", *packages, purpose=purpose)


@cache
def _update() -> None:
    _run("update", purpose="apt's own lists")


def _run(*arguments: str, purpose: str) -> None:
    done = subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=300", "--quiet", *arguments],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise CannotBeHadError(
            f"`apt-get {' '.join(arguments)}`, run for {purpose}, failed "
            f"with exit code {done.returncode}:\n{tail}"
        )
