"""
Names for annotations, and what type checkers are told of `Model.vinyl`.

A checker cannot know the mode. `vinyl.VinylManager` is typed for the async one, in which
forgetting `await` is the likely mistake; where code is synchronous, write `SyncVinylManager` in
the model, or `sync(Model.vinyl)` where it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from vinyl._async.typed import ExtendedManager as ExtendedAsyncManager
from vinyl._async.typed import Manager as AsyncManager
from vinyl._async.typed import QuerySet as AsyncQuerySet
from vinyl._async.typed import RelatedManager as AsyncRelatedManager
from vinyl._sync.typed import ExtendedManager as ExtendedSyncManager
from vinyl._sync.typed import Manager as SyncManager
from vinyl._sync.typed import QuerySet as SyncQuerySet
from vinyl._sync.typed import RelatedManager as SyncRelatedManager

if TYPE_CHECKING:
    from django.db import models

    from vinyl._async.typed import VinylManager
    from vinyl._sync.typed import VinylManager as SyncVinylManager
    from vinyl.model import VinylModel

    class Model(VinylModel, models.Model):
        """
        Django's Model, to derive from where checkers shall know `insert()`, `update()`, ...

        The methods whose results depend on the mode give Any. When the program runs, it is
        django.db.models.Model itself.
        """

        class Meta:
            """No table of its own."""

            abstract = True

else:
    from django.db.models import Model

    from vinyl.manager import VinylManager

    SyncVinylManager = VinylManager

__all__ = [
    "AsyncManager",
    "AsyncQuerySet",
    "AsyncRelatedManager",
    "Model",
    "SyncManager",
    "SyncQuerySet",
    "SyncRelatedManager",
    "SyncVinylManager",
    "VinylManager",
    "sync",
]

ModelT = TypeVar("ModelT")


@overload
def sync(manager: AsyncManager[ModelT]) -> SyncManager[ModelT]: ...
@overload
def sync(manager: ExtendedAsyncManager[ModelT]) -> ExtendedSyncManager[ModelT]: ...
def sync(manager: Any) -> Any:
    """Return `Model.vinyl` as it is; tell type checkers that the mode is the sync one."""
    return manager
