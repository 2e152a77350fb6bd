# Generated from vinyl/_async/queryset.py by `python tools/unasync_build.py`; never edit.
"""The queryset: Django's for building, vinyl's for everything that asks the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vinyl._runtime._sync.databases import door
from vinyl._runtime._sync.queryset import with_django_names
from vinyl._sync.contenttypes import resolve_types
from vinyl._sync.creating import Creating
from vinyl._sync.deleting import delete
from vinyl._sync.running import write
from vinyl.marking import alters_data, queryset_only
from vinyl.meta import stock_class
from vinyl.pickling import new_queryset
from vinyl.plans.bulk import (
    bulk_create,
    check_batch_size,
    check_bulk_create,
    check_related,
    inserting,
    mark_inserted,
    takes_one_statement,
)
from vinyl.plans.bulk_update import bulk_update, check_bulk_update
from vinyl.plans.copying import check_copy, copying
from vinyl.plans.states import States
from vinyl.plans.updating import update
from vinyl.stock import QuerySet as DjangoQuerySet


@with_django_names(DjangoQuerySet)
class QuerySet(Creating):
    """
    A lazy query for objects of one model.

    All that builds a query is Django's. What asks the database has Django's names and
    arguments: `Reading` asks, `Creating` makes one object, and here are the writes of many rows.
    """

    @alters_data
    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Iterable[str] | None = None,
        unique_fields: Iterable[str] | None = None,
        *,
        copy: bool = False,
    ) -> list[Any]:
        """
        Insert objects in as few statements as the database takes; return them.

        With `copy`, PostgreSQL's COPY streams them. Models that inherit from others with tables of
        their own are taken, too, which Django refuses.
        Raises: ValueError, NotSupportedError.
        """
        check_batch_size(batch_size)
        if not objs:
            return list(objs)
        self._for_write = True
        using = self.db
        connection = door(using)
        conflicts = check_bulk_create(
            self, connection, ignore_conflicts, update_conflicts, update_fields, unique_fields
        )
        if copy:
            check_copy(connection, conflicts)
        objs = list(objs)
        check_related(objs)
        before = States(objs)
        try:
            resolve_types(self.model, using, objs)
            if copy:
                how, atomically = copying(connection, batch_size), True
            else:
                how = inserting(connection, self.model, batch_size, conflicts)
                atomically = not takes_one_statement(connection, self.model, objs, batch_size)
            plan = bulk_create(connection, self.model, objs, how)
            write(plan, using, atomically=atomically)
        except BaseException:
            # No row is there, nor are the keys that some were given.
            before.put_back()
            raise
        mark_inserted(connection, self.model, objs, conflicts)
        return objs

    @alters_data
    def bulk_update(
        self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None
    ) -> int:
        """
        Update these fields of objects, one statement a batch; return how many rows matched.

        Raises: ValueError.
        """
        check_batch_size(batch_size)
        objs = tuple(objs)
        columns = check_bulk_update(self.model, objs, fields)
        if not objs:
            return 0
        self._for_write = True
        using = self.db
        connection = door(using)
        rows = self._chain()
        rows._db = connection.vinyl_door
        plan = bulk_update(connection, rows, objs, columns, batch_size)
        return write(plan, using, atomically=True)

    @alters_data
    def update(self, **kwargs: Any) -> int:
        """Set columns of all rows that match; return how many there were."""
        self._for_write = True
        using = self.db
        compiler = self._stopped(DjangoQuerySet.update, **kwargs)
        changed = write(update(compiler), using, atomically=bool(compiler.query.related_updates))
        self._result_cache = None
        return changed

    @alters_data
    @queryset_only
    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all rows that match, with what hangs on them; return how many by label."""
        self._check_deletable()
        query = self.query.chain()
        query.select_for_update = False
        query.select_related = False
        query.clear_ordering(force=True)
        self._for_write = True
        rows = DjangoQuerySet(self.model._meta.model, query)
        deleted = delete(rows, self, self.model._twin, self.db)
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
