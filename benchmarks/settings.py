"""A Django of its own for the benchmarks, on PostgreSQL unless told otherwise."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import django
from django.conf import settings

NAME = "vinyl_benchmarks"


def configure(url: str | None = None) -> None:
    """Set Django up on the server of a URL, by default that of VINYL_POSTGRESQL_URL."""
    given = urlsplit(
        url or os.environ.get("VINYL_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/")
    )
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": "postgres",
                "USER": given.username or "",
                "PASSWORD": given.password or "",
                "HOST": given.hostname or "",
                "PORT": str(given.port or ""),
                # Else each commit waits for the disk, as long on both sides as it likes.
                "OPTIONS": {"options": "-c synchronous_commit=off"},
                "TEST": {"NAME": NAME, "MIGRATE": False},
            }
        },
        INSTALLED_APPS=["benchmarks"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
