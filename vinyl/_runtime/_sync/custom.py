"""What the sync twin asks of a class that the user gives for the objects."""

from __future__ import annotations

import inspect

from vinyl.exceptions import WrongMode


def check_custom_class(custom: type) -> None:
    """
    Refuse a class that is written in async style.

    Raises: WrongMode, naming the coroutine methods.
    """
    names = [name for name, _ in inspect.getmembers(custom, _is_async)]
    if names:
        raise WrongMode(
            f"{custom.__module__}.{custom.__qualname__} is written in async style "
            f"({', '.join(names)}), and cannot serve the sync twin. Give its sync twin, too: "
            "VinylManager(model=..., sync_model=...)."
        )


def _is_async(member: object) -> bool:
    return inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member)
