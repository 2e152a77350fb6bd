"""
What Django's shortcuts do with objects, for the mode of the moment.

Each takes a model, a manager (`Model.vinyl`, `obj.children`) or a queryset, Django's own as well,
which is then run natively. A queryset of one twin is answered by that twin. Awaited in the async
mode.
"""

from __future__ import annotations

from typing import Any

from vinyl.exceptions import WrongMode
from vinyl.given import native_queryset
from vinyl.mode import async_mode
from vinyl.twins import twin_module

__all__ = [
    "aget_list_or_404",
    "aget_object_or_404",
    "get_list_or_404",
    "get_object_or_404",
]


def get_object_or_404(klass: Any, *args: Any, **kwargs: Any) -> Any:
    """
    Return the one object that matches.

    Raises: Http404, Model.MultipleObjectsReturned, ValueError for what is no query.
    Django: django.shortcuts.get_object_or_404().
    """
    return _answer("get_object_or_404", klass, args, kwargs)


def get_list_or_404(klass: Any, *args: Any, **kwargs: Any) -> Any:
    """
    Return the objects that match as a list.

    Raises: Http404 where there are none, ValueError for what is no query.
    Django: django.shortcuts.get_list_or_404().
    """
    return _answer("get_list_or_404", klass, args, kwargs)


def aget_object_or_404(klass: Any, *args: Any, **kwargs: Any) -> Any:
    """Be get_object_or_404() of the async mode, by Django's name for it."""
    with async_mode(True):
        return _answer("get_object_or_404", klass, args, kwargs, only_async=True)


def aget_list_or_404(klass: Any, *args: Any, **kwargs: Any) -> Any:
    """Be get_list_or_404() of the async mode, by Django's name for it."""
    with async_mode(True):
        return _answer("get_list_or_404", klass, args, kwargs, only_async=True)


def _answer(name: str, klass: Any, args: Any, kwargs: Any, *, only_async: bool = False) -> Any:
    queryset = native_queryset(klass)
    if queryset is None:
        kind = klass.__name__ if isinstance(klass, type) else type(klass).__name__
        raise ValueError(
            f"First argument to {name}() must be a Model, Manager, or QuerySet, not '{kind}'."
        )
    in_async = queryset.model._twin.is_async
    if only_async and not in_async:
        raise WrongMode(f"a{name}() belongs to the async twin; in sync mode write {name}().")
    return getattr(twin_module("shortcuts", in_async), name)(queryset, args, kwargs)
