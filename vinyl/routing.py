"""Ask the project's routers which database to use. No I/O."""

from __future__ import annotations

from typing import Any

from django.db import router


class Routed:
    """What runs on the database that it names, or else on the one that the routers choose."""

    # Not one of the classes that the user's or Django's querysets are made of.
    is_of_twin = True

    model: Any
    _db: str | None
    _hints: dict[str, Any]
    _for_write = False

    @property
    def db(self) -> str:
        """The alias of the database that a query would run on now."""
        if self._db:
            return self._db
        choose = router.db_for_write if self._for_write else router.db_for_read
        # Routers compare the class that they are given: the user's, not a twin's of it.
        return str(choose(self.model._meta.model, **self._hints))
