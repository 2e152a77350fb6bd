# Generated from tests/_async/test_fetch_modes.py by `python tools/unasync_build.py`; never edit.
"""Fetch modes: one query, one for all objects of the query, or an error."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import vinyl
from tests._sync.recording import recorded
from tests.app.models import Album, Artist, Review, Tag, Track


def test_peers_are_loaded_by_one_query() -> None:
    albums = list(Album.vinyl.fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    with recorded() as statements:
        first = albums[0].artist
    assert len(statements) == 1
    with recorded() as statements:
        assert albums[0].artist is first
        assert all(album["artist"].pk == album.artist_id for album in albums)
        assert albums[-1].artist is albums[-1]["artist"]
    assert statements == []


def test_the_objects_that_peers_lead_to_are_peers_too() -> None:
    tracks = list(Track.vinyl.fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    with recorded() as statements:
        for track in tracks:
            (track.album).artist
    assert len(statements) == 2


def test_select_related_objects_are_peers_too() -> None:
    queryset = Track.vinyl.select_related("album").fetch_mode(vinyl.FETCH_PEERS)
    tracks = list(queryset)
    with recorded() as statements:
        for track in tracks:
            track.album.artist
    assert len(statements) == 1


def test_one_to_one_relations_load_for_peers() -> None:
    reviews = list(Review.vinyl.fetch_mode(vinyl.FETCH_PEERS))
    followed = [review for review in reviews if review.follows_id]
    assert len(followed) > 1
    with recorded() as statements:
        for review in followed:
            assert (review.follows).pk == review.follows_id
    assert len(statements) == 1


def test_generic_relations_load_for_peers_by_one_query_a_model() -> None:
    tags = list(Tag.vinyl.fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    Tag.vinyl.prefetch_related("target")  # Knows the content types from here on.
    with recorded() as statements:
        tags[0].target
        assert all(tag["target"] is None or tag["target"].pk for tag in tags)
    assert len(statements) == len({tag.content_type_id for tag in tags})


def test_an_object_alone_asks_for_itself() -> None:
    album = Album.vinyl.fetch_mode(vinyl.FETCH_PEERS).get(pk=1)
    with recorded() as statements:
        artist = album.artist
    assert artist.pk == album.artist_id
    assert len(statements) == 1


def test_a_blocked_fetch_raises_and_names_the_way_out() -> None:
    album = Album.vinyl.fetch_mode(vinyl.FETCH_RAISE).get(pk=1)
    with recorded() as statements, pytest.raises(vinyl.FetchBlocked, match="select_related"):
        album.artist
    assert statements == []
    assert (album.R("artist")).pk == album.artist_id


def test_what_is_loaded_is_not_blocked() -> None:
    queryset = Album.vinyl.select_related("artist").fetch_mode(vinyl.FETCH_RAISE)
    album = queryset.get(pk=1)
    assert (album.artist).pk == album.artist_id


def test_each_asks_for_itself_by_default() -> None:
    albums = list(Album.vinyl.fetch_mode(vinyl.FETCH_ONE).order_by("pk"))
    with recorded() as statements:
        for album in albums:
            album.artist
    assert len(statements) == len(albums)


@pytest.mark.parametrize("mode", [vinyl.FETCH_ONE, vinyl.FETCH_PEERS, vinyl.FETCH_RAISE])
def test_the_mode_survives_cloning_and_pickling(mode: Any) -> None:
    queryset = Album.vinyl.fetch_mode(mode).filter(pk__gt=0).order_by("pk")[:3]
    albums = list(queryset)
    again = pickle.loads(pickle.dumps(albums))
    assert again == albums
    if mode is vinyl.FETCH_RAISE:
        with pytest.raises(vinyl.FetchBlocked):
            again[0].artist
    else:
        assert isinstance(again[0].artist, Artist)
