# Generated from vinyl/_async/related_generic.py by `python tools/unasync_build.py`; never edit.
"""The manager of a generic relation."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.db import router

from vinyl._runtime._sync.naming import with_async_names
from vinyl._runtime._sync.transaction import atomic
from vinyl._sync.contenttypes import content_type_made
from vinyl._sync.related import Writing, assign
from vinyl.marking import alters_data
from vinyl.plans.contenttypes import knows_type_of, types_learned
from vinyl.plans.prefetching import Asking, Relation
from vinyl.plans.relating import changes, check_instance, check_saved


@with_async_names
class GenericManager(Writing):
    """
    Read and write through a generic relation, with a manager that is made with no query.

    Django's asks for the content type when it is made. Where that is not in Django's cache, the
    objects are found by what the type says, over a join, until a write has read it.
    """

    content_type_field_name: str
    object_id_field_name: str
    prefetch_cache_name: str
    pk_val: Any

    def __init__(self, instance: Any) -> None:
        field = self._rel.field
        if knows_type_of(instance, field.for_concrete_model):
            super().__init__(instance)  # type: ignore[call-arg]
            return
        self._beneath(self).__init__()
        self.instance = instance
        self.model = self._rel.model
        self.content_type_field_name = field.content_type_field_name
        self.object_id_field_name = field.object_id_field_name
        self.prefetch_cache_name = field.attname
        self.pk_val = instance.pk
        meta = (instance._meta.concrete_model if field.for_concrete_model else instance)._meta
        self.content_type: Any = None
        self.core_filters = {
            f"{field.content_type_field_name}__app_label": meta.app_label,
            f"{field.content_type_field_name}__model": meta.model_name,
            field.object_id_field_name: instance.pk,
        }

    def prefetched(self, instances: list[Any], given: list[Any] | None) -> Asking:
        """Query the related objects of many instances; `given` are the querysets to use."""
        using = self.instance._state.db or router.db_for_read(self.model, instance=self.instance)
        models = {type(obj) for obj in instances}
        by_model = yield from types_learned(
            self._twin, using, models, self._rel.field.for_concrete_model
        )
        typed = [obj for obj in instances if type(obj) in by_model]
        if not typed:
            # No row can refer to a type that is not there.
            return [], Relation(id, id, False, self.prefetch_cache_name, False), []
        # Django asks for the type of each; only its key is of interest.
        self.get_content_type = lambda obj: SimpleNamespace(pk=by_model.get(type(obj)))
        return (yield from super().prefetched(typed, given))  # type: ignore[misc]

    @alters_data
    def add(self, *objs: Any, bulk: bool = True) -> None:
        """
        Let objects belong to this one: in one UPDATE, or saved one by one where not `bulk`.

        Raises: TypeError for what is no object of the model; ValueError for one that has not been
        inserted, which `bulk=False` inserts.
        """
        self._learn_type()
        self._remove_prefetched_objects()
        using = self._db_to_write()
        values = self._values()
        if not bulk:
            self._save_each(objs, values, using)
            return
        for obj in objs:
            check_saved(obj, using)
            check_instance(obj, self.model)
            assign(obj, values)
        self._point_here([obj.pk for obj in objs], values, using)

    @alters_data
    def remove(self, *objs: Any, bulk: bool = True) -> None:
        """Delete objects of this one's: in one go, or one by one where not `bulk`."""
        if not objs:
            return
        self._learn_type()
        self._delete(self.get_queryset().filter(pk__in=[obj.pk for obj in objs]), bulk)

    @alters_data
    def clear(self, *, bulk: bool = True) -> None:
        """Delete all objects that belong to this one."""
        self._learn_type()
        self._delete(self.get_queryset(), bulk)

    @alters_data
    def set(self, objs: Any, *, bulk: bool = True, clear: bool = False) -> None:
        """
        Let these objects belong to this one, and delete the others that did.

        With `clear`, all are deleted first.
        """
        objs = self._given(objs)
        self._learn_type()
        using = self._db_to_write()
        with atomic(using, savepoint=False):
            if clear:
                self.clear()
            else:
                objs, gone = changes(objs, set(self._held(using)))
                self.remove(*gone)
            self.add(*objs, bulk=bulk)

    @alters_data
    def create(self, **kwargs: Any) -> Any:
        """Make an object of these values that belongs to this one, and insert it."""
        self._learn_type()
        self._remove_prefetched_objects()
        return self._to_write().create(**{**kwargs, **self._values()})

    @alters_data
    def get_or_create(self, **kwargs: Any) -> Any:
        """Return the object of this one's that matches and False, or a new one and True."""
        self._learn_type()
        return self._to_write().get_or_create(**{**kwargs, **self._values()})

    @alters_data
    def update_or_create(self, **kwargs: Any) -> Any:
        """Update the object that matches and return it with False, or a new one with True."""
        self._learn_type()
        return self._to_write().update_or_create(**{**kwargs, **self._values()})

    def _to_write(self) -> Any:
        return self.get_queryset().using(self._db_to_write())

    def _values(self) -> dict[str, Any]:
        """Return what makes an object belong to this one."""
        return {
            self.content_type_field_name: self.content_type,
            self.object_id_field_name: self.pk_val,
        }

    def _delete(self, queryset: Any, bulk: bool) -> None:
        self._remove_prefetched_objects()
        using = self._db_to_write()
        queryset = queryset.using(using)
        if bulk:
            queryset.delete()
            return
        with atomic(using, savepoint=False):
            queryset._evaluate()
            for obj in queryset._result_cache:
                obj.delete()

    def _learn_type(self) -> None:
        """Read the content type, which writes need; make its row where there is none."""
        if self.content_type is not None:
            return
        using = self.instance._state.db or self._db_to_write()
        found = content_type_made(
            self._twin, using, self.instance, self._rel.field.for_concrete_model
        )
        self.content_type = found
        self.core_filters = {
            f"{self.content_type_field_name}__pk": found.pk,
            self.object_id_field_name: self.pk_val,
        }
