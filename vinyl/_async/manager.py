"""The manager: `Model.vinyl`, and the managers of relations to many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import router

from vinyl._async.queryset import QuerySet
from vinyl._async.running import run
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect
from vinyl._runtime._async.manager import Evaluation
from vinyl.plans.contenttypes import content_type_of, knows_type_of
from vinyl.plans.prefetching import Asking, Relation, evaluated
from vinyl.routing import Routed
from vinyl.sql.building import building
from vinyl.sql.getting import the_one
from vinyl.sql.rows import loader
from vinyl.sql.statements import Statement, key_of, prepare, remember
from vinyl.stock import BaseManager


class Manager(Routed, Evaluation, BaseManager.from_queryset(QuerySet)):  # type: ignore[misc]
    """
    What `Model.vinyl` gives: every method of the queryset, and the class of the objects.

    Called, it makes a new object, which is not inserted yet.
    """

    model: Any
    # Whether the querysets do as Django's do, so that get() may use the statement cache.
    is_plain = True

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        """
        Return the one object that matches.

        Raises: Model.DoesNotExist, Model.MultipleObjectsReturned.
        """
        key = None if args or not self.is_plain else key_of(self.model, kwargs)
        if key is None:
            return await self.get_queryset().get(*args, **kwargs)
        using = self.db
        connection = await dialect(using)
        statements = connection.vinyl_statements
        try:
            if key not in statements:
                remember(statements, key, self._prepared(connection, using, kwargs))
            statement = statements[key]
            params = None if statement is None else statement.bind(kwargs)
        except EmptyResultSet:
            return the_one(self.model, [])
        if statement is None or params is None:
            return await self.get_queryset().get(**kwargs)
        result = await connections[using].execute(statement.sql, params)
        return the_one(self.model, statement.load(result.rows))

    def _prepared(self, connection: Any, using: str, kwargs: dict[str, Any]) -> Statement | None:
        queryset = self.get_queryset()._for_get((), kwargs)
        compiler = queryset.query.get_compiler(connection=connection)
        class_of = self.model._twin.model_of
        return prepare(compiler, kwargs, lambda: loader(queryset, compiler, class_of, using))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make a new object of these values."""
        return self.model(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.model.__name__}>"


class RelatedManager(Evaluation):
    """
    What a manager of a relation to many adds to Django's.

    It is put before Django's class, whose methods build on `get_queryset()`.
    """

    _twin: Any
    # What Django's class has; `field` only where an object belongs to one other.
    field: Any
    get_prefetch_querysets: Callable[..., Any]
    _apply_rel_filters: Callable[[Any], Any]

    def get_queryset(self) -> Any:
        """Return the related objects as a queryset of this twin."""
        return self._twin.native(super().get_queryset())  # type: ignore[misc]

    def prefetched(self, instances: list[Any], given: list[Any] | None) -> Asking:
        """Query the related objects of many instances; `given` are the querysets to use."""
        queryset = self._twin.native(given[0]) if given else RelatedManager.get_queryset(self)
        with building():
            queryset, *how = self.get_prefetch_querysets(instances, [queryset._chain()])
        queryset._result_cache = None
        objects, more = yield from evaluated(queryset)
        relation = Relation(*how)
        if self._joins_back():
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


class GenericManager:
    """
    A manager of a generic relation that is made with no query.

    Django's asks for the content type when it is made. Where that is not in Django's cache, the
    objects are found by what the type says, over a join.
    """

    _rel: Any
    _made: type[Any]

    def __init__(self, instance: Any) -> None:
        field = self._rel.field
        if knows_type_of(instance, field.for_concrete_model):
            super().__init__(instance)  # type: ignore[call-arg]
            return
        super(self._made, self).__init__()
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

    async def _learn_type(self) -> None:
        """Read the content type, which new objects need."""
        if self.content_type is None:
            using = router.db_for_write(self.model, instance=self.instance)
            field = self._rel.field
            plan = content_type_of(await dialect(using), self.instance, field.for_concrete_model)
            self.content_type = await run(plan, using)

    async def create(self, **kwargs: Any) -> Any:
        """Make an object of these values that belongs to this one, and insert it."""
        await self._learn_type()
        return await super().create(**kwargs)  # type: ignore[misc]

    async def get_or_create(self, **kwargs: Any) -> Any:
        """Return the object that matches and False, or a new one and True."""
        await self._learn_type()
        return await super().get_or_create(**kwargs)  # type: ignore[misc]

    async def update_or_create(self, **kwargs: Any) -> Any:
        """Update the object that matches and return it with False, or a new one with True."""
        await self._learn_type()
        return await super().update_or_create(**kwargs)  # type: ignore[misc]
