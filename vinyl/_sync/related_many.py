# Generated from vinyl/_async/related_many.py by `python tools/unasync_build.py`; never edit.
"""The manager of a many-to-many relation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import router
from django.db.models.manager import Manager
from django.db.models.utils import resolve_callables

from vinyl._runtime._sync.databases import dialect
from vinyl._runtime._sync.naming import with_async_names
from vinyl._runtime._sync.transaction import atomic
from vinyl._sync.related import Writing
from vinyl.marking import alters_data
from vinyl.plans.relating import changes, rows_between, target_key, target_keys


class Linking:
    """Link a new object in the transaction that inserts it."""

    def __init__(self, manager: ManyManager, through_defaults: Any) -> None:
        self.manager = manager
        self.through_defaults = through_defaults
        self.is_done = False

    def link(self, obj: Any) -> None:
        """Link an object, once."""
        if not self.is_done:
            self.manager.add(obj, through_defaults=self.through_defaults)
            self.is_done = True


@with_async_names
class ManyManager(Writing):
    """Write through a many-to-many relation: the rows of the table between."""

    through: Any
    related_val: tuple[Any, ...]
    source_field_name: str
    target_field_name: str
    target_field: Any
    symmetrical: bool
    _builds_on: type[Any]
    get_prefetch_cache: Callable[[], Any]
    _build_remove_filters: Callable[[Any], Any]
    _get_target_ids: Callable[[str, Any], set[Any]]
    _linking: Linking | None = None

    @alters_data
    def add(self, *objs: Any, through_defaults: Any = None) -> None:
        """
        Link objects, or those with these keys; what is linked already stays as it is.

        `through_defaults` are values for the rows between, of a `through` model of one's own.
        Raises: TypeError for another model's object; ValueError for one that has no key, or that
        is in another database.
        """
        self._remove_prefetched_objects()
        self._link(objs, through_defaults, self._db_of_rows())

    @alters_data
    def remove(self, *objs: Any) -> None:
        """End the link to objects, or to those with these keys."""
        self._remove_prefetched_objects()
        self._unlink(objs, self._db_of_rows())

    @alters_data
    def clear(self) -> None:
        """End the link to all objects."""
        self._remove_prefetched_objects()
        self._unlink_all(self._db_of_rows())

    @alters_data
    def set(self, objs: Any, *, clear: bool = False, through_defaults: Any = None) -> None:
        """
        Link these objects, or those with these keys, and no others.

        With `clear`, all links are ended first; else only those to objects not among `objs`.
        """
        objs = self._given(objs)
        using = self._db_of_rows()
        with atomic(using, savepoint=False):
            self._remove_prefetched_objects()
            if clear:
                self._unlink_all(using)
            else:
                held = self.get_queryset().using(using)
                held = held.values_list(self.target_field.target_field.attname, flat=True)
                held._evaluate()
                objs, gone = changes(
                    objs, set(held._result_cache), lambda obj: target_key(self, obj)
                )
                self._unlink(gone, using)
            self._link(objs, through_defaults, using)

    @alters_data
    def create(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        """Make an object of these values, insert it, and link it: both or neither."""
        manager = self._to_write(None)
        with atomic(manager._db, savepoint=False):
            obj = self._beneath(manager).create(**kwargs)
            self.add(obj, through_defaults=through_defaults)
        return obj

    @alters_data
    def get_or_create(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        """Return the linked object that matches and False, or a new one, linked, and True."""
        linking = Linking(self, through_defaults)
        manager = self._to_write(linking)
        obj, created = self._beneath(manager).get_or_create(**kwargs)
        if created:
            linking.link(obj)
        return obj, created

    @alters_data
    def update_or_create(self, *, through_defaults: Any = None, **kwargs: Any) -> Any:
        """Update the linked object that matches, with False, or link a new one, with True."""
        linking = Linking(self, through_defaults)
        manager = self._to_write(linking)
        obj, created = self._beneath(manager).update_or_create(**kwargs)
        if created:
            linking.link(obj)
        return obj, created

    def exists(self) -> bool:
        """Tell whether any object is linked; where the rows between tell, by them alone."""
        rows = self._rows_that_tell()
        return bool((self._beneath(self) if rows is None else rows).exists())

    def count(self) -> int:
        """Return the number of linked objects; where the rows between tell, by them alone."""
        rows = self._rows_that_tell()
        return int((self._beneath(self) if rows is None else rows).count())

    def _rows_that_tell(self) -> Any | None:
        """Return the rows between, where each of them stands for an object that is there."""
        if self._builds_on is not Manager or self.get_prefetch_cache() is not None:
            return None
        if not self.target_field.db_constraint:
            return None
        using = router.db_for_read(self.through, instance=self.instance)
        if not (dialect(using)).features.supports_foreign_keys:
            return None
        hints = {"instance": self.instance}
        rows = self._twin.native(self.through._base_manager.db_manager(using, hints=hints))
        filters = {self.source_field_name: self.related_val[0]}
        if self.target_field.null:
            filters[f"{self.target_field_name}__isnull"] = False
        return rows.filter(**filters)

    def get_queryset(self) -> Any:
        """Return the linked objects as a queryset of this twin."""
        queryset = super().get_queryset()
        if self._linking is not None:
            if queryset._result_cache is not None:
                queryset = queryset._chain()  # What was prefetched is others', too.
            queryset._after_create = self._linking.link
        return queryset

    def _to_write(self, linking: Linking | None) -> Any:
        # Routers compare the class that they are given: the user's, not a twin's of it.
        using = router.db_for_write(self.instance._meta.model, instance=self.instance)
        manager = self.db_manager(using)
        manager._linking = linking
        return manager

    def _db_of_rows(self) -> str:
        return str(router.db_for_write(self.through, instance=self.instance))

    def _rows(self, using: str) -> Any:
        return self._twin.native(self.through._default_manager.using(using))

    def _link(self, objs: Any, through_defaults: Any, using: str) -> None:
        source, target = self.source_field_name, self.target_field_name
        with atomic(using, savepoint=False):
            self._add_rows(source, target, objs, through_defaults, using)
            if self.symmetrical:
                self._add_rows(target, source, objs, through_defaults, using)

    def _add_rows(
        self, source: str, target: str, objs: Any, through_defaults: Any, using: str
    ) -> None:
        if not objs:
            return
        defaults = dict(resolve_callables(through_defaults or {}))
        targets = self._get_target_ids(target, objs)
        rows = self._rows(using)
        ignore = self._can_ignore_conflicts(using)
        if ignore:
            # A table that Django makes has no columns but the two.
            defaults = {}
        else:
            there = rows.values_list(target, flat=True).filter(
                **{source: self.related_val[0], f"{target}__in": targets}
            )
            there._evaluate()
            targets = targets.difference(there._result_cache)
        between = self._twin.model_of(self.through)
        new = rows_between(between, (source, self.related_val[0]), target, targets, defaults)
        rows.bulk_create(new, ignore_conflicts=ignore)

    def _can_ignore_conflicts(self, using: str) -> bool:
        """Tell whether the only conflict can be that of a link that is there already."""
        if self.through._meta.auto_created is False:
            return False
        return bool((dialect(using)).features.supports_ignore_conflicts)

    def _unlink(self, objs: Any, using: str) -> None:
        if not objs:
            return
        keys: Any = target_keys(self, objs)
        with atomic(using, savepoint=False):
            related = self._beneath(self).get_queryset()
            if related._has_filters():
                name = self.target_field.target_field.attname
                keys = related.using(using).filter(**{f"{name}__in": keys})
            self._rows(using).filter(self._build_remove_filters(keys)).delete()

    def _unlink_all(self, using: str) -> None:
        with atomic(using, savepoint=False):
            related = self._beneath(self).get_queryset().using(using)
            self._rows(using).filter(self._build_remove_filters(related)).delete()
