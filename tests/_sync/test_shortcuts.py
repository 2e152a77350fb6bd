# Generated from tests/_async/test_shortcuts.py by `python tools/unasync_build.py`; never edit.
"""Shortcuts of views: an object, a list, or 404."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.http import Http404

import vinyl
from tests._sync.recording import recorded
from tests.app.models import Album, Artist, Review
from vinyl.shortcuts import get_list_or_404, get_object_or_404

GIVEN: dict[str, Any] = {
    "model": lambda: Album,
    "twin's model": lambda: Album.vinyl.model,
    "manager": lambda: Album.vinyl,
    "queryset": lambda: Album.vinyl.filter(pk__lt=100),
    "Django's manager": lambda: Album.objects,
    "Django's queryset": lambda: Album.objects.filter(pk__lt=100),
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_an_object_is_found_natively(given: Any) -> None:
    with recorded() as statements:
        album = get_object_or_404(given(), title="Homogenic")
    assert album.pk == 2
    assert type(album) is Album.vinyl.model
    assert len(statements) == 1


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_no_object_is_404(given: Any) -> None:
    with pytest.raises(Http404, match="No Album matches the given query"):
        get_object_or_404(given(), title="Nothing")


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_a_list_is_found_natively(given: Any) -> None:
    with recorded() as statements:
        albums = get_list_or_404(given(), year=1993)
    assert type(albums) is list
    assert {album.pk for album in albums} == {1, 11}
    assert all(type(album) is Album.vinyl.model for album in albums)
    assert len(statements) == 1


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_an_empty_list_is_404(given: Any) -> None:
    with pytest.raises(Http404, match="No Album matches the given query"):
        get_list_or_404(given(), year=1)


def test_many_objects_are_the_models_error() -> None:
    with pytest.raises(Album.MultipleObjectsReturned):
        get_object_or_404(Album.vinyl, year=1993)


def test_conditions_may_be_left_out() -> None:
    assert (get_object_or_404(Album.vinyl.filter(pk=2))).title == "Homogenic"
    assert len(get_list_or_404(Album)) == 11


def test_managers_of_relations_are_asked() -> None:
    artist = Artist.vinyl.get(pk=1)
    assert (get_object_or_404(artist.albums, title="Debut")).artist == artist
    assert len(get_list_or_404(artist.albums.all())) == 3
    with pytest.raises(Http404):
        get_list_or_404(artist.albums, year=1)


def test_a_model_without_vinyl_is_asked_by_its_default_manager() -> None:
    found = get_object_or_404(ContentType, app_label="shop", model="album")
    assert found.model_class() is Album
    assert isinstance(found, vinyl.VinylModel)


def test_a_default_manager_that_hides_rows_does_so_where_it_is_given() -> None:
    hidden = Review.vinyl.filter(hidden=True).first()
    assert (get_object_or_404(Review, pk=hidden.pk)) == hidden
    with pytest.raises(Http404):
        get_object_or_404(Review.visible, pk=hidden.pk)


@pytest.mark.parametrize("given", ["text", 5, str, None], ids=repr)
def test_what_is_no_query_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="must be a Model, Manager, or QuerySet, not"):
        get_object_or_404(given, pk=1)
    with pytest.raises(ValueError, match="must be a Model, Manager, or QuerySet, not"):
        get_list_or_404(given, pk=1)


def test_stock_querysets_that_were_evaluated_are_asked_anew() -> None:
    evaluated = Album.objects.filter(pk=2)
    evaluated._result_cache = []
    assert (get_list_or_404(evaluated))[0].pk == 2
