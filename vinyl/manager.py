"""`VinylManager`: the one line in a model that turns vinyl on."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from vinyl import checks  # noqa: F401  # Registers them.
from vinyl.conf import check_configured
from vinyl.mode import is_async
from vinyl.model import VinylModel
from vinyl.twins import twin


class VinylManager:
    """
    Stand for the managers of both twins: `Model.vinyl` is the one of the mode of the moment.

    It is none of Django's managers: `objects` and `_default_manager` stay as they are. Like
    any attribute, it is inherited from abstract and concrete parents.

    - `model`: a subclass of VinylModel (or its dotted path) with methods for the objects.
    - `sync_model`: its sync twin, where `model` is written in async style.
    - `queryset`: a QuerySet class of the user's, whose methods come along.

    Raises: TypeError for a class of another kind; ConfigurationError where nothing has said yet
    which databases there are.
    """

    def __init__(
        self,
        *,
        model: type[VinylModel] | str | None = None,
        sync_model: type[VinylModel] | str | None = None,
        queryset: type[QuerySet[Any, Any]] | None = None,
    ) -> None:
        check_configured()
        for given in (model, sync_model):
            if given is not None and not isinstance(given, str):
                _check_subclass(given, VinylModel)
        if queryset is not None:
            _check_subclass(queryset, QuerySet)
        self.model = model
        self.sync_model = sync_model
        self.queryset = queryset
        self.name = ""

    def contribute_to_class(self, cls: type[Model], name: str) -> None:
        """Put the manager on a model; called by Django."""
        self.name = name
        setattr(cls, name, self)
        cls._vinyl_manager = self  # type: ignore[attr-defined]

    def __get__(self, instance: Any, owner: type[Model]) -> Any:
        if instance is not None:
            raise AttributeError(
                f"Manager isn't accessible via {owner.__name__} instances; write "
                f"{owner.__name__}.{self.name}."
            )
        meta = owner._meta
        if meta.abstract:
            raise AttributeError(f"Manager isn't available; {meta.object_name} is abstract")
        if meta.swapped:
            raise AttributeError(
                f"Manager isn't available; '{meta.label}' has been swapped for '{meta.swapped}'"
            )
        return twin(is_async()).manager_of(self, meta.model)

    def custom_class(self, in_async: bool) -> type[VinylModel] | None:
        """Return the user's class for the objects of a mode, or None."""
        given = self.model if in_async or self.sync_model is None else self.sync_model
        if not isinstance(given, str):
            return given
        found = import_string(given)
        _check_subclass(found, VinylModel, given)
        custom: type[VinylModel] = found
        return custom


def _check_subclass(given: Any, base: type, path: str = "") -> None:
    if not isinstance(given, type) or not issubclass(given, base):
        told = f"{path!r}, which is {given!r}" if path else repr(given)
        raise TypeError(f"VinylManager takes a subclass of {base.__name__}, not {told}.")
