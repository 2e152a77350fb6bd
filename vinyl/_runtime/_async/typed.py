"""What type checkers see of the dunders of the async twin, and of its `a…` names."""

# The body of a method is its docstring, which editors show.
# pyright: reportReturnType=false

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Generator, Iterable, Iterator, Mapping
from typing import Any, Protocol, Self, TypeVar, overload

RowT = TypeVar("RowT")


class ManagerEvaluation(Protocol[RowT]):
    """How a manager gives its objects."""

    def __await__(self) -> Generator[Any, Any, list[RowT]]: ...
    def __aiter__(self) -> AsyncIterator[RowT]: ...


class QuerySetEvaluation(Protocol[RowT]):
    """How a queryset gives its rows; without `await` only once it has been evaluated."""

    _result_cache: list[RowT] | None

    def __await__(self) -> Generator[Any, Any, list[RowT]]: ...
    def __aiter__(self) -> AsyncIterator[RowT]: ...
    @overload
    def __getitem__(self, k: int) -> Awaitable[RowT]: ...
    @overload
    def __getitem__(self, k: slice) -> Self: ...
    def __iter__(self) -> Iterator[RowT]: ...
    def __len__(self) -> int: ...


class DjangoNames(Protocol[RowT]):
    """Django's `a…` names, for code that was written for its asynchronous API."""

    def aiterator(self, chunk_size: int = 2000) -> AsyncIterator[RowT]:
        """Do as iterator()."""

    async def aget(self, *args: Any, **kwargs: Any) -> RowT:
        """Do as get()."""

    async def afirst(self) -> RowT | None:
        """Do as first()."""

    async def alast(self) -> RowT | None:
        """Do as last()."""

    async def aearliest(self, *fields: Any) -> RowT:
        """Do as earliest()."""

    async def alatest(self, *fields: Any) -> RowT:
        """Do as latest()."""

    async def aexists(self) -> bool:
        """Do as exists()."""

    async def acount(self) -> int:
        """Do as count()."""

    async def acontains(self, obj: Any) -> bool:
        """Do as contains()."""

    async def aaggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Do as aggregate()."""

    async def ain_bulk(
        self, id_list: Iterable[Any] | None = None, *, field_name: str = "pk"
    ) -> dict[Any, RowT]:
        """Do as in_bulk()."""

    async def aexplain(self, *, format: str | None = None, **options: Any) -> str:
        """Do as explain()."""

    async def acreate(self, **kwargs: Any) -> RowT:
        """Do as create()."""

    async def aget_or_create(
        self, defaults: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> tuple[RowT, bool]:
        """Do as get_or_create()."""

    async def aupdate_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[RowT, bool]:
        """Do as update_or_create()."""

    async def abulk_create(
        self,
        objs: Iterable[RowT],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Iterable[str] | None = None,
        unique_fields: Iterable[str] | None = None,
        *,
        copy: bool = False,
    ) -> list[RowT]:
        """Do as bulk_create()."""

    async def abulk_update(
        self, objs: Iterable[RowT], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        """Do as bulk_update()."""

    async def aupdate(self, **kwargs: Any) -> int:
        """Do as update()."""


class DjangoQuerySetNames(Protocol):
    """Those that a manager has not."""

    async def adelete(self) -> tuple[int, dict[str, int]]:
        """Do as delete()."""


class DjangoRelatedNames(Protocol):
    """Those that only managers of relations have."""

    async def aadd(
        self, *objs: Any, bulk: bool = True, through_defaults: Mapping[str, Any] | None = None
    ) -> None:
        """Do as add()."""

    async def aremove(self, *objs: Any, bulk: bool = True) -> None:
        """Do as remove()."""

    async def aset(
        self,
        objs: Any,
        *,
        bulk: bool = True,
        clear: bool = False,
        through_defaults: Mapping[str, Any] | None = None,
    ) -> None:
        """Do as set()."""

    async def aclear(self, *, bulk: bool = True) -> None:
        """Do as clear()."""
