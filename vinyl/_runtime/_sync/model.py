"""The dunders of the objects of the sync twin, and what stands for an unloaded relation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from vinyl.exceptions import VinylError, WrongMode


class Awaiting:
    """An object of the sync twin is not awaited."""

    def __await__(self) -> NoReturn:
        raise WrongMode(
            f"This {type(self).__name__} belongs to the sync twin. Leave `await` out, or turn "
            "the async mode on: vinyl.set_async(True)."
        )


def unloaded(fetch: Callable[[], Any], error: Callable[[], VinylError]) -> Any:
    """Return what a descriptor gives for a relation that is not in memory: query it."""
    return fetch()


def done() -> None:
    """Return what is awaited where nothing is left to do."""
