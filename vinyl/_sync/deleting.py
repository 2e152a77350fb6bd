# Generated from vinyl/_async/deleting.py by `python tools/unasync_build.py`; never edit.
"""Delete objects with all that hangs on them."""

from __future__ import annotations

from typing import Any

from django.db.models.deletion import ProtectedError, RestrictedError

from vinyl._runtime._sync.databases import door
from vinyl._sync.running import run, write
from vinyl.plans.deletion import Collector, Deleted, tell_as_of_twin


def delete(objs: Any, origin: Any, twin: Any, using: str, *, keep_parents: bool = False) -> Deleted:
    """
    Delete instances of Django's, or the rows of a queryset of Django's.

    What is in the way of that is told as objects of the twin.
    Returns: the number of objects deleted, and the numbers by model label.
    Raises: ProtectedError, RestrictedError.
    """
    connection = door(using)
    collector = Collector(connection, origin)
    if hasattr(objs, "using"):
        objs = objs.using(connection.vinyl_door)
    try:
        run(collector.collecting(objs, keep_parents=keep_parents), using)
    except (ProtectedError, RestrictedError) as error:
        tell_as_of_twin(error, twin)
        raise
    return write(collector.deleting(), using, atomically=not collector.is_single_statement())
