"""What stands for django.db.models.QuerySet: a twin's queryset, for synchronous tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import manager, query

from tests.django_suite.calling import (
    IS_ASYNC,
    as_async,
    asked_by_vinyl,
    call,
    inside,
    like,
    replace_everywhere,
    stepwise,
    twin_module,
)
from tests.django_suite.scopes import scopes

TWIN = twin_module("twin").TWIN
NATIVE = twin_module("queryset").QuerySet
NATIVE_RAW = twin_module("raw").RawQuerySet
STOCK = query.QuerySet

#: Methods that run statements.
IO = (
    *("aggregate", "bulk_create", "bulk_update", "contains", "count", "create", "delete"),
    *("earliest", "exists", "explain", "first", "get", "get_or_create", "in_bulk", "last"),
    *("latest", "update", "update_or_create", "_insert", "_update", "_raw_delete"),
)


def promise_class() -> type:
    if not IS_ASYNC:
        return type(None)
    from vinyl._runtime._async.promise import Promise

    return Promise


PROMISE = promise_class()


class Meta(type(NATIVE)):  # type: ignore[misc]
    """Let Django's querysets be instances, and vinyl get them where it asks Django's managers."""

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is QuerySet and isinstance(instance, STOCK):
            return True
        return bool(super().__instancecheck__(instance))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is QuerySet:
            model = args[0] if args else kwargs.get("model")
            if not hasattr(model, "_twin") and asked_by_vinyl():
                return STOCK(*args, **kwargs)
        return super().__call__(*args, **kwargs)


class QuerySet(NATIVE, metaclass=Meta):  # type: ignore[misc]
    """A twin's queryset; inside of vinyl it is nothing else."""

    # For pickling: a class of its own, as one of the user's is.
    is_of_twin = False

    def __init__(
        self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None
    ) -> None:
        super().__init__(model and TWIN.model_of(model), query, using, hints)

    def _to_stock(self) -> Any:
        """Return the same query for stock Django, which fills and flushes databases."""
        queryset = STOCK.__new__(STOCK)
        queryset.__dict__.update(self.__dict__)
        queryset._query = self.query.chain()
        queryset.model = self.model._meta.model
        return queryset

    def _fetch_all(self) -> None:
        if inside():
            super()._fetch_all()
        elif self._result_cache is None and scopes.stock:
            self._result_cache = list(self._to_stock())
        elif self._result_cache is None or (
            self._prefetch_related_lookups and not self._prefetch_done
        ):
            call(self._evaluate)

    def __getitem__(self, k: Any) -> Any:
        if inside() or self._result_cache is not None:
            return super().__getitem__(k)
        if scopes.stock:
            return self._to_stock()[k]
        value = super().__getitem__(k)
        return call(lambda: value) if isinstance(value, PROMISE) else value

    def __iter__(self) -> Any:
        self._fetch_all()
        return iter(self._result_cache)

    async def __aiter__(self) -> AsyncIterator[Any]:
        rows = await self._rows() if inside() else await sync_to_async(list)(self)
        for row in rows:
            yield row

    def __getstate__(self) -> Any:
        if not inside():
            self._fetch_all()
        return super().__getstate__()

    def __repr__(self) -> str:
        return str(super().__repr__() if inside() else STOCK.__repr__(self))

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        if scopes.stock:
            return self._to_stock().iterator(*args, **kwargs)
        rows = super().iterator(*args, **kwargs)
        if inside():
            return rows
        scopes.io += 1
        return stepwise(rows)

    async def aiterator(self, chunk_size: int = 2000) -> AsyncIterator[Any]:
        for row in await sync_to_async(list)(self.iterator(chunk_size=chunk_size)):
            yield row

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        made = super().raw(*args, **kwargs)
        if not inside():
            made.__class__ = RawQuerySet
        return made


class RawQuerySet(NATIVE_RAW):  # type: ignore[misc]
    """A twin's raw query."""

    def _fetch_all(self) -> None:
        if inside():
            super()._fetch_all()
        elif self._result_cache is None:
            call(self._evaluate)

    def iterator(self) -> Any:
        rows = super().iterator()
        if inside():
            return rows
        scopes.io += 1
        return stepwise(rows)


def _io_method(name: str) -> Any:
    native = getattr(NATIVE, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if inside():
            return native(self, *args, **kwargs)
        if scopes.stock:
            return getattr(self._to_stock(), name)(*args, **kwargs)
        return call(native, self, *args, **kwargs)

    return like(method, getattr(STOCK, name))


def install() -> None:
    for name in IO:
        method = _io_method(name)
        setattr(QuerySet, name, method)
        if hasattr(STOCK, "a" + name):
            setattr(QuerySet, "a" + name, like(as_async(method), getattr(STOCK, "a" + name)))
    for name in ("iterator", "aiterator", "raw"):
        setattr(QuerySet, name, like(vars(QuerySet)[name], getattr(STOCK, name)))
    for name in ("__module__", "__qualname__", "__doc__"):
        setattr(QuerySet, name, getattr(STOCK, name))
    replace_everywhere(STOCK, QuerySet)
    manager.Manager._queryset_class = QuerySet
    of_twin = TWIN.queryset_class
    TWIN.queryset_class = lambda stock: QuerySet if stock is STOCK else of_twin(stock)
