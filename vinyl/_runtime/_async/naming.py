"""Django's names on the async twin: its `a…` names, and what has no native method behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db import NotSupportedError

T = TypeVar("T", bound=type)


def with_django_names(stock: type, not_native: Iterable[str] = ()) -> Callable[[T], T]:
    """
    Give a class the `a…` names of the class of Django's that it derives from.

    The `not_native` ones would run Django's synchronous code; they raise NotSupportedError.
    """

    def decorate(cls: T) -> T:
        for name in not_native:
            setattr(cls, name, refused(name))
        for name in dir(stock):
            plain = name[1:]
            if name.startswith("a") and plain in dir(stock) and name not in vars(cls):
                native = getattr(cls, plain)
                same = native is getattr(stock, plain)
                setattr(cls, name, refused(plain) if same else native)
        return cls

    return decorate


def refused(name: str) -> Callable[..., Any]:
    """Make the method that stands for one of Django's that is not native yet."""

    def method(*args: Any, **kwargs: Any) -> Any:
        raise NotSupportedError(
            f"{name}() is not native yet: the async twin has no counterpart of Django's method. "
            "In a thread, where the sync twin answers, it works as in Django."
        )

    method.__name__ = name
    return method
