# Generated from vinyl/_async/related.py by `python tools/unasync_build.py`; never edit.
"""The managers of relations to many: what all have in common, and reverse foreign keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import router
from django.db.models.manager import BaseManager

from vinyl._runtime._sync.manager import Evaluation
from vinyl._runtime._sync.naming import with_async_names
from vinyl._runtime._sync.queryset import Rows
from vinyl._runtime._sync.transaction import atomic
from vinyl.marking import alters_data
from vinyl.plans.prefetching import Asking, AtDoor, Relation, evaluated, given_querysets
from vinyl.plans.relating import Inserts, changes, check_instance, check_saved, keys_to_unlink
from vinyl.sql.building import building
from vinyl.stock import QuerySet as DjangoQuerySet


class RelatedManager(Evaluation):
    """
    What a manager of a relation to many adds to Django's.

    It is put before Django's class, whose methods build on `get_queryset()`.
    """

    _twin: Any
    # What Django's class has; `field` only where an object belongs to one other.
    field: Any
    _db: str | None
    get_prefetch_querysets: Callable[..., Any]
    _apply_rel_filters: Callable[[Any], Any]

    def get_queryset(self) -> Any:
        """Return the related objects as a queryset of this twin."""
        return self._twin.native(super().get_queryset())  # type: ignore[misc]

    def prefetched(self, instances: list[Any], given: list[Any] | None) -> Asking:
        """Query the related objects of many instances; `given` are the querysets to use."""
        queryset = self._twin.native(given[0]) if given else RelatedManager.get_queryset(self)
        queryset = queryset._chain()
        alias = None
        if hasattr(self, "through"):
            # Keys are compared as they are stored, as which the connection knows.
            queryset._add_hints(instance=instances[0])
            alias = queryset.using(queryset._db or self._db).db
            queryset._db = yield AtDoor(alias)
        with building():
            queryset, *how = self.get_prefetch_querysets(instances, [queryset])
        if alias is not None:
            queryset._db = alias
        queryset._result_cache = None
        objects, more = yield from evaluated(queryset)
        relation = Relation(*how)
        # Where a lookup of the queryset's own leads back by a queryset, it says to which objects.
        if self._joins_back() and self.field.name not in given_querysets(more):
            field = self.field
            by_key = {relation.key_of_instance(obj): obj for obj in instances}
            for obj in objects:
                if not field.is_cached(obj):
                    field.set_cached_value(obj, by_key[relation.key_of_related(obj)])
        return objects, relation, more

    def _joins_back(self) -> bool:
        """Tell whether a related object belongs to one instance, by a foreign key."""
        return hasattr(self, "field")

    def holding(self, objects: list[Any], queryset: Any) -> Any:
        """Return the queryset of the related objects as one that has been evaluated to these."""
        if queryset is None:
            held = self.queried()
        else:
            held = self._twin.native(queryset)._chain()
            # Prefetching has made conditions on the row number of a slice.
            held.query.clear_limits()
            held = self._apply_rel_filters(held)
        held._result_cache = objects
        held._prefetch_done = True
        return held

    def queried(self) -> Any:
        """Return the related objects as a queryset that has not been evaluated."""
        return self._apply_rel_filters(RelatedManager.get_queryset(self))


class Writing:
    """
    What the managers that write have in common.

    They are put before Django's class, `_made`, of which they use what needs no query. Beneath
    that is the manager of the related model.
    """

    _twin: Any
    _rel: Any
    _building_on: Callable[[type[Any]], type[Any]]
    _made: Any
    _db: str | None
    model: Any
    instance: Any
    db_manager: Callable[[str], Any]
    get_queryset: Callable[[], Any]
    _remove_prefetched_objects: Callable[[], None]

    def __call__(self, *, manager: str) -> Any:
        """Return the manager of this relation that builds on another manager of the model."""
        given = type(getattr(self.model, manager))
        return self._building_on(given)(self.instance)

    def _beneath(self, manager: Any) -> Any:
        """Return a manager like this one as what it builds on: the related model's own manager."""
        return super(self._made, manager)

    def _db_to_write(self) -> str:
        return str(router.db_for_write(self.model, instance=self.instance))

    def _given(self, objs: Any) -> tuple[Any, ...]:
        """Return what set() was given; querysets, also Django's, are evaluated."""
        if isinstance(objs, BaseManager | DjangoQuerySet):
            if getattr(objs, "_result_cache", None) is None:
                objs = self._twin.native(objs)
                objs._evaluate()
        elif isinstance(objs, Rows):
            objs._evaluate()
        return tuple(objs)

    def _held(self, using: str) -> Any:
        """Return the objects that are related now."""
        queryset = self.get_queryset().using(using)
        queryset._evaluate()
        return queryset._result_cache

    def _point_here(self, keys: list[Any], values: dict[str, Any], using: str) -> None:
        """Set the columns by which objects belong to this one."""
        rows = self._twin.native(self.model._base_manager.using(using))
        rows.filter(pk__in=keys).update(**values)

    def _save_each(self, objs: Iterable[Any], values: dict[str, Any], using: str) -> None:
        """Set the attributes by which objects belong to this one; insert or update them."""
        inserts = Inserts()
        try:
            with atomic(using, savepoint=False):
                for obj in objs:
                    check_instance(obj, self.model)
                    assign(obj, values)
                    own = self._twin.own(obj)
                    if obj._state.adding:
                        inserts.note(obj)
                        own.insert()
                    else:
                        own.update()
        except BaseException:
            inserts.take_back()
            raise


def assign(obj: Any, values: dict[str, Any]) -> None:
    """Set attributes of an object."""
    for name, value in values.items():
        setattr(obj, name, value)


@with_async_names
class ReverseManager(Writing):
    """Write through a reverse foreign key."""

    field: Any
    _check_fk_val: Callable[[], None]

    @alters_data
    def add(self, *objs: Any, bulk: bool = True) -> None:
        """
        Let objects belong to this one: in one UPDATE, or saved one by one where not `bulk`.

        Raises: TypeError for what is no object of the model; ValueError for one that has not been
        inserted, which `bulk=False` inserts.
        """
        self._check_fk_val()
        self._remove_prefetched_objects()
        using = self._db_to_write()
        values = {self.field.name: self.instance}
        if not bulk:
            self._save_each(objs, values, using)
            return
        for obj in objs:
            check_instance(obj, self.model)
            assign(obj, values)
            check_saved(obj, using)
        self._point_here([obj.pk for obj in objs], values, using)

    @alters_data
    def set(self, objs: Any, *, bulk: bool = True, clear: bool = False) -> None:
        """
        Let these objects belong to this one, and no others where the foreign key may be null.

        With `clear`, all are let go first; else only those that are not among `objs`.
        """
        self._check_fk_val()
        objs = self._given(objs)
        if not self.field.null:
            self.add(*objs, bulk=bulk)
            return
        using = self._db_to_write()
        manager: Any = self
        with atomic(using, savepoint=False):
            if clear:
                manager.clear(bulk=bulk)
            else:
                objs, gone = changes(objs, set(self._held(using)))
                manager.remove(*gone, bulk=bulk)
            self.add(*objs, bulk=bulk)

    @alters_data
    def create(self, **kwargs: Any) -> Any:
        """Make an object of these values that belongs to this one, and insert it."""
        self._check_fk_val()
        self._remove_prefetched_objects()
        kwargs[self.field.name] = self.instance
        return self._beneath(self._to_write()).create(**kwargs)

    @alters_data
    def get_or_create(self, **kwargs: Any) -> Any:
        """Return the object of this one's that matches and False, or a new one and True."""
        self._check_fk_val()
        kwargs[self.field.name] = self.instance
        return self._beneath(self._to_write()).get_or_create(**kwargs)

    @alters_data
    def update_or_create(self, **kwargs: Any) -> Any:
        """Update the object that matches and return it with False, or a new one with True."""
        self._check_fk_val()
        kwargs[self.field.name] = self.instance
        return self._beneath(self._to_write()).update_or_create(**kwargs)

    def _to_write(self) -> Any:
        return self.db_manager(self._db_to_write())


@with_async_names
class NullableManager(ReverseManager):
    """Write through a reverse foreign key that may be null: objects can be let go."""

    @alters_data
    def remove(self, *objs: Any, bulk: bool = True) -> None:
        """
        Set the foreign key of objects to NULL: in one UPDATE, or one by one where not `bulk`.

        Raises: TypeError for what is no object of the model, Model.DoesNotExist for an object
        that does not belong to this one.
        """
        if not objs:
            return
        self._check_fk_val()
        keys = keys_to_unlink(self, objs)
        self._let_go(self.get_queryset().filter(pk__in=keys), bulk)

    @alters_data
    def clear(self, *, bulk: bool = True) -> None:
        """Set the foreign key of all objects that belong to this one to NULL."""
        self._check_fk_val()
        self._let_go(self.get_queryset(), bulk)

    def _let_go(self, queryset: Any, bulk: bool) -> None:
        self._remove_prefetched_objects()
        using = self._db_to_write()
        queryset = queryset.using(using)
        nothing = {self.field.name: None}
        if bulk:
            queryset.update(**nothing)
            return
        with atomic(using, savepoint=False):
            queryset._evaluate()
            for obj in queryset._result_cache:
                obj.update(**nothing)
