"""The statements that call what is stored in a database."""

from __future__ import annotations

from django.db import NotSupportedError


def call_statement(vendor: str, name: str, params: int) -> str:
    """
    Return the statement that calls a function or a procedure with so many parameters.

    Raises: NotSupportedError for a database that has none.
    """
    marks = ", ".join(["%s"] * params)
    if vendor == "postgresql":  # as Django's cursor does it
        return f"SELECT * FROM {_quoted(name, chr(34))}({marks})"
    if vendor == "mysql":
        return f"CALL {_quoted(name, chr(96))}({marks})"
    raise NotSupportedError(f"There are no procedures on {vendor}.")


def _quoted(name: str, mark: str) -> str:
    return mark + name.replace(mark, mark * 2).replace("%", "%%") + mark
