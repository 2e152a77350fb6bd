"""raw(): objects from a query that is written by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from django.utils.functional import cached_property

from vinyl._async.evaluating import Evaluating
from vinyl._async.streaming import iterate_raw
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect
from vinyl.fetch_modes import FETCH_ONE
from vinyl.pickling import new_raw_queryset
from vinyl.routing import Routed
from vinyl.sql.raw import raw_loader, raw_statement
from vinyl.stock import RawQuerySet as DjangoRawQuerySet


class RawQuerySet(Evaluating, Routed, DjangoRawQuerySet):
    """
    The objects that a SELECT written by hand gives, asked for once.

    Columns that are no field's become attributes; fields without a column are deferred.
    Raises, when it is run: FieldDoesNotExist where the primary key is not among the columns.
    """

    _fetch_mode: Any = FETCH_ONE

    async def _select(self) -> list[Any]:
        using = self.db
        connection = await dialect(using)
        result = await connections[using].execute(*raw_statement(self, connection))
        return raw_loader(self, connection, result.description, using)(result.rows)

    def iterator(self, chunk_size: int = 2000) -> AsyncIterator[Any]:
        """
        Give the objects one by one, read in chunks, with their relations; none is kept.

        Statements that do more than read are run to their end first. Django's has no chunks, and
        prefetches nothing. Raises: ValueError.
        """
        if chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        return iterate_raw(self, chunk_size)

    @cached_property
    def columns(self) -> list[str]:
        """The names of the columns, translations applied; known once the query has run."""
        if self.query.cursor is None:
            self._fetch_all()
        columns: list[str] = super().columns
        return columns

    def using(self, alias: str) -> RawQuerySet:
        """Return the same query for another database."""
        clone: RawQuerySet = self._clone()
        clone._db = alias
        clone.query = self.query.chain(using=alias)
        return clone

    def _clone(self) -> Any:
        clone = super()._clone()
        clone._fetch_mode = self._fetch_mode
        return clone

    def __reduce__(self) -> Any:
        state = {name: value for name, value in self.__dict__.items() if name != "model"}
        meta = self.model._meta
        arguments = (meta.app_label, meta.object_name, self.model._twin.is_async)
        return new_raw_queryset, arguments, state
