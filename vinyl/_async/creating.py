"""Creating one object, also where it may be there already or come from another one meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import IntegrityError, router
from django.db.models.utils import resolve_callables

from vinyl._async.races import retried
from vinyl._async.reading import Reading
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect
from vinyl._runtime._async.transaction import atomic
from vinyl.fetch_modes import FETCH_ONE
from vinyl.marking import alters_data
from vinyl.plans.saving import names_to_save
from vinyl.sql.door import statement_of
from vinyl.sql.races import sql_to_lock
from vinyl.sql.rows import load


class Creating(Reading):
    """A queryset that creates."""

    # What get_or_create() does with a new object in the same transaction; clones have none.
    _after_create: Callable[[Any], Any] | None = None

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
        if not goes_to(using, obj):
            # A router goes by it, if it has no opinion of its own.
            obj._state.db = using
        if goes_to(using, obj):
            await obj.insert()  # A class of the user's may take no arguments.
        else:
            await obj.insert(using=using)
        if self._fetch_mode is not FETCH_ONE:
            obj._state.fetch_mode = self._fetch_mode
        return obj

    @alters_data
    async def get_or_create(
        self, defaults: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, bool]:
        """
        Return the object that matches and False, or a new one and True.

        Where another one inserts it in the meantime, that one is returned.
        """
        self._for_write = True
        outcome: tuple[Any, bool] = await retried(
            lambda again: self._got_or_created(defaults, kwargs), self.db
        )
        return outcome

    async def _got_or_created(
        self, defaults: dict[str, Any] | None, conditions: dict[str, Any]
    ) -> tuple[Any, bool]:
        try:
            return await self.get(**conditions), False
        except self.model.DoesNotExist:
            params = self._extract_model_params(defaults, **conditions)
        try:
            async with atomic(self.db):
                params = dict(resolve_callables(params))
                obj = await self.create(**params)
                if self._after_create is not None:
                    await self._after_create(obj)
                return obj, True
        except IntegrityError:
            # Another one may have inserted it in the meantime.
            found = await self.get_or_none(**conditions)
            if found is None:
                found = await self._committed_since(conditions)
            if found is None:
                raise
            return found, False

    async def _committed_since(self, conditions: dict[str, Any]) -> Any | None:
        """Return the object that is there, though a transaction under MySQL may not see it yet."""
        using = self.db
        connection = await dialect(using)
        if connection.vendor != "mysql" or connection.get_autocommit():
            return None
        clone = self._for_get((), conditions)
        if clone.query.select_for_update:
            return None
        compiler = clone.query.get_compiler(connection=connection)
        if (statement := statement_of(compiler)) is None:
            return None
        sql, params = statement
        # It reads what is committed. The failed INSERT holds the same lock already.
        result = await connections[using].execute(f"{sql} LOCK IN SHARE MODE", params)
        found = load(clone, compiler, result.rows, self.model._twin.model_of, using)
        return found[0] if len(found) == 1 else None

    @alters_data
    async def update_or_create(
        self,
        defaults: dict[str, Any] | None = None,
        create_defaults: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> tuple[Any, bool]:
        """
        Update the object that matches and return it with False, or a new one with True.

        Outside of an atomic block, it is done again where another transaction was faster.
        """
        changes = defaults or {}
        creation = changes if create_defaults is None else create_defaults
        self._for_write = True
        using = self.db

        async def attempt(again: bool) -> tuple[Any, bool]:
            vendor = (await dialect(using)).vendor
            if again and vendor == "mysql":
                # Locking rows that are not there, as below, blocks those who insert them.
                obj, created = await self._got_or_created(creation, kwargs)
                if created:
                    return obj, True
            async with atomic(using):
                if again and vendor == "sqlite":
                    table = (await dialect(using)).ops.quote_name(self.model._meta.db_table)
                    await connections[using].execute(sql_to_lock(table))
                return await self._updated_or_created(changes, creation, kwargs)

        outcome: tuple[Any, bool] = await retried(attempt, using)
        return outcome

    async def _updated_or_created(
        self, changes: dict[str, Any], creation: dict[str, Any], conditions: dict[str, Any]
    ) -> tuple[Any, bool]:
        """Do it in the transaction around."""
        obj, created = await self.select_for_update().get_or_create(creation, **conditions)
        if not created:
            for name, value in resolve_callables(changes):
                setattr(obj, name, value)
            await save_changes(obj, self.db, names_to_save(obj, changes))
        elif self._after_create is not None:
            await self._after_create(obj)
        return obj, created


def goes_to(using: str, obj: Any) -> bool:
    """Tell whether an object is written to a database where it is not said which one."""
    return bool(router.db_for_write(obj._meta.model, instance=obj) == using)


async def save_changes(obj: Any, using: str, names: Iterable[str] | None) -> None:
    """
    UPDATE these columns, None for all, by the methods that a class of the user's may override.

    update() calls save(), so that either may be; it cannot be told of another database.
    """
    if not goes_to(using, obj) or (names is not None and not names):
        await obj.save(using=using, update_fields=names)
        return
    fields = map(obj._meta.get_field, names or ())
    # A time that is set at each save need not be loaded.
    await obj.update(**{field.attname: obj.__dict__.get(field.attname) for field in fields})
