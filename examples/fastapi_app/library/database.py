"""Where the data is: import this before any model."""

from __future__ import annotations

import os

import vinyl

vinyl.configure(
    os.environ.get("DATABASE_URL", "sqlite:///library.sqlite3"),
    apps=["library.catalogue"],
    TIME_ZONE="UTC",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
