"""The dunders of an async paginator and its pages, and Django's `a…` names on both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from inspect import ismethod
from typing import Any

from vinyl.stock import Page as DjangoPage


class Page(DjangoPage):
    """A page: plain data, for its objects have been read."""

    async def __aiter__(self) -> AsyncIterator[Any]:
        for obj in self:
            yield obj

    async def aget_object_list(self) -> list[Any]:
        """Return the objects of the page."""
        return list(self)


class Pages:
    """How a paginator gives its pages."""

    async def __aiter__(self) -> AsyncIterator[Any]:
        for number in await self.page_range:  # type: ignore[attr-defined]
            yield await self.page(number)  # type: ignore[attr-defined]


def _as_coroutine(name: str) -> Callable[..., Any]:
    async def method(self: Any, *args: Any) -> Any:
        value = getattr(self, name)
        value = value(*args) if ismethod(value) else value
        return await value if hasattr(value, "__await__") else value

    method.__name__ = method.__qualname__ = f"a{name}"
    method.__doc__ = f"Be {name} by Django's name for it."
    return method


def _elided(self: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
    """Be get_elided_page_range by Django's name for it."""
    numbers: AsyncIterator[Any] = self.get_elided_page_range(*args, **kwargs)
    return numbers


for _name in ("has_next", "has_previous", "has_other_pages", "next_page_number",
              "previous_page_number", "start_index", "end_index"):  # fmt: skip
    setattr(Page, f"a{_name}", _as_coroutine(_name))
for _name in ("count", "num_pages", "page_range", "page", "get_page", "validate_number"):
    setattr(Pages, f"a{_name}", _as_coroutine(_name))
Pages.aget_elided_page_range = _elided  # type: ignore[attr-defined]
