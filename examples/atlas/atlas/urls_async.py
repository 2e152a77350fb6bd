"""Addresses answered by the views of world.views_async."""

from __future__ import annotations

from atlas.routes import routes
from world import views_async

urlpatterns = routes(views_async)
