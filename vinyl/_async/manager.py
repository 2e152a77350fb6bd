"""The manager: `Model.vinyl`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet

from vinyl._async.queryset import QuerySet
from vinyl._runtime._async.connection import connections
from vinyl._runtime._async.databases import dialect
from vinyl._runtime._async.manager import Evaluation
from vinyl.bridging import from_django
from vinyl.routing import Routed
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

    def from_django(self, instance: Any) -> Any:
        """
        Return a copy of an instance as an object of this twin, with all that is loaded.

        Takes instances of the user's own class, and objects of either twin. Raises: TypeError.
        """
        return from_django(self.model._twin, self.model, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make a new object of these values."""
        return self.model(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.model.__name__}>"
