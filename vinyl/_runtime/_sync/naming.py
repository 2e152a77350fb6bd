"""Django's `a…` names on the sync twin: refused, since there is nothing to await."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from vinyl.exceptions import WrongMode

T = TypeVar("T", bound=type)


def with_django_names(stock: type, not_native: Iterable[str] = ()) -> Callable[[T], T]:
    """
    Make the `a…` names of the class of Django's that a class derives from raise.

    The `not_native` ones are Django's own here.
    """

    def decorate(cls: T) -> T:
        for name in dir(stock):
            if name.startswith("a") and name[1:] in dir(stock) and name not in vars(cls):
                setattr(cls, name, refused(name))
        return cls

    return decorate


def name_related(cls: type, native: Iterable[str], not_native: Iterable[str]) -> None:
    """Make the `a…` names of a manager of a relation raise."""
    for name in (*native, *not_native):
        setattr(cls, f"a{name}", refused(f"a{name}"))


def refused(name: str) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        raise WrongMode(f"{name}() belongs to the async twin; in sync mode write {name[1:]}().")

    # Templates call what is callable; they leave alone what says that it writes.
    method.alters_data = True  # type: ignore[attr-defined]
    return method
