"""The descriptors of relations and deferred fields on the classes of this twin."""

from __future__ import annotations

from typing import Any

from vinyl._async.running import run
from vinyl._runtime._async.databases import dialect
from vinyl._runtime._async.model import unloaded
from vinyl.plans.contenttypes import content_type_by_id
from vinyl.relations import field_not_loaded, not_loaded
from vinyl.sql.instances import parent_of


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
        relation = self.relation
        if relation.is_cached(instance):
            return self.checked(instance, relation.get_cached_value(instance))
        return unloaded(lambda: self.fetch(instance), lambda: not_loaded(instance, self.name))

    @property
    def relation(self) -> Any:
        """What keeps the loaded object on an instance."""
        return self.stock.field

    def checked(self, instance: Any, found: Any) -> Any:
        """Return what was found. Raises: RelatedObjectDoesNotExist where it may not be None."""
        raise NotImplementedError

    async def fetch(self, instance: Any) -> Any:
        """Query the related object; it is not kept."""
        raise NotImplementedError


class Forward(ToOne):
    """A foreign key or one-to-one field."""

    def checked(self, instance: Any, found: Any) -> Any:
        """Return what was found. Raises: RelatedObjectDoesNotExist where it may not be None."""
        if found is None and not self.stock.field.null:
            raise self.stock.RelatedObjectDoesNotExist(
                f"{instance._meta.object_name} has no {self.name}."
            )
        return found

    async def fetch(self, instance: Any) -> Any:
        """Query the related object; it is not kept."""
        field = self.stock.field
        if None in field.get_local_related_value(instance):
            return self.checked(instance, None)
        model = instance._twin.model_of(field.remote_field.model)
        if field.remote_field.parent_link and (parent := parent_of(instance, model)) is not None:
            return parent
        queryset = instance._twin.native(self.stock.get_queryset(instance=instance))
        found = await queryset.get(field.get_reverse_related_filter(instance))
        if not field.remote_field.multiple:
            field.remote_field.set_cached_value(found, instance)
        return found


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

    async def fetch(self, instance: Any) -> Any:
        """Query the related object; it is not kept."""
        field = self.stock.related.field
        if not instance._is_pk_set():
            return self.checked(instance, None)
        queryset = instance._twin.native(self.stock.get_queryset(instance=instance))
        found = await queryset.get_or_none(**field.get_forward_related_filter(instance))
        if found is not None:
            field.set_cached_value(found, instance)
        return self.checked(instance, found)


class Generic(ToOne):
    """A generic foreign key."""

    @property
    def relation(self) -> Any:
        """What keeps the loaded object on an instance."""
        # Up to Django 5.2, the field is its own descriptor.
        return getattr(self.stock, "field", self.stock)

    def checked(self, instance: Any, found: Any) -> Any:
        """Return what was found."""
        return found

    async def fetch(self, instance: Any) -> Any:
        """Query the related object; it is not kept. None where its row is gone."""
        field = self.relation
        kind = getattr(instance, instance._meta.get_field(field.ct_field).attname)
        key = getattr(instance, field.fk_field)
        if kind is None or key is None:
            return None
        using = instance._state.db
        found = await run(content_type_by_id(await dialect(using), kind), using)
        if found is None or (model := found.model_class()) is None:
            return None
        return await instance._twin.native(model._base_manager.using(using)).get_or_none(pk=key)


class ToMany(Settable):
    """A reverse foreign key, many-to-many or generic relation."""

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
                raise field_not_loaded(instance, attname)
        return data[attname]


class DeferredKey(Settable, Deferred):
    """The column of a foreign key: setting it drops the related object that was loaded."""


class DeferredValue(DeferredKey):
    """A column whose field makes something else of the value, as files do."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is not None:
            super().__get__(instance, owner)
        return self.stock.__get__(instance, owner) if instance is not None else self
