"""Addresses answered by the views of world.views_sync."""

from __future__ import annotations

from atlas.routes import routes
from world import views_sync

urlpatterns = routes(views_sync)
