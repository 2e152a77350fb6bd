"""Entry point of an ASGI server: the views written with `await`."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")
os.environ["ATLAS_URLS"] = "atlas.urls_async"

from django.core.asgi import get_asgi_application

application = get_asgi_application()
