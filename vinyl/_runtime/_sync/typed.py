"""What type checkers see of the dunders of the sync twin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self, TypeVar, overload

RowT = TypeVar("RowT")
_RowT_co = TypeVar("_RowT_co", covariant=True)


class ManagerEvaluation(Protocol[_RowT_co]):
    """How a manager gives its objects."""

    def __iter__(self) -> Iterator[_RowT_co]: ...


class QuerySetEvaluation(Protocol[RowT]):
    """How a queryset gives its rows."""

    _result_cache: list[RowT] | None

    def __iter__(self) -> Iterator[RowT]: ...
    @overload
    def __getitem__(self, k: int) -> RowT: ...
    @overload
    def __getitem__(self, k: slice) -> Self: ...
    def __len__(self) -> int: ...


class DjangoNames(Protocol[_RowT_co]):
    """Django's `a…` names: the sync twin has none."""


class DjangoQuerySetNames(Protocol):
    """Those that a manager has not."""


class DjangoRelatedNames(Protocol):
    """Those that only managers of relations have."""
