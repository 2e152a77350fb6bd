"""The manager: `Model.vinyl`, and the managers of relations to many."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models.manager import BaseManager

from vinyl._async.queryset import QuerySet
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect
from vinyl._runtime._async.manager import Evaluation
from vinyl.plans.prefetching import Asking, Relation, evaluated
from vinyl.sql.building import building
from vinyl.sql.getting import the_one
from vinyl.sql.rows import loader
from vinyl.sql.statements import Statement, key_of, prepare, remember


class Manager(Evaluation, BaseManager.from_queryset(QuerySet)):  # type: ignore[misc]
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
            if statement is None:
                return await self.get_queryset().get(**kwargs)
            params = statement.bind(kwargs.values())
        except EmptyResultSet:
            return the_one(self.model, [])
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

    def get_queryset(self) -> Any:
        """Return the related objects as a queryset of this twin."""
        return self._twin.native(super().get_queryset())  # type: ignore[misc]

    def prefetched(self, instances: list[Any], given: list[Any] | None) -> Asking:
        """Query the related objects of many instances; `given` are the querysets to use."""
        queryset = self._twin.native(given[0]) if given else RelatedManager.get_queryset(self)
        with building():
            queryset, *how = self.get_prefetch_querysets(instances, [queryset._chain()])  # type: ignore[attr-defined]
        queryset._result_cache = None
        objects, more = yield from evaluated(queryset)
        relation = Relation(*how)
        if self._joins_back():
            field = self.field  # type: ignore[attr-defined]
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
            held = self._apply_rel_filters(held)  # type: ignore[attr-defined]
        held._result_cache = objects
        held._prefetch_done = True
        return held

    def queried(self) -> Any:
        """Return the related objects as a queryset that has not been evaluated."""
        return self._apply_rel_filters(RelatedManager.get_queryset(self))  # type: ignore[attr-defined]
