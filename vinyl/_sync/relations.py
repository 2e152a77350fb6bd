# Generated from vinyl/_async/relations.py by `python tools/unasync_build.py`; never edit.
"""The descriptors of relations and deferred fields on the classes of this twin."""

from __future__ import annotations

from typing import Any

from django.db import router

from vinyl._runtime._sync.databases import dialect
from vinyl._runtime._sync.model import unloaded
from vinyl._sync.files import of_this_twin
from vinyl._sync.prefetching import prefetch_related
from vinyl._sync.running import run
from vinyl.fetch_modes import FETCH_RAISE, blocked, mode_of, peers_of
from vinyl.meta import is_generic
from vinyl.origins import Origin, origin_behind, origin_of
from vinyl.plans.contenttypes import content_type_by_id, knows_type_of, models_by_type
from vinyl.plans.prefetching import Asking, Relation, evaluated
from vinyl.relations import field_not_loaded, is_generic_loaded, is_loaded, not_loaded
from vinyl.sql.building import building


class Descriptor:
    """A descriptor over Django's, which it asks for all but the loading."""

    def __init__(self, stock: Any, name: str) -> None:
        self.stock = stock
        self.name = name

    def __getattr__(self, name: str) -> Any:
        if name == "stock":
            raise AttributeError(name)
        return getattr(self.stock, name)


class Settable(Descriptor):
    """A descriptor whose setting is Django's."""

    def __set__(self, instance: Any, value: Any) -> None:
        self.stock.__set__(instance, value)


class ToOne(Settable):
    """A relation to one object: loaded, or to be awaited."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if self.is_loaded(instance):
            return self.checked(instance, self.relation.get_cached_value(instance))
        return unloaded(lambda: self.asked(instance), lambda: not_loaded(instance, self.name))

    def asked(self, instance: Any) -> Any:
        """Load the relation as the fetch mode of the instance says."""
        mode = mode_of(instance)
        if mode is FETCH_RAISE:
            raise blocked(not_loaded(instance, self.name)) from None
        if mode.track_peers and len(peers := peers_of(instance)) > 1:
            prefetch_related(peers, [self.name])
            return self.checked(instance, self.relation.get_cached_value(instance))
        return self.fetch(instance)

    def queryset(self, instance: Any) -> Any:
        """Return all that the relation may lead to from an instance, by Django's managers."""
        queryset = instance._twin.native(self.stock.get_queryset(instance=instance))
        queryset._fetch_mode = mode_of(instance)
        queryset._origin = self.origin(instance, prefetched=False)
        return queryset

    def origin(self, instance: Any, *, prefetched: bool) -> Origin:
        """Return what the related objects of an instance say that they came by."""
        return origin_behind(instance, origin_of(instance), self.name, prefetched=prefetched)

    @property
    def relation(self) -> Any:
        """What keeps the loaded object on an instance."""
        return self.stock.field

    def is_loaded(self, instance: Any) -> bool:
        """Tell whether the related object, or that there is none, is in memory."""
        return bool(self.relation.is_cached(instance))

    def checked(self, instance: Any, found: Any) -> Any:
        """Return what was found. Raises: RelatedObjectDoesNotExist where it may not be None."""
        raise NotImplementedError

    def fetch(self, instance: Any) -> Any:
        """Query the related object; it is not kept."""
        raise NotImplementedError

    def prefetched(self, instances: list[Any], given: list[Any] | None) -> Asking:
        """Query the related objects of many instances; `given` are the querysets to use."""
        twin = instances[0]._twin
        queryset = twin.native(given[0])._chain() if given else self.queryset(instances[0])
        with building():
            queryset, *how = self.stock.get_prefetch_querysets(instances, [queryset])
        queryset._result_cache = None
        objects, more = yield from evaluated(queryset)
        relation = Relation(*how)
        self.join_back(instances, objects, relation)
        return objects, relation, more

    def join_back(self, instances: list[Any], objects: list[Any], relation: Relation) -> None:
        """Give the related objects the instance that they belong to, where it is one."""


class Forward(ToOne):
    """A foreign key or one-to-one field."""

    def is_loaded(self, instance: Any) -> bool:
        """Tell whether the related object is in memory: here, on a parent, or as a parent."""
        return is_loaded(instance, self.stock.field)

    def checked(self, instance: Any, found: Any) -> Any:
        """Return what was found. Raises: RelatedObjectDoesNotExist where it may not be None."""
        if found is None and not self.stock.field.null:
            raise self.stock.RelatedObjectDoesNotExist(
                f"{instance._meta.object_name} has no {self.name}."
            )
        return found

    def fetch(self, instance: Any) -> Any:
        """Query the related object; it is not kept."""
        field = self.stock.field
        if None in field.get_local_related_value(instance):
            return self.checked(instance, None)
        found = self.queryset(instance).get(field.get_reverse_related_filter(instance))
        if not field.remote_field.multiple:
            field.remote_field.set_cached_value(found, instance)
        return found

    def join_back(self, instances: list[Any], objects: list[Any], relation: Relation) -> None:
        """Give the related objects the instance that they belong to, where it is one."""
        remote = self.stock.field.remote_field
        if not remote.multiple:
            by_key = {relation.key_of_instance(obj): obj for obj in instances}
            for obj in objects:
                remote.set_cached_value(obj, by_key[relation.key_of_related(obj)])


class Reverse(ToOne):
    """The other side of a one-to-one field."""

    @property
    def relation(self) -> Any:
        """What keeps the loaded object on an instance."""
        return self.stock.related

    def checked(self, instance: Any, found: Any) -> Any:
        """Return what was found. Raises: RelatedObjectDoesNotExist for None."""
        if found is None:
            raise self.stock.RelatedObjectDoesNotExist(
                f"{instance._meta.object_name} has no {self.name}."
            )
        return found

    def fetch(self, instance: Any) -> Any:
        """Query the related object; it is not kept."""
        field = self.stock.related.field
        if not instance._is_pk_set():
            return self.checked(instance, None)
        related = field.get_forward_related_filter(instance)
        found = self.queryset(instance).get_or_none(**related)
        if found is not None:
            field.set_cached_value(found, instance)
        return self.checked(instance, found)

    def join_back(self, instances: list[Any], objects: list[Any], relation: Relation) -> None:
        """Give the related objects the instance that they belong to."""
        by_key = {relation.key_of_instance(obj): obj for obj in instances}
        for obj in objects:
            instance = by_key[relation.key_of_related(obj)]
            self.stock.related.field.set_cached_value(obj, instance)


class Generic(ToOne):
    """A generic foreign key."""

    def __set__(self, instance: Any, value: Any) -> None:
        field = self.relation
        if value is None or knows_type_of(value, field.for_concrete_model):
            self.stock.__set__(instance, value)
            return
        # Django would query the type here, where nothing can be awaited; writing resolves it.
        setattr(instance, instance._meta.get_field(field.ct_field).attname, None)
        setattr(instance, field.fk_field, value.pk)
        field.set_cached_value(instance, value)

    @property
    def relation(self) -> Any:
        """What keeps the loaded object on an instance."""
        # Up to Django 5.2, the field is its own descriptor.
        return getattr(self.stock, "field", self.stock)

    def is_loaded(self, instance: Any) -> bool:
        """Tell whether the object in memory is the one that the two columns mean."""
        return is_generic_loaded(instance, self.relation)

    def checked(self, instance: Any, found: Any) -> Any:
        """Return what was found."""
        return found

    def fetch(self, instance: Any) -> Any:
        """Query the related object; it is not kept. None where its row is gone."""
        field = self.relation
        kind = getattr(instance, instance._meta.get_field(field.ct_field).attname)
        key = getattr(instance, field.fk_field)
        if kind is None or key is None:
            return None
        using = instance._state.db or router.db_for_read(instance._meta.model, instance=instance)
        found = run(content_type_by_id(dialect(using), kind), using)
        if found is None or (model := found.model_class()) is None:
            return None
        queryset = instance._twin.native(model._base_manager.using(using))
        queryset._fetch_mode = mode_of(instance)
        queryset._origin = self.origin(instance, prefetched=True)
        return queryset.get_or_none(pk=key)

    def prefetched(self, instances: list[Any], given: list[Any] | None) -> Asking:
        """Query the related objects of many instances, one query a model."""
        field, twin = self.relation, instances[0]._twin
        using = instances[0]._state.db or router.db_for_read(instances[0]._meta.model)
        type_name = instances[0]._meta.get_field(field.ct_field).attname
        keys: dict[Any, set[Any]] = {}
        for instance in instances:
            kind, key = getattr(instance, type_name), getattr(instance, field.fk_field)
            if kind is not None and key is not None:
                keys.setdefault(kind, set()).add(key)
        models = yield from models_by_type(twin, using, keys)
        querysets = querysets_by_model(given or [], field.for_concrete_model)
        objects: list[Any] = []
        for kind, model in models.items():
            if model is not None:
                base = querysets.get(model, model._base_manager.using(using))
                queryset = twin.native(base).filter(pk__in=keys[kind])
                if model not in querysets:
                    queryset._fetch_mode = mode_of(instances[0])
                objects += yield queryset

        def key_of_instance(instance: Any) -> tuple[str, Any]:
            return str(getattr(instance, field.fk_field)), models.get(getattr(instance, type_name))

        return objects, Relation(key_of_object, key_of_instance, True, field.name, False), []


def key_of_object(obj: Any) -> tuple[str, Any]:
    """Return the key and model of an object as a generic foreign key has them."""
    return obj._meta.pk.value_to_string(obj), obj._meta.model


def querysets_by_model(given: list[Any], for_concrete_model: bool) -> dict[Any, Any]:
    """Return the querysets of a GenericPrefetch by model. Raises: ValueError for two of one."""
    querysets: dict[Any, Any] = {}
    for queryset in given:
        model = queryset.query.model
        model = model._meta.concrete_model if for_concrete_model else model
        if model in querysets:
            raise ValueError("Only one queryset is allowed for each content type.")
        querysets[model] = queryset
    return querysets


class ToMany(Settable):
    """A reverse foreign key, many-to-many or generic relation."""

    @property
    def relation(self) -> Any:
        """The field, or the far side of one, that the relation is made of."""
        rel = self.stock.rel
        # A generic relation is a field of this side, as is a many-to-many relation not in reverse.
        is_far_side = getattr(self.stock, "reverse", not is_generic(self.stock))
        return rel if is_far_side else rel.field

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return instance._twin.related_manager(self.stock)(instance)


class Deferred(Descriptor):
    """
    A column; one that only() or defer() left out raises NotLoaded when it is read.

    Not a data descriptor: a value in `__dict__` is read without coming here.
    """

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        data = instance.__dict__
        attname = self.stock.field.attname
        if attname not in data:
            # The key of a parent table is known where the link to it is (Django's #18343).
            data[attname] = self.stock._check_parent_chain(instance)
            if data[attname] is None:
                del data[attname]
                error = field_not_loaded(instance, attname)
                raise blocked(error) if mode_of(instance) is FETCH_RAISE else error
        return data[attname]


class DeferredKey(Settable, Deferred):
    """The column of a foreign key: setting it drops the related object that was loaded."""


class DeferredValue(DeferredKey):
    """A column whose field makes something else of the value, as files do."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is not None:
            super().__get__(instance, owner)
            return of_this_twin(self.stock.__get__(instance, owner))
        return self
