"""Whether there are settings, and which entry of `DATABASES` serves vinyl's queries on an alias."""

from __future__ import annotations

import os

from django.conf import ENVIRONMENT_VARIABLE, settings
from django.db import connections

from vinyl.exceptions import ConfigurationError

PREFIX = "vinyl_"


def check_configured() -> None:
    """Raise ConfigurationError in a program that has no settings of Django's, nor names any."""
    if not settings.configured and not os.environ.get(ENVIRONMENT_VARIABLE):
        raise ConfigurationError(
            "A model is defined before there are settings. Outside of a Django project, call "
            "vinyl.configure() first: above the imports of your models, or in a module that "
            "theirs import. In a Django project, set DJANGO_SETTINGS_MODULE."
        )


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
