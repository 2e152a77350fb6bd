# Generated from vinyl/_async/typed.py by `python tools/unasync_build.py`; never edit.
"""
What type checkers see of this twin; nothing here runs.

The querysets and managers themselves are Django's and the user's classes, put together when a
model is first used, which no checker can follow. `vinyl.typing` gives these names to users.
"""

# The body of a method is its docstring, which editors show.
# pyright: reportReturnType=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import Any, Generic, Literal, Protocol, Self, TypeVar, overload

from vinyl._runtime._sync.typed import (
    DjangoNames,
    DjangoQuerySetNames,
    DjangoRelatedNames,
    ManagerEvaluation,
    QuerySetEvaluation,
)

ModelT = TypeVar("ModelT")
RowT = TypeVar("RowT")
QuerySetT_co = TypeVar("QuerySetT_co", covariant=True)
KnowledgeT = TypeVar("KnowledgeT")


class Queries(DjangoNames[RowT], Protocol[RowT, QuerySetT_co]):
    """What managers and querysets have in common: rows of one kind, querysets of one kind."""

    @property
    def db(self) -> str:
        """The alias of the database to ask."""

    @property
    def model(self) -> type[Any]:
        """The class of the objects."""

    def all(self) -> QuerySetT_co:
        """Return a queryset of the same rows."""

    def none(self) -> QuerySetT_co:
        """Return a queryset of no rows."""

    def filter(self, *args: Any, **kwargs: Any) -> QuerySetT_co:
        """Keep the rows that match."""

    def exclude(self, *args: Any, **kwargs: Any) -> QuerySetT_co:
        """Keep the rows that do not match."""

    def complex_filter(self, filter_obj: Any) -> QuerySetT_co:
        """Keep the rows that match a Q object or a dict of lookups."""

    def union(self, *other_qs: Any, all: bool = False) -> QuerySetT_co:
        """Add the rows of other querysets."""

    def intersection(self, *other_qs: Any) -> QuerySetT_co:
        """Keep the rows that are in all of the querysets."""

    def difference(self, *other_qs: Any) -> QuerySetT_co:
        """Keep the rows that are in none of the other querysets."""

    def select_for_update(
        self,
        nowait: bool = False,
        skip_locked: bool = False,
        of: Sequence[str] = (),
        no_key: bool = False,
    ) -> QuerySetT_co:
        """Lock the rows until the transaction ends."""

    def select_related(self, *fields: str | None) -> QuerySetT_co:
        """Read related objects along, in the same statement."""

    def prefetch_related(self, *lookups: Any) -> QuerySetT_co:
        """Read related objects as well, one statement a relation."""

    def annotate(self, *args: Any, **kwargs: Any) -> QuerySetT_co:
        """Add computed values to the rows."""

    def alias(self, *args: Any, **kwargs: Any) -> QuerySetT_co:
        """Name expressions for use in the query, without reading them."""

    def order_by(self, *field_names: Any) -> QuerySetT_co:
        """Set the order of the rows."""

    def reverse(self) -> QuerySetT_co:
        """Turn the order of the rows round."""

    def distinct(self, *field_names: str) -> QuerySetT_co:
        """Keep one of equal rows."""

    def extra(
        self,
        select: Mapping[str, Any] | None = None,
        where: Sequence[str] | None = None,
        params: Sequence[Any] | None = None,
        tables: Sequence[str] | None = None,
        order_by: Sequence[str] | None = None,
        select_params: Sequence[Any] | None = None,
    ) -> QuerySetT_co:
        """Add pieces of SQL."""

    def defer(self, *fields: str | None) -> QuerySetT_co:
        """Leave columns out."""

    def only(self, *fields: str) -> QuerySetT_co:
        """Read these columns only."""

    def using(self, alias: str | None) -> QuerySetT_co:
        """Ask another database."""

    def fetch_mode(self, fetch_mode: Any) -> QuerySetT_co:
        """Set what an unloaded relation of the objects does."""

    def values(self, *fields: Any, **expressions: Any) -> QuerySet[dict[str, Any]]:
        """Give dicts instead of objects."""

    @overload
    def values_list(
        self, *fields: Any, flat: Literal[False] = False, named: Literal[False] = False
    ) -> QuerySet[tuple[Any, ...]]: ...
    @overload
    def values_list(
        self, *fields: Any, flat: bool = False, named: bool = False
    ) -> QuerySet[Any]: ...
    def values_list(self, *fields: Any, flat: bool = False, named: bool = False) -> Any:
        """Give tuples, or with `flat` single values, instead of objects."""

    def dates(self, field_name: str, kind: str, order: str = "ASC") -> QuerySet[date]:
        """Give the different dates in a column."""

    def datetimes(
        self, field_name: str, kind: str, order: str = "ASC", tzinfo: tzinfo | None = None
    ) -> QuerySet[datetime]:
        """Give the different points in time in a column."""

    def raw(
        self,
        raw_query: str,
        params: Any = (),
        translations: Mapping[str, str] | None = None,
        using: str | None = None,
    ) -> RawQuerySet[RowT]:
        """Give objects from a query that is written by hand."""

    def iterator(self, chunk_size: int | None = None) -> Iterator[RowT]:
        """Give the rows as they come, without keeping them."""

    def get(self, *args: Any, **kwargs: Any) -> RowT:
        """Return the one row that matches. Raises: Model.DoesNotExist, MultipleObjectsReturned."""

    def get_or_none(self, *args: Any, **kwargs: Any) -> RowT | None:
        """Return the one row that matches, or None. Raises: Model.MultipleObjectsReturned."""

    def first(self) -> RowT | None:
        """Return the first row, or None."""

    def last(self) -> RowT | None:
        """Return the last row, or None."""

    def earliest(self, *fields: Any) -> RowT:
        """Return the first row by these fields. Raises: Model.DoesNotExist."""

    def latest(self, *fields: Any) -> RowT:
        """Return the last row by these fields. Raises: Model.DoesNotExist."""

    def exists(self) -> bool:
        """Tell whether any row matches."""

    def count(self) -> int:
        """Return the number of rows."""

    def contains(self, obj: Any) -> bool:
        """Tell whether an object is among the rows."""

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the values of these aggregates, by name."""

    def in_bulk(
        self, id_list: Iterable[Any] | None = None, *, field_name: str = "pk"
    ) -> dict[Any, RowT]:
        """Return the objects with these keys, by key; unknown keys are left out."""

    def explain(self, *, format: str | None = None, **options: Any) -> str:
        """Return what the database says of how it would run the query."""

    def create(self, **kwargs: Any) -> RowT:
        """Make an object of these values, insert it, and return it."""

    def get_or_create(
        self, defaults: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> tuple[RowT, bool]:
        """Return the object that matches and False, or a new one and True."""

    def update_or_create(
        self,
        defaults: Mapping[str, Any] | None = None,
        create_defaults: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[RowT, bool]:
        """Update the object that matches and return it with False, or a new one with True."""

    def bulk_create(
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
        """Insert objects in as few statements as the database takes; return them."""

    def bulk_update(
        self, objs: Iterable[RowT], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        """Update these fields of objects; return how many rows there were."""

    def update(self, **kwargs: Any) -> int:
        """Set columns of all rows; return how many there were."""


class QueriedRows(QuerySetEvaluation[RowT], DjangoQuerySetNames, Protocol[RowT]):
    """What querysets have and managers have not."""

    @property
    def query(self) -> Any:
        """Django's query."""

    @property
    def ordered(self) -> bool:
        """Whether the rows have an order."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all rows, with what hangs on them; return how many by label."""

    def __and__(self, other: Any) -> Self: ...
    def __or__(self, other: Any) -> Self: ...
    def __xor__(self, other: Any) -> Self: ...


class QuerySet(QueriedRows[RowT], Queries[RowT, "QuerySet[RowT]"], Protocol[RowT]):
    """A queryset whose rows are of one type: objects, dicts, tuples or values."""


class RawQuerySet(QuerySetEvaluation[RowT], Protocol[RowT]):
    """The objects that a SELECT written by hand gives."""

    @property
    def db(self) -> str:
        """The alias of the database to ask."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""

    def using(self, alias: str) -> Self:
        """Ask another database."""

    def prefetch_related(self, *lookups: Any) -> Self:
        """Read related objects as well."""

    def iterator(self, chunk_size: int = 2000) -> Iterator[RowT]:
        """Give the objects one by one, read in chunks; none is kept."""


class Manager(ManagerEvaluation[ModelT], Queries[ModelT, QuerySet[ModelT]], Protocol[ModelT]):
    """What `Model.vinyl` is."""

    @property
    def model(self) -> type[ModelT]:
        """The class of the objects."""

    def from_django(self, instance: Any) -> ModelT:
        """Return a copy of an instance as an object of this twin, with all that is loaded."""

    def __call__(self, *args: Any, **kwargs: Any) -> ModelT:
        """Make a new object of these values."""

    def get_queryset(self) -> QuerySet[ModelT]:
        """Return a queryset of all rows."""


class RelatedManager(
    ManagerEvaluation[RowT], DjangoRelatedNames, Queries[RowT, QuerySet[RowT]], Protocol[RowT]
):
    """
    The manager of a relation to many.

    `bulk` belongs to reverse foreign keys and generic relations, `through_defaults` to
    many-to-many relations, whose create() takes it, too.
    """

    def __call__(self, *, manager: str) -> Self:
        """Return the manager of this relation that builds on another manager of the model."""

    def get_queryset(self) -> QuerySet[RowT]:
        """Return a queryset of the related objects."""

    def add(
        self, *objs: Any, bulk: bool = True, through_defaults: Mapping[str, Any] | None = None
    ) -> None:
        """Relate objects."""

    def remove(self, *objs: Any, bulk: bool = True) -> None:
        """End the relation to objects."""

    def set(
        self,
        objs: Any,
        *,
        bulk: bool = True,
        clear: bool = False,
        through_defaults: Mapping[str, Any] | None = None,
    ) -> None:
        """Relate these objects and no others; a queryset is evaluated."""

    def clear(self, *, bulk: bool = True) -> None:
        """End the relation to all objects."""


class Extended(Protocol):
    """What a queryset class of the user's adds: methods that no checker can find here."""

    def __getattr__(self, name: str) -> Any: ...

    def values(self, *fields: Any, **expressions: Any) -> Any:
        """Give dicts instead of objects."""

    def values_list(self, *fields: Any, flat: bool = False, named: bool = False) -> Any:
        """Give tuples, or with `flat` single values, instead of objects."""


class ExtendedQuerySet(
    Extended, QueriedRows[RowT], Queries[RowT, "ExtendedQuerySet[RowT]"], Protocol[RowT]
):
    """A queryset with methods of the user's."""


class ExtendedManager(
    Extended,
    ManagerEvaluation[ModelT],
    Queries[ModelT, ExtendedQuerySet[ModelT]],
    Protocol[ModelT],
):
    """What `Model.vinyl` is with a queryset class of the user's."""

    @property
    def model(self) -> type[ModelT]:
        """The class of the objects."""

    def from_django(self, instance: Any) -> ModelT:
        """Return a copy of an instance as an object of this twin, with all that is loaded."""

    def __call__(self, *args: Any, **kwargs: Any) -> ModelT:
        """Make a new object of these values."""


class Plain:
    """Mark a VinylManager with nothing of the user's."""


class WithQuerySet:
    """Mark a VinylManager with a queryset class of the user's."""


class WithModel:
    """Mark a VinylManager with a class of the user's for the objects."""


class VinylManager(Generic[KnowledgeT]):
    """The one line in a model that turns vinyl on. See `vinyl.manager.VinylManager`."""

    @overload
    def __init__(self: VinylManager[Plain]) -> None: ...
    @overload
    def __init__(self: VinylManager[WithQuerySet], *, queryset: type[Any]) -> None: ...
    @overload
    def __init__(
        self: VinylManager[WithModel],
        *,
        model: type[Any] | str,
        sync_model: type[Any] | str | None = None,
        queryset: type[Any] | None = None,
    ) -> None: ...
    def __init__(self, **options: Any) -> None:
        raise NotImplementedError

    @overload
    def __get__(
        self: VinylManager[Plain], instance: None, owner: type[ModelT]
    ) -> Manager[ModelT]: ...
    @overload
    def __get__(
        self: VinylManager[WithQuerySet], instance: None, owner: type[ModelT]
    ) -> ExtendedManager[ModelT]: ...
    @overload
    def __get__(
        self: VinylManager[WithModel], instance: None, owner: type[Any]
    ) -> ExtendedManager[Any]: ...
    def __get__(self, instance: None, owner: type[Any]) -> Any:
        raise NotImplementedError
