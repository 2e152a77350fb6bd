"""Tell the person at the terminal what is being done, and why something cannot be done."""

from __future__ import annotations

import sys


class CannotBeHadError(Exception):
    """Report that something needed is not there and could not be got; the text says what to do."""


def say(text: str) -> None:
    """Print one line on progress at once, in order with the output of programs that are run."""
    print(f"==> {text}", flush=True)


def shout(title: str, text: str) -> None:
    """Print a failure so that it cannot be overlooked."""
    sys.stdout.flush()
    bar = "!" * 78
    print(f"{bar}\n{title}\n{text}\n{bar}", file=sys.stderr, flush=True)
