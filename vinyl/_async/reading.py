"""Reading: all that a queryset asks the database and that changes nothing there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from django.db import NotSupportedError
from django.db.models import sql

from vinyl._async.evaluating import Evaluating
from vinyl._async.raw import RawQuerySet
from vinyl._async.running import run
from vinyl._async.streaming import iterate
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect, door
from vinyl._runtime._async.queryset import Evaluation, settled
from vinyl.compat import FIRST_ORDERS_AGAIN
from vinyl.fetch_modes import FETCH_ONE
from vinyl.origins import Origin
from vinyl.routing import Routed
from vinyl.sql.aggregates import aggregated
from vinyl.sql.building import Wanted, supplying
from vinyl.sql.door import compiler_of, statement_of, stop
from vinyl.sql.getting import MAX_GET_RESULTS, the_one
from vinyl.sql.rows import load
from vinyl.stock import QuerySet as DjangoQuerySet
from vinyl.stock import SQLCompiler


class Reading(Evaluating, Routed, Evaluation):
    """A queryset that can be evaluated and asked; all that builds its query is Django's."""

    model: Any
    # Where the objects come from, if not from a query for themselves.
    _origin: Origin | None = None

    def __init__(
        self,
        model: Any = None,
        query: sql.Query | None = None,
        using: str | None = None,
        hints: dict[str, Any] | None = None,
    ) -> None:
        if query is None and model is not None:
            # The query knows the user's class, so that it combines with Django's querysets.
            query = sql.Query(model._meta.model)
        super().__init__(model, query, using, hints)
        self._fetch_mode = FETCH_ONE

    def fetch_mode(self, fetch_mode: Any) -> Any:
        """Say what asking for a relation that is not loaded does; see `vinyl.FETCH_PEERS`."""
        clone = self._chain()
        clone._fetch_mode = fetch_mode
        return clone

    def _clone(self) -> Any:
        clone = super()._clone()
        # Up to Django 6.0, there are no fetch modes to carry along.
        clone._fetch_mode = self._fetch_mode
        if self._origin is not None:
            clone._origin = self._origin
        return clone

    async def _select(self) -> list[Any]:
        using = self.db
        compiler = compiler_of(self.query, await dialect(using))
        if (statement := statement_of(compiler)) is None:
            return []
        result = await connections[using].execute(*statement)
        return load(self, compiler, result.rows, self.model._twin.model_of, using)

    def iterator(self, chunk_size: int | None = None) -> AsyncIterator[Any]:
        """
        Give the results one by one, read in chunks of 2,000, or `chunk_size`; none is kept.

        After prefetch_related() relations are loaded chunk by chunk, and chunk_size must be given.
        Raises: ValueError.
        """
        if chunk_size is None:
            if self._prefetch_related_lookups:
                raise ValueError(
                    "chunk_size must be provided when using QuerySet.iterator() after "
                    "prefetch_related()."
                )
            chunk_size = 2000
        elif chunk_size <= 0:
            raise ValueError("Chunk size must be strictly positive.")
        return iterate(self, chunk_size)

    async def _stopped(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a method of Django's; return the compiler that it would have run."""
        clone = self._chain()
        clone._db = (await door(self.db)).vinyl_door
        return stop(lambda: method(clone, *args, **kwargs))

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        """
        Return the one object that matches.

        Raises: Model.DoesNotExist, Model.MultipleObjectsReturned.
        """
        clone = self._for_get(args, kwargs)
        await clone._evaluate()
        return the_one(self.model, clone._result_cache)

    def _for_get(self, args: Any, kwargs: Any) -> Reading:
        if self.query.combinator and (args or kwargs):
            raise NotSupportedError(
                f"Calling QuerySet.get(...) with filters after {self.query.combinator}() is not "
                "supported."
            )
        clone: Reading = self._chain() if self.query.combinator else self.filter(*args, **kwargs)
        query = clone.query
        if self.query.can_filter() and not self.query.distinct_fields:
            query.clear_ordering(force=True)
        query.set_limits(high=MAX_GET_RESULTS)
        return clone

    async def get_or_none(self, *args: Any, **kwargs: Any) -> Any | None:
        """
        Return the one object that matches, or None.

        Raises: Model.MultipleObjectsReturned. Django has no counterpart.
        """
        try:
            return await self.get(*args, **kwargs)
        except self.model.DoesNotExist:
            return None

    async def first(self) -> Any | None:
        """Return the first object by the ordering, else by key, or None."""
        if not self._goes_by_key():
            ordered = self
        else:
            self._check_ordering_first_last_queryset_aggregation(method="first")
            ordered = self.order_by("pk")
        return await ordered._only_one()

    async def last(self) -> Any | None:
        """Return the last object by the ordering, else by key, or None."""
        if not self._goes_by_key():
            ordered = self.reverse()
        else:
            self._check_ordering_first_last_queryset_aggregation(method="last")
            ordered = self.order_by("-pk")
        return await ordered._only_one()

    def _goes_by_key(self) -> bool:
        """Tell whether first() and last() have to order the rows."""
        if self.ordered:
            return False
        return FIRST_ORDERS_AGAIN or bool(self.query.default_ordering)

    async def _only_one(self) -> Any | None:
        if self._result_cache is not None:
            return next(iter(self._result_cache), None)
        clone = self[:1]
        await clone._evaluate()
        return next(iter(clone._result_cache), None)

    async def exists(self) -> bool:
        """Tell whether any row matches."""
        if self._result_cache is not None:
            return bool(self._result_cache)
        compiler = await self._stopped(DjangoQuerySet.exists)
        if not isinstance(compiler, SQLCompiler):
            return bool(compiler)
        if (statement := statement_of(compiler)) is None:
            return False
        return bool((await connections[self.db].execute(*statement)).rows)

    async def count(self) -> int:
        """Return the number of rows that match."""
        if self._result_cache is not None:
            return len(self._result_cache)
        compiler = await self._stopped(DjangoQuerySet.count)
        return int((await run(aggregated(compiler), self.db))["__count"])

    async def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the values of these aggregates over the rows that match, by name."""
        compiler = await self._stopped(DjangoQuerySet.aggregate, *args, **kwargs)
        if isinstance(compiler, SQLCompiler):
            return await run(aggregated(compiler), self.db)
        return dict(compiler)

    async def in_bulk(
        self, id_list: Iterable[Any] | None = None, *, field_name: str = "pk"
    ) -> dict[Any, Any]:
        """
        Return the objects with these keys by key, or all by key; unknown keys are left out.

        Raises: TypeError for a slice, ValueError where the field is not unique.
        """
        using = self.db
        clone = self._keyed_by(field_name)
        clone._db = (await door(using)).vinyl_door
        keys = None if id_list is None else tuple(id_list)
        read: list[list[Any]] = []
        while True:
            try:
                with supplying(read):
                    return dict(DjangoQuerySet.in_bulk(clone, keys, field_name=field_name))
            except Wanted as wanted:
                wanted.queryset._db = using
                await wanted.queryset._evaluate()
                read.append(wanted.queryset._result_cache)

    def _keyed_by(self, field_name: str) -> Reading:
        """Return the queryset; where objects are to be the keys, with all of them loaded."""
        relations = {field.name for field in self.model._meta.fields if field.is_relation}
        by_relation = field_name in relations
        clone: Reading = self.prefetch_related(field_name) if by_relation else self._chain()
        return clone

    async def explain(self, *, format: str | None = None, **options: Any) -> str:
        """Return what the database says of how it would run the query; nothing of an empty one."""
        compiler = await self._stopped(DjangoQuerySet.explain, format=format, **options)
        if (statement := statement_of(compiler)) is None:
            return ""
        compiler.answer = [(await connections[self.db].execute(*statement)).rows]
        return "\n".join(compiler.explain_query())

    async def contains(self, obj: Any) -> bool:
        """Tell whether an object is among the rows that match."""
        return bool(await settled(super().contains(obj)))

    async def earliest(self, *fields: Any) -> Any:
        """Return the first object by these fields, else by Meta.get_latest_by."""
        return await settled(super().earliest(*fields))

    async def latest(self, *fields: Any) -> Any:
        """Return the last object by these fields, else by Meta.get_latest_by."""
        return await settled(super().latest(*fields))

    def raw(
        self,
        raw_query: str,
        params: Any = (),
        translations: dict[str, str] | None = None,
        using: str | None = None,
    ) -> RawQuerySet:
        """Return the objects that a SELECT written by hand gives; see RawQuerySet."""
        raw = RawQuerySet(
            raw_query,
            model=self.model,
            params=params,
            translations=translations,
            using=self.db if using is None else using,
        )
        raw._prefetch_related_lookups = self._prefetch_related_lookups[:]
        raw._fetch_mode = self._fetch_mode
        return raw
