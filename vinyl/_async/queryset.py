"""The queryset: Django's for building, vinyl's for everything that asks the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from django.db import IntegrityError, NotSupportedError, router
from django.db.models import sql
from django.db.models.utils import resolve_callables

from vinyl._async.deleting import delete
from vinyl._async.prefetching import prefetch_related
from vinyl._async.raw import RawQuerySet
from vinyl._async.running import run, write
from vinyl._async.streaming import iterate
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect, door
from vinyl._runtime._async.queryset import Evaluation, settled, with_django_names
from vinyl._runtime._async.transaction import atomic
from vinyl.fetch_modes import FETCH_ONE
from vinyl.marking import alters_data, queryset_only
from vinyl.meta import stock_class
from vinyl.pickling import new_queryset
from vinyl.plans.bulk import bulk_create, check_bulk_create
from vinyl.plans.saving import names_to_save
from vinyl.plans.updating import update
from vinyl.routing import Routed
from vinyl.sql.aggregates import aggregated
from vinyl.sql.building import Wanted, supplying
from vinyl.sql.door import statement_of, stop
from vinyl.sql.getting import MAX_GET_RESULTS, the_one
from vinyl.sql.rows import load
from vinyl.stock import QuerySet as DjangoQuerySet
from vinyl.stock import SQLCompiler


@with_django_names(DjangoQuerySet, not_native=("bulk_update",))
class QuerySet(Routed, Evaluation):
    """
    A lazy query for objects of one model.

    All that builds a query is Django's. What asks the database has Django's names and
    arguments.
    """

    model: Any

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
        return clone

    async def _evaluate(self) -> None:
        """Run the query, unless it has run."""
        if self._result_cache is None:
            self._result_cache = await self._select()
        if self._prefetch_related_lookups and not self._prefetch_done:
            await prefetch_related(self._result_cache, self._prefetch_related_lookups)
            self._prefetch_done = True

    async def _select(self) -> list[Any]:
        using = self.db
        compiler = self.query.get_compiler(connection=await dialect(using))
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

    def _for_get(self, args: Any, kwargs: Any) -> QuerySet:
        if self.query.combinator and (args or kwargs):
            raise NotSupportedError(
                f"Calling QuerySet.get(...) with filters after {self.query.combinator}() is not "
                "supported."
            )
        clone: QuerySet = self._chain() if self.query.combinator else self.filter(*args, **kwargs)
        query = clone.query
        if self.query.can_filter() and not self.query.distinct_fields:
            query.clear_ordering(force=True)
        if not query.select_for_update:
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
        if self.ordered:
            ordered = self
        else:
            self._check_ordering_first_last_queryset_aggregation(method="first")
            ordered = self.order_by("pk")
        return await ordered._only_one()

    async def last(self) -> Any | None:
        """Return the last object by the ordering, else by key, or None."""
        if self.ordered:
            ordered = self.reverse()
        else:
            self._check_ordering_first_last_queryset_aggregation(method="last")
            ordered = self.order_by("-pk")
        return await ordered._only_one()

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
        clone = self._chain()
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

    async def explain(self, *, format: str | None = None, **options: Any) -> str:
        """Return what the database says of how it would run the query."""
        compiler = await self._stopped(DjangoQuerySet.explain, format=format, **options)
        sql, params = compiler.as_sql()
        compiler.answer = [(await connections[self.db].execute(sql, params)).rows]
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

    @alters_data
    async def create(self, **kwargs: Any) -> Any:
        """Make an object of these values, insert it, and return it."""
        reverse = frozenset(kwargs) & self.model._meta._reverse_one_to_one_field_names
        if reverse:
            raise ValueError(
                f"The following fields do not exist in this model: {', '.join(reverse)}"
            )
        obj = self.model(**kwargs)
        self._for_write = True
        using = self.db
        if using == router.db_for_write(self.model._meta.model, instance=obj):
            await obj.insert()  # A class of the user's may take no arguments.
        else:
            await obj.insert(using=using)
        return obj

    @alters_data
    async def get_or_create(
        self, defaults: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, bool]:
        """Return the object that matches and False, or a new one and True."""
        self._for_write = True
        try:
            return await self.get(**kwargs), False
        except self.model.DoesNotExist:
            params = self._extract_model_params(defaults, **kwargs)
        try:
            async with atomic(self.db):
                params = dict(resolve_callables(params))
                return await self.create(**params), True
        except IntegrityError:
            # Another one may have inserted it in the meantime.
            found = await self.get_or_none(**kwargs)
            if found is None:
                raise
            return found, False

    @alters_data
    async def update_or_create(
        self,
        defaults: dict[str, Any] | None = None,
        create_defaults: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[Any, bool]:
        """Update the object that matches and return it with False, or a new one with True."""
        changes = defaults or {}
        self._for_write = True
        async with atomic(self.db):
            obj, created = await self.select_for_update().get_or_create(
                changes if create_defaults is None else create_defaults, **kwargs
            )
            if not created:
                for name, value in resolve_callables(changes):
                    setattr(obj, name, value)
                await obj.save(using=self.db, update_fields=names_to_save(self.model, changes))
        return obj, created

    @alters_data
    async def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Iterable[str] | None = None,
        unique_fields: Iterable[str] | None = None,
    ) -> list[Any]:
        """Insert objects in as few statements as the database takes; return them."""
        objs = list(objs)
        self._for_write = True
        using = self.db
        connection = await door(using)
        options = check_bulk_create(
            self, connection, batch_size, ignore_conflicts, update_conflicts, update_fields,
            unique_fields,
        )  # fmt: skip
        if objs:
            plan = bulk_create(connection, self.model, objs, batch_size, options)
            await write(plan, using, atomically=True)
        return objs

    @alters_data
    async def update(self, **kwargs: Any) -> int:
        """Set columns of all rows that match; return how many there were."""
        self._for_write = True
        using = self.db
        compiler = await self._stopped(DjangoQuerySet.update, **kwargs)
        changed = await write(
            update(compiler), using, atomically=bool(compiler.query.related_updates)
        )
        self._result_cache = None
        return changed

    @alters_data
    @queryset_only
    async def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all rows that match, with what hangs on them; return how many by label."""
        self._check_deletable()
        query = self.query.chain()
        query.select_for_update = False
        query.select_related = False
        query.clear_ordering(force=True)
        self._for_write = True
        rows = DjangoQuerySet(self.model._meta.model, query)
        deleted = await delete(rows, self, self.db)
        self._result_cache = None
        return deleted

    def _check_deletable(self) -> None:
        self._not_support_combined_queries("delete")
        if self.query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        if self.query.distinct_fields:
            raise TypeError("Cannot call delete() after .distinct(*fields).")
        if self._fields is not None:
            raise TypeError("Cannot call delete() after .values() or .values_list()")

    def __reduce__(self) -> Any:
        state: Any = self.__getstate__()
        meta = state.pop("model")._meta
        is_async = self.model._twin.is_async
        arguments = (meta.app_label, meta.object_name, is_async, stock_class(type(self)))
        return new_queryset, arguments, state

    def __or__(self, other: Any) -> Any:
        return self.model._twin.native(super().__or__(other))

    def __xor__(self, other: Any) -> Any:
        return self.model._twin.native(super().__xor__(other))
