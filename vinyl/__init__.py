"""vinyl: Django's models, natively asynchronous, with a synchronous twin of the same API."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vinyl.capturing import CaptureQueries
    from vinyl.deadlines import deadline
    from vinyl.exceptions import (
        ConfigurationError,
        DeadlineExceeded,
        MissingDriver,
        NotEvaluated,
        NotLoaded,
        NotUpdated,
        PoolClosed,
        PoolTimeout,
        VinylError,
        WrongMode,
    )
    from vinyl.fetch_modes import FETCH_ONE, FETCH_PEERS, FETCH_RAISE, FetchBlocked
    from vinyl.handles import connection, connections
    from vinyl.mode import async_mode, is_async, set_async
    from vinyl.model import VinylModel
    from vinyl.prefetching import prefetch_related_objects
    from vinyl.standalone.configuring import configure
    from vinyl.tables import create_tables
    from vinyl.transaction import atomic, get_rollback, on_commit, set_rollback
    from vinyl.typing import VinylManager

_HOMES = {
    "CaptureQueries": "capturing",
    "ConfigurationError": "exceptions",
    "FETCH_ONE": "fetch_modes",
    "FETCH_PEERS": "fetch_modes",
    "FETCH_RAISE": "fetch_modes",
    "FetchBlocked": "fetch_modes",
    "DeadlineExceeded": "exceptions",
    "configure": "standalone.configuring",
    "connection": "handles",
    "create_tables": "tables",
    "deadline": "deadlines",
    "connections": "handles",
    "MissingDriver": "exceptions",
    "NotEvaluated": "exceptions",
    "NotLoaded": "exceptions",
    "NotUpdated": "exceptions",
    "PoolClosed": "exceptions",
    "PoolTimeout": "exceptions",
    "VinylError": "exceptions",
    "WrongMode": "exceptions",
    "VinylManager": "manager",
    "async_mode": "mode",
    "is_async": "mode",
    "set_async": "mode",
    "VinylModel": "model",
    "atomic": "transaction",
    "get_rollback": "transaction",
    "on_commit": "transaction",
    "prefetch_related_objects": "prefetching",
    "set_rollback": "transaction",
}

__all__ = [
    "FETCH_ONE",
    "FETCH_PEERS",
    "FETCH_RAISE",
    "CaptureQueries",
    "ConfigurationError",
    "DeadlineExceeded",
    "FetchBlocked",
    "MissingDriver",
    "NotEvaluated",
    "NotLoaded",
    "NotUpdated",
    "PoolClosed",
    "PoolTimeout",
    "VinylError",
    "VinylManager",
    "VinylModel",
    "WrongMode",
    "async_mode",
    "atomic",
    "configure",
    "connection",
    "connections",
    "create_tables",
    "deadline",
    "get_rollback",
    "is_async",
    "on_commit",
    "prefetch_related_objects",
    "set_async",
    "set_rollback",
]


def __getattr__(name: str) -> Any:
    # Only on demand: a settings module may import vinyl before Django is configured.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"vinyl.{_HOMES[name]}"), name)
