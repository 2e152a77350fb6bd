"""What the sync twin asks of a class that the user gives for the objects."""

from __future__ import annotations

from vinyl.custom import async_members
from vinyl.exceptions import WrongMode


def check_custom_class(custom: type) -> None:
    """
    Refuse a class that is written in async style.

    Raises: WrongMode, naming what is async in it.
    """
    if names := async_members(custom):
        raise WrongMode(
            f"{custom.__module__}.{custom.__qualname__} is written in async style "
            f"({', '.join(names)}), and cannot serve the sync twin. Give its sync twin, too: "
            "VinylManager(model=..., sync_model=...). `python -m vinyl.unasync SRC DST` generates "
            "it from the module that the class is in."
        )
