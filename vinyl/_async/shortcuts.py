"""What stands between a view and its objects."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _


async def get_object_or_404(queryset: Any, args: Any, kwargs: Any) -> Any:
    """Return the one object that matches. Raises: Http404, Model.MultipleObjectsReturned."""
    try:
        return await queryset.get(*args, **kwargs)
    except queryset.model.DoesNotExist:
        raise not_found(queryset) from None


async def get_list_or_404(queryset: Any, args: Any, kwargs: Any) -> list[Any]:
    """Return the objects that match as a list. Raises: Http404 where there are none."""
    matching = queryset.filter(*args, **kwargs)
    await matching._evaluate()
    if not matching._result_cache:
        raise not_found(queryset)
    return list(matching._result_cache)


def not_found(queryset: Any) -> Http404:
    """Return the error for a query that nothing matches."""
    return Http404(_("No %s matches the given query.") % queryset.model._meta.object_name)
