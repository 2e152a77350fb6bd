"""`vinyl.prefetch_related_objects`, for the mode of the moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vinyl.mode import is_async
from vinyl.twins import twin


def prefetch_related_objects(instances: Iterable[Any], *lookups: Any) -> Any:
    """
    Load relations of objects that have been read already, one query a relation.

    What is loaded stays. Awaited in the async mode.
    Django: django.db.models.prefetch_related_objects().
    """
    return twin(is_async()).prefetch(list(instances), lookups)
