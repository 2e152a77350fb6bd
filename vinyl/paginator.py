"""
Pages of a queryset, for the mode of the moment: django.core.paginator, natively.

    page = await Paginator(Album.vinyl.order_by("title"), 20).get_page(3)
    for album in page: ...
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import (
    EmptyPage,
    InvalidPage,
    PageNotAnInteger,
    UnorderedObjectListWarning,
)

from vinyl.given import native_queryset
from vinyl.mode import is_async
from vinyl.twins import twin_module

__all__ = [
    "EmptyPage",
    "InvalidPage",
    "PageNotAnInteger",
    "Paginator",
    "UnorderedObjectListWarning",
]


def Paginator(  # noqa: N802 - Django's name
    object_list: Any,
    per_page: Any,
    orphans: Any = 0,
    allow_empty_first_page: bool = True,
    error_messages: dict[str, str] | None = None,
) -> Any:
    """
    Make the paginator of a queryset, a manager, a model or a list, with `per_page` objects a page.

    In the async mode `count`, `num_pages` and `page_range` are awaited, and so are its methods;
    what a page tells is plain data in both modes. Django: django.core.paginator.Paginator.
    """
    queryset = native_queryset(object_list)
    if queryset is not None:
        object_list = queryset
    model = getattr(object_list, "model", None)
    found = getattr(model, "_twin", None)
    in_async = is_async() if found is None else found.is_async
    options = (per_page, orphans, allow_empty_first_page, error_messages)
    return twin_module("paginator", in_async).Paginator(object_list, options)
