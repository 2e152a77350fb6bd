"""What Django looks for on a method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def alters_data(method: F) -> F:
    """Mark a method that writes, so that no template calls it."""
    method.__dict__["alters_data"] = True
    return method


def queryset_only(method: F) -> F:
    """Mark a method of a queryset that managers must not have."""
    method.__dict__["queryset_only"] = True
    return method
