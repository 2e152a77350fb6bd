"""What pickle calls to make vinyl's objects and querysets anew, whose classes have no module."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from vinyl.twins import twin


def new_object(app_label: str, model_name: str, is_async: bool) -> Any:
    """Make the empty object that pickle fills."""
    model = twin(is_async).model_of(apps.get_model(app_label, model_name))
    return model.__new__(model)


def new_queryset(app_label: str, model_name: str, is_async: bool, stock_class: type[Any]) -> Any:
    """Make the empty queryset that pickle fills; `stock_class` is Django's or the user's."""
    side = twin(is_async)
    model = side.model_of(apps.get_model(app_label, model_name))
    return side.queryset_class(stock_class)(model)
