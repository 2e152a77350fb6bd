"""`vinyl.connections` and `vinyl.connection`, for the mode of the moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from vinyl.twins import runtime


class Connections:
    """The connections by alias."""

    def __getitem__(self, alias: str) -> Any:
        return runtime("connection").connections[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(runtime("connection").connections)

    def close(self) -> Any:
        """
        Close the connections: the pools of the running event loop, to be awaited, in the async
        mode; Django's of this thread in the sync mode.
        """
        return runtime("connection").connections.close()


class DefaultConnection:
    """The connection of the default alias."""

    def __getattr__(self, name: str) -> Any:
        return getattr(connections[DEFAULT_DB_ALIAS], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(connections[DEFAULT_DB_ALIAS], name, value)


connections = Connections()
connection = DefaultConnection()
