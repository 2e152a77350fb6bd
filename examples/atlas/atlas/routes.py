"""The site's addresses, once for both kinds of views."""

from __future__ import annotations

from types import ModuleType

from django.urls import URLPattern, path


def routes(views: ModuleType) -> list[URLPattern]:
    """Return the URL patterns that lead to the views of a module."""
    return [
        path("", views.page, name="page"),
        path("api/map", views.world_map, name="map"),
        path("api/search", views.search, name="search"),
        path("api/ranking", views.ranking, name="ranking"),
        path("api/countries/<str:code>", views.country, name="country"),
        path("api/cities/<int:number>", views.city, name="city"),
        path("api/travellers/<slug:traveller>/visits", views.visits, name="visits"),
    ]
