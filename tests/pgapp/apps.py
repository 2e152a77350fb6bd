"""What only PostgreSQL has: installed in the tests' project on that database alone."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import pre_migrate


class ArchiveConfig(AppConfig):
    name = "tests.pgapp"
    label = "archive"

    def ready(self) -> None:
        pre_migrate.connect(create_extensions, sender=self)


def create_extensions(using: str, **kwargs: Any) -> None:
    """Create the extensions that the columns of this app are of, before its tables."""
    from django.contrib.postgres import signals

    with connections[using].cursor() as cursor:
        for name in ("hstore", "citext", "pg_trgm", "unaccent"):
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    signals.get_hstore_oids.cache_clear()
    signals.get_citext_oids.cache_clear()
    signals.register_type_handlers(connections[using])
