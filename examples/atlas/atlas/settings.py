"""
Settings of the atlas example: plain Django, and nothing in them is about vinyl.

ATLAS_DATABASE picks the database, ATLAS_VAR the folder of the SQLite file, ATLAS_URLS the URLs.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from atlas import databases

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("ATLAS_VAR", BASE_DIR / "var"))

# Nothing here is signed, so a key that changes with every start does no harm.
SECRET_KEY = os.environ.get("ATLAS_SECRET_KEY") or secrets.token_urlsafe(50)
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = ["world"]
MIDDLEWARE: list[str] = []
# asgi.py chooses the views written with `await`.
ROOT_URLCONF = os.environ.get("ATLAS_URLS", "atlas.urls_sync")
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

DATABASES = {"default": databases.entry(databases.chosen(), VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

# Errors belong into the servers' logs, which the tour shows when something fails.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
