"""What is told of the statements of an alias: by Django's own connection."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS
from django.db import connections as django_connections
from django.test.utils import CaptureQueriesContext


class CaptureQueries(CaptureQueriesContext):
    """The statements of a block."""

    def __init__(self, using: str | None = None) -> None:
        super().__init__(django_connections[using or DEFAULT_DB_ALIAS])
