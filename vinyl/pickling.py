"""What pickle calls to make vinyl's objects and querysets anew, whose classes have no module."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from vinyl.twins import twin


def model_class(app_label: str, model_name: str, is_async: bool) -> Any:
    """Return the class of a model's objects in a mode."""
    return twin(is_async).model_of(apps.get_model(app_label, model_name))


def new_object(app_label: str, model_name: str, is_async: bool) -> Any:
    """Make the empty object that pickle fills."""
    model = model_class(app_label, model_name, is_async)
    return model.__new__(model)


def new_queryset(app_label: str, model_name: str, is_async: bool, stock_class: type[Any]) -> Any:
    """Make the empty queryset that pickle fills; `stock_class` is Django's or the user's."""
    side = twin(is_async)
    model = side.model_of(apps.get_model(app_label, model_name))
    return side.queryset_class(stock_class)(model)


def new_raw_queryset(app_label: str, model_name: str, is_async: bool) -> Any:
    """Make the empty result of raw() that pickle fills."""
    queryset = new_queryset(app_label, model_name, is_async, QuerySet)
    return queryset.raw("", using=DEFAULT_DB_ALIAS)
