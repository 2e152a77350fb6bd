"""
The errors that are vinyl's own.

Failures of a database come out as Django's classes (`django.db.IntegrityError`, ...) with the
driver's error as `__cause__`. The classes here cover what Django has no class for; each also
derives from the class that a caller would expect to catch.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError

try:
    from django.core.exceptions import ObjectNotUpdated  # pyright: ignore[reportAssignmentType]
except ImportError:  # Django 5.2

    class ObjectNotUpdated(Exception):  # type: ignore[no-redef]
        """Stand in for the class that Django has from 6.0 on."""


__all__ = [
    "ConfigurationError",
    "DeadlineExceeded",
    "MissingDriver",
    "NotEvaluated",
    "NotLoaded",
    "NotUpdated",
    "PoolClosed",
    "PoolTimeout",
    "VinylError",
    "WrongMode",
]


class VinylError(Exception):
    """Base of all errors that are vinyl's own."""


class ConfigurationError(VinylError, ImproperlyConfigured):
    """What `vinyl.configure()`, a database's URL, an app label or a command says cannot be."""


class WrongMode(VinylError, TypeError):
    """Code of one mode was used in the other."""


class NotEvaluated(VinylError):
    """
    A queryset of the async twin was used as a sequence before it was evaluated.

    No TypeError: templates swallow that, and would print nothing instead of failing.
    """


class NotLoaded(VinylError):
    """
    A relation or field that is not in memory was touched where no query may run.

    Deliberately neither an AttributeError nor a KeyError: templates and serializers swallow
    those, and would print nothing instead of failing.

    `name` was touched on an object of `model`; `path` is its lookup from the model that was
    queried, where the object came along with others.
    """

    def __init__(
        self, message: str, *, model: type | None = None, name: str = "", path: str = ""
    ) -> None:
        super().__init__(message)
        self.model = model
        self.name = name
        self.path = path or name

    def __reduce__(self) -> tuple[Any, ...]:
        return (_not_loaded, (type(self), self.args[0], self.model, self.name, self.path))


def _not_updated(origin: tuple[str, str, bool], args: tuple[Any, ...]) -> Any:
    from vinyl.pickling import model_class

    return model_class(*origin).NotUpdated(*args)


def _not_loaded(
    error: type[NotLoaded], message: str, model: type | None, name: str, path: str
) -> NotLoaded:
    return error(message, model=model, name=name, path=path)


class NotUpdated(VinylError, ObjectNotUpdated, DatabaseError):
    """
    An UPDATE of one object hit no row.

    Each model has its own subclass, `Model.vinyl.model.NotUpdated`, which from Django 6.0 on is
    a subclass of that model's `NotUpdated`, too.
    """

    # App label, model name and mode; a model's own subclass has them, and no module to be found in.
    origin: tuple[str, str, bool] | None = None

    def __reduce__(self) -> Any:
        if self.origin is None:
            return super().__reduce__()
        return _not_updated, (self.origin, self.args)


class DeadlineExceeded(VinylError, TimeoutError):
    """A block took longer than `vinyl.deadline()` allows."""


class MissingDriver(VinylError, ImproperlyConfigured):
    """The driver of a database is not installed."""


class PoolTimeout(VinylError, TimeoutError):
    """No connection of a pool became free in time."""


class PoolClosed(VinylError, InterfaceError):
    """A pool was used after it had been closed."""
