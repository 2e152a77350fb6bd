"""The objects: explicit writes, and relations that are loaded, awaited or queried."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import router

from vinyl._async.contenttypes import resolve_types
from vinyl._async.deleting import delete
from vinyl._async.running import write
from vinyl._runtime._async.databases import door
from vinyl._runtime._async.model import Awaiting
from vinyl._runtime._async.naming import with_django_names
from vinyl._runtime._async.replaying import answered, in_steps
from vinyl.bridging import as_django
from vinyl.marking import alters_data
from vinyl.model import VinylModel
from vinyl.pickling import new_object
from vinyl.plans.deletion import Deleted, forget_keys_of_parents
from vinyl.plans.refreshing import forget_prefetched, names_to_load, peers_to_load, take_over
from vinyl.plans.saving import agree_on_keys, insert, needs_atomic, update_object
from vinyl.plans.states import States
from vinyl.plans.validating import (
    cleaning_fields,
    deferred_to_clean,
    name_object,
    repeatable,
    stock_view,
)
from vinyl.relations import loaded, relation_named
from vinyl.stock import Model as DjangoModel


@with_django_names(
    DjangoModel,
    not_native=("save_base",),
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
        await resolve_types(self._meta.model, using, [self])
        before = States([self])
        try:
            await write(insert(connection, self), using, atomically=needs_atomic(self._meta.model))
        except BaseException:
            # No row is there: neither are the keys that some of the tables gave.
            before.put_back()
            raise
        self._state.db = using
        self._state.adding = False

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
        if self._state.adding:
            agree_on_keys(self, self._meta.concrete_model)
        if not self._is_pk_set():
            raise ValueError(
                f"This {self._meta.object_name} has no primary key, so there is no row to "
                "update. To make one: await obj.insert()."
            )
        fields = [field for field in self._meta.concrete_fields if field.attname in names]
        self._prepare_related_fields_for_save(operation_name="save", fields=fields)
        using = using or router.db_for_write(self._meta.model, instance=self)
        await self._update_columns(names, using, whole=update_fields is None)

    async def _update_columns(
        self: Any, names: Collection[str], using: str, *, whole: bool
    ) -> None:
        connection = await door(using)
        await resolve_types(self._meta.model, using, [self])
        plan = update_object(connection, self, names, lambda: self._not_updated(whole), whole=whole)
        if not await write(plan, using, atomically=needs_atomic(self._meta.model)):
            raise self._not_updated(whole)
        self._state.db = using
        self._state.adding = False

    def _not_updated(self: Any, whole: bool) -> Exception:
        what = "Save" if whole else "Save with update_fields"
        error: Exception = self.NotUpdated(
            f"{what} did not affect any rows. No row of {self._meta.label} has the primary "
            f"key {self.pk!r}: nothing was updated. To make one: await obj.insert()."
        )
        return error

    def _loaded_names(self: Any) -> set[str]:
        keys = {field.attname for field in self._meta.pk_fields}
        loaded = self.__dict__.keys() - keys
        return {f.attname for f in self._meta.concrete_fields if f.attname in loaded}

    def _updatable(self: Any, name: str) -> str:
        """Return the attribute of a column. Raises: ValueError for what is none."""
        try:
            field = self._meta.pk if name == "pk" else self._meta.get_field(name)
        except FieldDoesNotExist:
            field = None
            for candidate in self._meta.concrete_fields:
                if candidate.attname == name:
                    field = candidate
        if field is self._meta.pk or field in getattr(field, "model", self)._meta.pk_fields:
            raise _not_updatable(name, f"The primary key {name!r} of an object cannot be updated.")
        if field is None or not field.concrete or field.many_to_many:
            names = sorted({f.name for f in self._meta.concrete_fields if not f.generated})
            raise _not_updatable(
                name,
                f"{self._meta.object_name} has no column {name!r} to update. Choose from: "
                f"{', '.join(names)}.",
            )
        if field.generated:
            raise ValueError(f"The database generates {name!r}; it cannot be updated.")
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
        deleted = await delete(
            [stock_view(self)], self, self._twin, using, keep_parents=keep_parents
        )
        if not keep_parents:
            forget_keys_of_parents(self)
        setattr(self, self._meta.pk.attname, None)
        return deleted

    async def refresh_from_db(
        self: Any,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: Any = None,
    ) -> None:
        """
        Read the object again: these fields, by default all that are loaded.

        Under FETCH_PEERS, one query loads fields that were left out for all objects of the query.
        Raises: Model.DoesNotExist where the row is gone.
        """
        names = forget_prefetched(self, fields)
        if names is not None and not names:
            return
        alike = peers_to_load(self, names) if using is None and from_queryset is None else []
        if alike and await self._load_for(alike, names):
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

    async def _load_for(self: Any, peers: list[Any], names: set[str]) -> bool:
        """Read fields of many objects whose rows are there; tell whether this one's is."""
        manager = self._meta.model._base_manager
        queryset = self._twin.native(manager.using(self._state.db).all()).only(*names)
        found = await queryset.in_bulk([peer.pk for peer in peers])
        for peer in peers:
            if (fresh := found.get(peer.pk)) is not None:
                take_over(peer, fresh, names)
        return self.pk in found

    def as_django(self) -> Any:
        """Return a copy as an instance of the user's own class, with all that is loaded."""
        return as_django(self)

    async def full_clean(
        self: Any,
        exclude: Iterable[str] | None = None,
        validate_unique: bool = True,
        validate_constraints: bool = True,
    ) -> None:
        """
        Run clean_fields(), clean(), validate_unique() and validate_constraints(), each once.

        Raises: ValidationError with all that they found.
        """
        await in_steps(
            self,
            super().full_clean,
            exclude=exclude,
            validate_unique=validate_unique,
            validate_constraints=validate_constraints,
        )

    async def clean_fields(self: Any, exclude: Collection[str] | None = None) -> None:
        """
        Clean the values of all fields, and ask whether the rows that they refer to are there.

        Fields that were left out by only() or defer() are read first.
        Raises: ValidationError.
        """
        if deferred := deferred_to_clean(self, exclude):
            await self.refresh_from_db(fields=deferred)
        view = stock_view(self)
        errors: dict[str, Any] = {}
        calls = cleaning_fields(view, exclude)
        for call in calls:
            try:
                await answered(call)
            except ValidationError as error:
                name_object(error, view, self)
                if len(calls) == 1:
                    raise
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    async def validate_unique(self: Any, exclude: Collection[str] | None = None) -> None:
        """
        Ask whether another row has the values that must be unique.

        Raises: ValidationError.
        """
        view = stock_view(self)
        await self._validated(view, lambda: view.validate_unique(exclude=exclude))

    async def validate_constraints(self: Any, exclude: Collection[str] | None = None) -> None:
        """
        Ask whether the object would break one of the constraints in the model's Meta.

        Raises: ValidationError.
        """
        view = stock_view(self)
        await self._validated(view, lambda: view.validate_constraints(exclude=exclude))

    async def _validated(self: Any, view: Any, call: Callable[[], None]) -> None:
        try:
            await answered(repeatable(view, call))
        except ValidationError as error:
            name_object(error, view, self)
            raise

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


def _not_updatable(name: str, advice: str) -> ValueError:
    """Return Django's error for a name in update_fields, with what to do about it."""
    return ValueError(
        "The following fields do not exist in this model, are m2m fields, primary keys, or are "
        f"non-concrete fields: {name}. {advice}"
    )
