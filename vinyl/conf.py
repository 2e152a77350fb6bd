"""Which entry of `DATABASES` serves vinyl's queries on an alias."""

from __future__ import annotations

from django.db import connections

PREFIX = "vinyl_"


def effective_alias(alias: str) -> str:
    """
    Return the alias whose settings the async twin connects with: `vinyl_<alias>` if there.

    The sync twin always runs on Django's own connection of `alias`, so that it shares its
    transactions.

    Raises: ConnectionDoesNotExist.
    """
    if alias not in connections.settings:
        raise connections.exception_class(f"The connection '{alias}' doesn't exist.")
    own = PREFIX + alias
    return own if own in connections.settings else alias
