"""The dunders of a sync paginator and its pages; Django's `a…` names are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from vinyl.exceptions import WrongMode
from vinyl.stock import Page as DjangoPage

from .naming import refused


class Page(DjangoPage):
    """A page: plain data, for its objects have been read."""

    def __aiter__(self) -> NoReturn:
        raise WrongMode("This page belongs to the sync twin: write `for` for `async for`.")


class Pages:
    """How a paginator gives its pages."""

    def __iter__(self) -> Iterator[Any]:
        for number in self.page_range:  # type: ignore[attr-defined]
            yield self.page(number)  # type: ignore[attr-defined]

    def __aiter__(self) -> NoReturn:
        raise WrongMode("This paginator belongs to the sync twin: write `for` for `async for`.")


for _name in ("get_object_list", "has_next", "has_previous", "has_other_pages", "next_page_number",
              "previous_page_number", "start_index", "end_index"):  # fmt: skip
    setattr(Page, f"a{_name}", refused(f"a{_name}"))
for _name in ("count", "num_pages", "page_range", "page", "get_page", "validate_number",
              "get_elided_page_range"):  # fmt: skip
    setattr(Pages, f"a{_name}", refused(f"a{_name}"))
