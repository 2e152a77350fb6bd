# Generated from tests/_async/test_relations.py by `python tools/unasync_build.py`; never edit.
"""Relations: loaded, asked for, or an error that names the ways out; never a hidden query."""

from __future__ import annotations

import pytest
from django.template import Context, Engine

import vinyl
from tests._sync.recording import recorded
from tests.app.models import (
    Album,
    Artist,
    Customer,
    Employee,
    Label,
    Order,
    Person,
    PlaylistEntry,
    Profile,
    Tag,
    Track,
)


def test_an_unloaded_relation_is_one_query() -> None:
    album = Album.vinyl.get(pk=1)
    with recorded() as statements:
        artist = album.artist
    assert artist.name == "Björk"
    assert type(artist) is Artist.vinyl.model
    assert len(statements) == 1


def test_what_was_asked_for_is_not_kept() -> None:
    album = Album.vinyl.get(pk=1)
    with recorded() as statements:
        assert album.artist == album.artist
    assert len(statements) == 2
    with pytest.raises(vinyl.NotLoaded):
        album["artist"]


def test_a_loaded_relation_is_the_object_and_no_query() -> None:
    album = Album.vinyl.select_related("artist").get(pk=1)
    with recorded() as statements:
        assert album.artist.name == "Björk"
        assert album.artist is album.artist
        assert album["artist"] is album.artist
    assert statements == []


def test_select_related_loads_along_a_path() -> None:
    track = Track.vinyl.select_related("album__artist__label").get(pk=1)
    with recorded() as statements:
        assert track.album.artist.label.name == "One Little Independent"
    assert statements == []
    assert type(track.album.artist.label) is Label.vinyl.model


def test_a_null_relation_is_none() -> None:
    album = Album.vinyl.get(pk=1)
    with recorded() as statements:
        assert album.producer is None
        assert album["producer"] is None
    assert statements == []


def test_a_loaded_null_relation_is_none() -> None:
    album = Album.vinyl.select_related("producer").get(pk=1)
    assert album.producer is None
    assert album["producer"] is None


def test_relations_by_another_column_than_the_key() -> None:
    artist = Artist.vinyl.get(pk=3)
    assert (artist.label).name == "ECM Records"
    nameless = Artist.vinyl.get(pk=8)
    assert (nameless.label).name == "No Code"


def test_square_brackets_never_query() -> None:
    album = Album.vinyl.get(pk=1)
    with recorded() as statements:
        with pytest.raises(vinyl.NotLoaded) as caught:
            album["artist"]
        with pytest.raises(vinyl.NotLoaded):
            album["tracks"]
    assert statements == []
    assert "select_related('artist')" in str(caught.value)
    assert caught.value.name == "artist"
    assert caught.value.model is Album


def test_a_name_that_is_no_relation_is_a_key_error() -> None:
    album = Album.vinyl.get(pk=1)
    for name in ("nothing", "title", "artist_id", "pk"):
        with pytest.raises(KeyError, match=name):
            album[name]


def test_not_loaded_is_neither_an_attribute_error_nor_a_key_error() -> None:
    assert not issubclass(vinyl.NotLoaded, AttributeError | KeyError)


def test_a_template_prints_what_is_loaded_and_fails_on_what_is_not() -> None:
    template = Engine().from_string("{{ album.title }} by {{ album.artist.name }}")
    album = Album.vinyl.select_related("artist").get(pk=1)
    assert template.render(Context({"album": album})) == "Debut by Björk"
    album = Album.vinyl.get(pk=1)
    with recorded() as statements, pytest.raises(vinyl.NotLoaded):
        template.render(Context({"album": album}))
    assert statements == []


def test_r_always_queries() -> None:
    album = Album.vinyl.select_related("artist").get(pk=1)
    with recorded() as statements:
        artist = album.R("artist")
    assert len(statements) == 1
    assert artist == album.artist
    assert artist is not album.artist


def test_r_gives_a_list_for_a_relation_to_many() -> None:
    artist = Artist.vinyl.get(pk=1)
    albums = artist.R("albums")
    assert sorted(album.pk for album in albums) == [1, 2, 3]


def test_r_of_what_is_no_relation_is_a_key_error() -> None:
    album = Album.vinyl.get(pk=1)
    with pytest.raises(KeyError, match="nothing"):
        album.R("nothing")


def test_an_assigned_relation_is_loaded() -> None:
    album = Album.vinyl.get(pk=1)
    artist = Artist.vinyl.get(pk=2)
    album.artist = artist
    assert album.artist is artist
    assert album["artist"] is artist
    assert album.artist_id == 2


def test_a_relation_assigned_by_its_key_is_no_longer_loaded() -> None:
    album = Album.vinyl.select_related("artist").get(pk=1)
    album.artist_id = 2
    assert (album.artist).name == "Sigur Rós"
    with pytest.raises(vinyl.NotLoaded):
        album["artist"]


def test_only_objects_of_the_right_model_can_be_assigned() -> None:
    album = Album.vinyl.get(pk=1)
    with pytest.raises(ValueError, match="must be a"):
        album.artist = album
    album.artist = Artist(pk=3)
    assert album.artist_id == 3


def test_the_other_side_of_a_one_to_one() -> None:
    artist = Artist.vinyl.get(pk=3)
    profile = artist.profile
    assert profile.facts["hands"] == 2
    assert type(profile) is Profile.vinyl.model
    assert (profile.artist) == artist
    loaded = Artist.vinyl.select_related("profile").get(pk=3)
    assert loaded.profile.facts["hands"] == 2
    assert loaded["profile"]["artist"] is loaded


def test_a_missing_other_side_raises_the_models_error() -> None:
    artist = Artist.vinyl.get(pk=2)
    with pytest.raises(Profile.DoesNotExist):
        _ = artist.profile
    with pytest.raises(Artist.profile.RelatedObjectDoesNotExist):
        _ = artist.profile


def test_children_and_parents_of_a_table_are_relations() -> None:
    person = Person.vinyl.get(pk=6)
    customer = person.customer
    assert isinstance(customer, Customer)
    assert (customer.patron).level == 32767
    employee = Employee.vinyl.get(pk=5)
    assert (employee.person).name == "Clerk"
    assert (employee.boss).name == "Boss"
    order = Order.vinyl.select_related("customer").get(pk=1)
    assert order.customer.name == "Ada"


def test_the_many_side_is_a_manager() -> None:
    artist = Artist.vinyl.get(pk=1)
    with recorded() as statements:
        assert [album.pk for album in artist.albums.order_by("id")] == [1, 2, 3]
    assert len(statements) == 1
    assert len(list(artist.albums.all())) == 3
    assert len(list(artist.albums)) == 3
    assert artist.albums.filter(year__gt=1994).count() == 2
    assert (artist.albums.get(title="Debut")).pk == 1
    assert artist.albums.filter(pk=4).exists() is False


def test_many_to_many_is_a_manager_on_both_sides() -> None:
    album = Album.vinyl.get(pk=1)
    genres = [genre.pk for genre in album.genres.order_by("pk")]
    assert genres == ["art-pop", "pop"]
    genre = album.genres.order_by("pk")[0]
    assert [other.pk for other in genre.albums.order_by("pk")] == [1, 2]


def test_many_to_many_to_itself_and_through_a_table() -> None:
    artist = Artist.vinyl.get(pk=1)
    assert [friend.pk for friend in artist.friends.order_by("pk")] == [2, 4]
    assert [other.pk for other in artist.influenced.order_by("pk")] == [2]
    track = Track.vinyl.get(pk=3)
    assert [guest.pk for guest in track.guests.order_by("pk")] == [2, 4]
    assert artist.guest_on.count() == 2


def test_generic_relations_lead_both_ways() -> None:
    artist = Artist.vinyl.get(pk=1)
    assert [tag.name for tag in artist.tags.all()] == ["icelandic"]
    tag = Tag.vinyl.get(pk=1)
    target = tag.target
    assert target == artist
    assert type(target) is Artist.vinyl.model
    dangling = Tag.vinyl.get(pk=6)
    assert dangling.target is None


def test_a_generic_foreign_key_is_loaded_no_more_when_its_columns_change() -> None:
    tag = Tag.vinyl.prefetch_related("target").get(pk=1)
    assert tag["target"] == Artist.vinyl.get(pk=1)
    tag.object_id = 2
    with pytest.raises(vinyl.NotLoaded):
        tag["target"]
    assert tag.target == Artist.vinyl.get(pk=2)
    tag.object_id = 1
    assert tag["target"].pk == 1
    other = Tag.vinyl.exclude(content_type=tag.content_type_id).first()
    tag.content_type_id = other.content_type_id
    with pytest.raises(vinyl.NotLoaded):
        tag["target"]


def test_a_relation_without_a_way_back_works() -> None:
    entry = PlaylistEntry.vinyl.get(pk=1)
    assert (entry.added_by).name == "Ada"
    assert (entry.playlist).title == "Morning"


def test_related_objects_come_from_the_same_database() -> None:
    from tests.app.stock import stock

    artist = Artist.vinyl.using("other").get(pk=1)
    assert list(artist.albums.all()) == []
    assert artist.name == "Other Björk"
    assert stock(lambda: Album.objects.filter(artist=1).count()) == 3
