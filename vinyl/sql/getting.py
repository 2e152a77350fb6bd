"""What get() makes of the rows it found."""

from __future__ import annotations

from typing import Any

# Enough rows to tell one from many, and to say about how many.
MAX_GET_RESULTS = 21


def the_one(model: Any, found: list[Any]) -> Any:
    """
    Return the only object.

    Raises: Model.DoesNotExist, Model.MultipleObjectsReturned.
    """
    if len(found) == 1:
        return found[0]
    name = model._meta.object_name
    if not found:
        raise model.DoesNotExist(f"{name} matching query does not exist.")
    most = MAX_GET_RESULTS - 1
    number = len(found) if len(found) <= most else f"more than {most}"
    raise model.MultipleObjectsReturned(
        f"get() returned more than one {name} -- it returned {number}!"
    )
