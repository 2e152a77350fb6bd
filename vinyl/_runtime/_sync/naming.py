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
                setattr(cls, name, _refused(name))
        return cls

    return decorate


def _refused(name: str) -> Callable[..., Any]:
    def method(*args: Any, **kwargs: Any) -> Any:
        raise WrongMode(f"{name}() belongs to the async twin; in sync mode write {name[1:]}().")

    return method
