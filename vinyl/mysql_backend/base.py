"""Django's backend for MySQL and MariaDB under vinyl's name, to give vinyl settings of its own."""

from __future__ import annotations

from typing import Any

from django.db.backends.mysql import base

__all__ = ["DatabaseWrapper"]


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's; it may connect by an entry that is for the async twin, as its commands do."""

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's, less the options of the async twin's pools."""
        params: dict[str, Any] = super().get_connection_params()
        params.pop("pool", None)
        return params
