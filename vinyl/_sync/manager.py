# Generated from vinyl/_async/manager.py by `python tools/unasync_build.py`; never edit.
"""The manager: `Model.vinyl`, and the managers of relations to many."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models.manager import BaseManager

from vinyl._runtime._sync.connection import connections
from vinyl._runtime._sync.databases import dialect
from vinyl._runtime._sync.manager import Evaluation
from vinyl._sync.queryset import QuerySet
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

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """
        Return the one object that matches.

        Raises: Model.DoesNotExist, Model.MultipleObjectsReturned.
        """
        key = None if args or not self.is_plain else key_of(self.model, kwargs)
        if key is None:
            return self.get_queryset().get(*args, **kwargs)
        using = self.db
        connection = dialect(using)
        statements = connection.vinyl_statements
        try:
            if key not in statements:
                remember(statements, key, self._prepared(connection, using, kwargs))
            statement = statements[key]
            if statement is None:
                return self.get_queryset().get(**kwargs)
            params = statement.bind(kwargs.values())
        except EmptyResultSet:
            return the_one(self.model, [])
        result = connections[using].execute(statement.sql, params)
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

    def queried(self) -> Any:
        """Return the related objects as a queryset that has not been evaluated."""
        return self._apply_rel_filters(RelatedManager.get_queryset(self))  # type: ignore[attr-defined]
