"""Django's names on the async twin: its `a…` names, and what has no native method behind it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from asgiref.sync import markcoroutinefunction
from django.db import NotSupportedError

from vinyl.exceptions import WrongMode
from vinyl.marking import alters_data
from vinyl.mode import is_async

T = TypeVar("T", bound=type)


def with_django_names(stock: type, not_native: Iterable[str] = ()) -> Callable[[T], T]:
    """
    Give a class the `a…` names of the class of Django's that it derives from.

    The `not_native` ones would run Django's synchronous code; they raise NotSupportedError.
    """

    def decorate(cls: T) -> T:
        for name in not_native:
            setattr(cls, name, refused(name))
        own = [base for base in cls.__mro__ if base not in stock.__mro__]
        for name in {name for base in own for name in vars(base) if not name.startswith("_")}:
            method = inspect.getattr_static(cls, name)
            if inspect.iscoroutinefunction(method):
                setattr(cls, name, checked(method))
        for name in dir(stock):
            plain, theirs = name[1:], getattr(stock, name, None)
            if name.startswith("a") and plain in dir(stock):
                if getattr(cls, name, theirs) is not theirs:
                    continue
                native = getattr(cls, plain)
                same = native is getattr(stock, plain)
                setattr(cls, name, refused(plain) if same else native)
        return cls

    return decorate


def checked(method: Callable[..., Any]) -> Callable[..., Any]:
    """
    Let a coroutine method raise where the sync twin answers: nobody would await it there.

    Any other is returned as it is.
    """
    if not inspect.iscoroutinefunction(method):
        return method

    @functools.wraps(method)
    def checked(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_async():
            raise WrongMode(
                f"{method.__name__}() of an object of the async twin was called in sync mode, "
                "where nothing awaits it. Get the object here, with the sync twin, or await the "
                "method in the event loop."
            )
        return method(self, *args, **kwargs)

    marked: Callable[..., Any] = markcoroutinefunction(checked)
    return marked


def with_async_names(cls: T) -> T:
    """Give a manager of a relation Django's `a…` names for its methods."""
    for name, method in list(vars(cls).items()):
        if not name.startswith("_") and inspect.iscoroutinefunction(method):
            setattr(cls, name, checked(method))
            setattr(cls, f"a{name}", getattr(cls, name))
    return cls


def refused(name: str) -> Callable[..., Any]:
    """Make the method that stands for one of Django's that is not native yet."""

    def method(*args: Any, **kwargs: Any) -> Any:
        raise NotSupportedError(
            f"{name}() is not native yet: the async twin has no counterpart of Django's method. "
            "In a thread, where the sync twin answers, it works as in Django."
        )

    method.__name__ = name
    # Templates call what is callable; they leave alone what says that it writes.
    return alters_data(method)
