"""What may be given where objects are asked for: a model, a manager, a queryset. No I/O."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.manager import BaseManager

from vinyl.mode import is_async
from vinyl.stock import Model
from vinyl.twins import twin


def twin_for(given: Any) -> Any:
    """Return the twin that a queryset or manager belongs to; for Django's, that of the mode."""
    for owner in (given, getattr(given, "model", None)):
        if (found := getattr(owner, "_twin", None)) is not None:
            return found
    return twin(is_async())


def native_queryset(given: Any) -> Any | None:
    """
    Return the queryset of a twin for a model, a manager or a queryset; None for all else.

    A model stands for its `vinyl` manager, or for its default manager where it has none.
    """
    if isinstance(given, type) and issubclass(given, Model):
        manager = getattr(given, "_vinyl_manager", None)
        given = given._default_manager if manager is None else manager
    if not isinstance(given, BaseManager | QuerySet):
        return None
    return twin_for(given).native(given)
