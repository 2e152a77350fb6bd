"""Entry point of a WSGI server: the same views without `await`."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")
os.environ["ATLAS_URLS"] = "atlas.urls_sync"

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
