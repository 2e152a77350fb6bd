# Generated from tests/_async/test_not_loaded.py by `python tools/unasync_build.py`; never edit.
"""NotLoaded names the lookup to add to the query that the object came with."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from django.db.models import FilteredRelation, Prefetch, Q

import vinyl
from tests.app.models import (
    Album,
    Artist,
    Credit,
    Customer,
    Employee,
    Playlist,
    PlaylistEntry,
    Profile,
    Review,
    Tag,
    Track,
)


def message(obj: Any, name: str) -> str:
    """Return what is said when a relation is looked at that is not loaded."""
    with pytest.raises(vinyl.NotLoaded) as caught:
        obj[name]
    return str(caught.value)


def test_an_object_that_was_queried_itself_names_its_own_relation() -> None:
    track = Track.vinyl.get(pk=1)
    assert "with the query: .select_related('album')," in message(track, "album")
    assert "with the query: .prefetch_related('guests')," in message(track, "guests")


def test_a_joined_object_names_the_whole_path() -> None:
    track = Track.vinyl.select_related("album__artist").get(pk=1)
    assert ".prefetch_related('album__tracks')," in message(track.album, "tracks")
    assert ".select_related('album__artist__label')," in message(track.album.artist, "label")
    assert ".prefetch_related('album__artist__friends')," in message(track.album.artist, "friends")


def test_the_error_has_the_path() -> None:
    track = Track.vinyl.select_related("album").get(pk=1)
    with pytest.raises(vinyl.NotLoaded) as caught:
        track.album["artist"]
    error = caught.value
    assert (error.model, error.name, error.path) == (Album, "artist", "album__artist")
    again = pickle.loads(pickle.dumps(error))
    assert (again.name, again.path, str(again)) == (error.name, error.path, str(error))


def test_the_far_side_of_a_one_to_one_field_names_the_path() -> None:
    artist = Artist.vinyl.select_related("profile").get(pk=1)
    assert artist.profile["artist"] is artist
    review = Review.vinyl.select_related("followed_by").filter(followed_by__gt=0).first()
    assert ".select_related('followed_by__album')," in message(review.followed_by, "album")


def test_the_other_side_is_named_as_queries_name_it() -> None:
    profile = Profile.vinyl.select_related("artist").first()
    assert ".select_related('artist__label')," in message(profile.artist, "label")
    artist = Artist.vinyl.get(pk=1)
    assert ".select_related('profile')," in message(artist, "profile")


def test_a_prefetched_object_names_the_whole_path() -> None:
    albums = Album.vinyl.prefetch_related("tracks__credits").order_by("pk")
    track = albums[0]["tracks"][0]
    assert "of Album objects: .prefetch_related('tracks__guests')," in message(track, "guests")
    credit = next(c for album in albums for track in album["tracks"] for c in track["credits"])
    assert ".prefetch_related('tracks__credits__artist')," in message(credit, "artist")


def test_what_is_joined_to_a_prefetched_object_names_the_whole_path() -> None:
    lookup = Prefetch("tracks", Track.vinyl.select_related("album__artist"))
    album = Album.vinyl.prefetch_related(lookup).get(pk=1)
    artist = album["tracks"][0].album.artist
    expected = "of Album objects: .prefetch_related('tracks__album__artist__label'),"
    assert expected in message(artist, "label")


def test_a_list_of_ones_own_is_on_the_path() -> None:
    lookup = Prefetch("albums", Album.vinyl.all(), to_attr="records")
    artist = Artist.vinyl.prefetch_related(lookup).get(pk=1)
    assert ".prefetch_related('records__tracks')," in message(artist.records[0], "tracks")


def test_a_filtered_relation_is_on_the_path() -> None:
    queryset = Album.vinyl.annotate(
        first_track=FilteredRelation("tracks", condition=Q(tracks__position=1))
    ).select_related("first_track")
    album = queryset.filter(first_track__gt=0).order_by("pk").first()
    assert ".prefetch_related('first_track__guests')," in message(album.first_track, "guests")


def test_the_target_of_a_generic_relation_names_the_path() -> None:
    tags = Tag.vinyl.prefetch_related("target").order_by("pk")
    tag = next(tag for tag in tags if isinstance(tag["target"], Album))
    assert "of Tag objects: .prefetch_related('target__artist')," in message(
        tag["target"], "artist"
    )
    alone = Tag.vinyl.get(pk=tag.pk)
    assert ".prefetch_related('target__artist')," in message(alone.R("target"), "artist")


def test_what_was_asked_for_by_itself_names_the_query_before_it() -> None:
    track = Track.vinyl.get(pk=1)
    album = track.album
    assert "of Track objects: .select_related('album__artist')," in message(album, "artist")
    artist = album.artist
    assert ".select_related('album__artist__label')," in message(artist, "label")


def test_objects_of_a_manager_were_queried_themselves() -> None:
    artist = Artist.vinyl.get(pk=1)
    album = artist.albums.first()
    assert "with the query: .prefetch_related('tracks')," in message(album, "tracks")


def test_peers_name_the_path_too() -> None:
    tracks = Track.vinyl.fetch_mode(vinyl.FETCH_PEERS).order_by("pk")
    album = tracks[0].album
    assert "related('album__artist')," in message(album, "artist")


def test_models_that_make_their_objects_themselves_name_the_path() -> None:
    entry = PlaylistEntry.vinyl.select_related("playlist").first()
    assert ".select_related('playlist__owner')," in message(entry.playlist, "owner")
    track = Track.vinyl.prefetch_related("credits").filter(credits__gt=0).first()
    assert ".prefetch_related('credits__artist')," in message(track["credits"][0], "artist")
    assert ".select_related('owner')," in message(Playlist.vinyl.first(), "owner")
    assert ".select_related('track')," in message(Credit.vinyl.first(), "track")


def test_children_of_a_table_name_the_path() -> None:
    employee = Employee.vinyl.select_related("boss").filter(boss__gt=0).first()
    assert ".prefetch_related('boss__staff')," in message(employee.boss, "staff")
    customer = Customer.vinyl.select_related("favourite").filter(favourite__gt=0).first()
    assert ".select_related('favourite__artist')," in message(customer.favourite, "artist")


def test_the_path_survives_pickling_and_copying() -> None:
    track = Track.vinyl.select_related("album").get(pk=1)
    for later in (pickle.loads(pickle.dumps(track)), copy.deepcopy(track)):
        assert later == track
        assert later.album._state.db == "default"
        assert not later.album._state.adding
        assert ".select_related('album__artist')," in message(later.album, "artist")
    assert ".select_related('album__artist')," in message(copy.copy(track.album), "artist")


def test_a_deferred_column_is_named_as_the_query_names_it() -> None:
    track = Track.vinyl.select_related("album").only("title", "album__title").get(pk=1)
    with pytest.raises(vinyl.NotLoaded, match="of Track objects as 'album__year'") as caught:
        track.album.year  # noqa: B018
    assert caught.value.path == "album__year"
    with pytest.raises(vinyl.NotLoaded, match="Add it to the query, or load it"):
        track.seconds  # noqa: B018


def test_a_deferred_column_is_blocked_where_fetching_is() -> None:
    queryset = Track.vinyl.only("title").fetch_mode(vinyl.FETCH_RAISE)
    track = queryset.get(pk=1)
    with pytest.raises(vinyl.FetchBlocked, match="seconds is deferred"):
        track.seconds  # noqa: B018
    track.refresh_from_db(fields=["seconds"])
    assert track.seconds is not None
