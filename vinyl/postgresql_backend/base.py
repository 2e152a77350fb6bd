"""Django's backend for PostgreSQL under vinyl's name, to give vinyl settings of its own."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from vinyl.conf import PREFIX

__all__ = ["DatabaseWrapper"]


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's; it may connect by an entry that is for the async twin, as its commands do."""

    @property
    def pool(self) -> Any:
        """Return Django's own pool; there is none for a `vinyl_<alias>`, whose options are ours."""
        if self.alias.startswith(PREFIX):
            return None
        stock: Any = super()
        return stock.pool
