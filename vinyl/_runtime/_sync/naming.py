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


def checked(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method as it is."""
    return method


def with_async_names(cls: T) -> T:
    """Make the `a…` names of the methods of a manager of a relation raise."""
    for name, method in list(vars(cls).items()):
        if getattr(method, "alters_data", False):
            setattr(cls, f"a{name}", refused(f"a{name}"))
    return cls


def refused(name: str) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        raise WrongMode(f"{name}() belongs to the async twin; in sync mode write {name[1:]}().")

    # Templates call what is callable; they leave alone what says that it writes.
    method.alters_data = True  # type: ignore[attr-defined]
    return method
