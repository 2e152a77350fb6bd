"""The objects: explicit writes, and relations that are loaded, awaited or queried."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import router

from vinyl._async.deleting import delete
from vinyl._async.running import run, write
from vinyl._runtime._async.databases import door
from vinyl._runtime._async.model import Awaiting
from vinyl._runtime._async.naming import with_django_names
from vinyl.marking import alters_data
from vinyl.model import VinylModel
from vinyl.pickling import new_object
from vinyl.plans.contenttypes import resolve_type
from vinyl.plans.deletion import Deleted
from vinyl.plans.refreshing import forget_prefetched, names_to_load, take_over
from vinyl.plans.saving import insert, needs_atomic, update_object
from vinyl.relations import loaded, relation_named
from vinyl.stock import Model as DjangoModel


@with_django_names(
    DjangoModel,
    not_native=(
        "_get_next_or_previous_by_FIELD",
        "_get_next_or_previous_in_order",
        "save_base",
        "validate_constraints",
        "validate_unique",
    ),
)
class Model(Awaiting, VinylModel):
    """
    What an object of vinyl's adds to the user's model.

    Writes are explicit: insert() inserts, update() and save() update; no signals are sent.
    """

    _twin: Any
    NotUpdated: type[Exception]

    @classmethod
    def check(cls: Any, **kwargs: Any) -> list[Any]:
        """Return what Django's checks find in the user's model."""
        found: list[Any] = cls._meta.model.check(**kwargs)
        return found

    @alters_data
    async def insert(self: Any, *, using: str | None = None) -> None:
        """
        INSERT the object, in all tables of its model.

        Raises: IntegrityError, ValueError for an unsaved related object.
        """
        self._prepare_related_fields_for_save(operation_name="save")
        using = using or router.db_for_write(self._meta.model, instance=self)
        connection = await door(using)
        await self._resolve_types(connection)
        before = self.__dict__.copy()
        try:
            await write(insert(connection, self), using, atomically=needs_atomic(self._meta.model))
        except BaseException:
            # No row is there: neither are the keys that some of the tables gave.
            self.__dict__.clear()
            self.__dict__.update(before)
            raise
        self._state.db = using
        self._state.adding = False

    async def _resolve_types(self: Any, connection: Any) -> None:
        """Fill the content types of generic relations that were assigned before they were known."""
        for field in self._meta.private_fields:
            if hasattr(field, "ct_field"):
                await run(resolve_type(connection, self, field), connection.alias)

    @alters_data
    async def update(self: Any, /, **values: Any) -> None:
        """
        Set these attributes and UPDATE their columns; with none given, all that are loaded.

        Raises: Model.NotUpdated where the row is gone.
        """
        for name in values:
            self._updatable(name)
        for name, value in values.items():
            setattr(self, name, value)
        await self.save(update_fields=values or None)

    @alters_data
    async def save(
        self: Any, *, update_fields: Iterable[str] | None = None, using: str | None = None
    ) -> None:
        """
        UPDATE the columns of these fields, by default all that are loaded; never INSERT.

        Raises: Model.NotUpdated where the row is gone, ValueError for an unsaved related object
        or a name that is no column.
        """
        if update_fields is None:
            names = self._loaded_names()
        else:
            names = {self._updatable(name) for name in update_fields}
            if not names:
                return
        if not self._is_pk_set():
            raise ValueError(
                f"This {self._meta.object_name} has no primary key, so there is no row to "
                "update. To make one: await obj.insert()."
            )
        fields = [field for field in self._meta.concrete_fields if field.attname in names]
        self._prepare_related_fields_for_save(operation_name="save", fields=fields)
        using = using or router.db_for_write(self._meta.model, instance=self)
        await self._update_columns(names, using)

    async def _update_columns(self: Any, names: Collection[str], using: str) -> None:
        connection = await door(using)
        await self._resolve_types(connection)
        plan = update_object(connection, self, names)
        if not await write(plan, using, atomically=needs_atomic(self._meta.model)):
            raise self.NotUpdated(
                f"No row of {self._meta.label} has the primary key {self.pk!r}: nothing was "
                "updated. To make one: await obj.insert()."
            )
        self._state.db = using
        self._state.adding = False

    def _loaded_names(self: Any) -> set[str]:
        keys = {field.attname for field in self._meta.pk_fields}
        loaded = self.__dict__.keys() - keys
        return {f.attname for f in self._meta.concrete_fields if f.attname in loaded}

    def _updatable(self: Any, name: str) -> str:
        """Return the attribute of a column. Raises: ValueError for what is none."""
        try:
            field = self._meta.get_field(name)
        except FieldDoesNotExist:
            field = None
            for candidate in self._meta.concrete_fields:
                if candidate.attname == name:
                    field = candidate
        if field is None or not field.concrete or field.many_to_many:
            names = sorted({f.name for f in self._meta.concrete_fields if not f.generated})
            raise ValueError(
                f"{self._meta.object_name} has no column {name!r} to update. Choose from: "
                f"{', '.join(names)}."
            )
        if field.generated:
            raise ValueError(f"The database generates {name!r}; it cannot be updated.")
        if field in self._meta.pk_fields:
            raise ValueError(f"The primary key {name!r} of an object cannot be updated.")
        return str(field.attname)

    @alters_data
    async def delete(self: Any, *, using: str | None = None, keep_parents: bool = False) -> Deleted:
        """
        DELETE the object with what hangs on it, as the on_delete of each relation says.

        Returns: the number of objects deleted, and the numbers by model label.
        Raises: ProtectedError, RestrictedError, ValueError for an object with no key.
        """
        if not self._is_pk_set():
            raise ValueError(
                f"{self._meta.object_name} object can't be deleted because its "
                f"{self._meta.pk.attname} attribute is set to None."
            )
        using = using or router.db_for_write(self._meta.model, instance=self)
        deleted = await delete([self._stock_view()], self, using, keep_parents=keep_parents)
        setattr(self, self._meta.pk.attname, None)
        return deleted

    def _stock_view(self: Any) -> Any:
        """Return an instance of the user's own class that shares all state with this object."""
        view = self._meta.model.__new__(self._meta.model)
        view.__dict__ = self.__dict__
        return view

    async def refresh_from_db(
        self: Any,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: Any = None,
    ) -> None:
        """
        Read the object again: these fields, by default all that are loaded.

        Raises: Model.DoesNotExist where the row is gone.
        """
        names = forget_prefetched(self, fields)
        if names is not None and not names:
            return
        if from_queryset is None:
            manager = self._meta.model._base_manager
            from_queryset = manager.db_manager(using, hints={"instance": self}).all()
        elif using is not None:
            from_queryset = from_queryset.using(using)
        queryset = self._twin.native(from_queryset).filter(pk=self.pk)
        if only := names_to_load(self, names):
            queryset = queryset.only(*only)
        take_over(self, await queryset.get(), names)

    def __getitem__(self: Any, name: str) -> Any:
        """
        Return the related object, or the list of them, that is loaded; never query.

        Raises: NotLoaded, KeyError for a name that is no relation.
        """
        try:
            relation_named(type(self), name)
        except KeyError:
            own = getattr(super(), "__getitem__", None)
            if own is None:
                raise
            return own(name)
        return loaded(self, name)

    async def R(self: Any, name: str) -> Any:  # noqa: N802
        """
        Query a relation, loaded or not: the related object, or the list of them.

        Raises: KeyError for a name that is no relation.
        """
        relation_named(type(self), name)
        descriptor = getattr(type(self), name)
        if hasattr(descriptor, "fetch"):
            return await descriptor.fetch(self)
        return list(await getattr(self, name).queried())

    def __reduce__(self: Any) -> Any:
        state = super().__reduce__()[2]
        meta = self._meta
        return new_object, (meta.app_label, meta.object_name, self._twin.is_async), state
