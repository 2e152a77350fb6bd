"""What the async twin asks of a class that the user gives for the objects."""

from __future__ import annotations


def check_custom_class(custom: type) -> None:
    """Accept any class: plain methods run in the async twin as well."""
