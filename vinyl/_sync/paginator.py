# Generated from vinyl/_async/paginator.py by `python tools/unasync_build.py`; never edit.
"""Pages of a queryset: a count, and the objects of one page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vinyl._runtime._sync.model import unloaded
from vinyl._runtime._sync.paginator import Page, Pages
from vinyl._runtime._sync.queryset import Rows
from vinyl._sync.queryset import QuerySet
from vinyl.exceptions import NotEvaluated
from vinyl.stock import Paginator as DjangoPaginator


class CountedPaginator(DjangoPaginator):
    """A paginator of Django's that knows its count, so that all it tells is plain data."""

    def _get_page(self, *args: Any, **kwargs: Any) -> Page:
        return Page(*args, **kwargs)


class Paginator(Pages):
    """
    Split a queryset, or a list, into pages.

    What a page and `page.paginator` tell is plain data: the objects of a page are read with it.
    Raises: EmptyPage, PageNotAnInteger. Django: django.core.paginator.Paginator.
    """

    def __init__(self, object_list: Any, options: Any) -> None:
        self._pages = CountedPaginator(object_list, *options)
        self.object_list = object_list
        self.per_page = self._pages.per_page
        self.orphans = self._pages.orphans
        self.allow_empty_first_page = self._pages.allow_empty_first_page
        self.error_messages = self._pages.error_messages

    @property
    def count(self) -> Any:
        """The number of objects on all pages; asked for once."""
        return unloaded(self._count, lambda: not_counted("count"))

    @property
    def num_pages(self) -> Any:
        """The number of pages."""
        return unloaded(self._num_pages, lambda: not_counted("num_pages"))

    @property
    def page_range(self) -> Any:
        """The numbers of the pages, from 1, as a range."""
        return unloaded(self._page_range, lambda: not_counted("page_range"))

    def _counted(self) -> CountedPaginator:
        if "count" not in self._pages.__dict__:
            if isinstance(self.object_list, QuerySet):
                self._pages.__dict__["count"] = self.object_list.count()
            elif isinstance(self.object_list, Rows):
                self.object_list._evaluate()
        return self._pages

    def _count(self) -> int:
        return (self._counted()).count

    def _num_pages(self) -> int:
        return (self._counted()).num_pages

    def _page_range(self) -> range:
        return (self._counted()).page_range

    def validate_number(self, number: Any) -> int:
        """Return the number of a page as an integer. Raises: EmptyPage, PageNotAnInteger."""
        return int((self._counted()).validate_number(number))

    def page(self, number: Any) -> Page:
        """Return a page by its number, from 1. Raises: EmptyPage, PageNotAnInteger."""
        return loaded((self._counted()).page(number))

    def get_page(self, number: Any) -> Page:
        """Return a page: the first for what is no number, the last for one out of range."""
        return loaded((self._counted()).get_page(number))

    def get_elided_page_range(
        self, number: Any = 1, *, on_each_side: int = 3, on_ends: int = 2
    ) -> Iterator[Any]:
        """Give the numbers of the pages around one and at both ends, `…` between them."""
        pages = self._counted()
        for each in pages.get_elided_page_range(number, on_each_side=on_each_side, on_ends=on_ends):
            yield each


def loaded(page: Page) -> Page:
    """Read the objects of a page."""
    if isinstance(page.object_list, Rows):
        page.object_list._evaluate()
    return page


def not_counted(name: str) -> NotEvaluated:
    """Return the error for what was touched before it was asked for."""
    return NotEvaluated(
        f"The paginator's {name} takes a query. Write `await paginator.{name}`, or read "
        f"`page.paginator.{name}` of a page, which is plain data."
    )
