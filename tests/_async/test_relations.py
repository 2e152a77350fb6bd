"""Relations: loaded, asked for, or an error that names the ways out; never a hidden query."""

from __future__ import annotations

import pytest
from django.template import Context, Engine

import vinyl
from tests._async.recording import recorded
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


async def test_an_unloaded_relation_is_one_query() -> None:
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements:
        artist = await album.artist
    assert artist.name == "Björk"
    assert type(artist) is Artist.vinyl.model
    assert len(statements) == 1


async def test_what_was_asked_for_is_not_kept() -> None:
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements:
        assert await album.artist == await album.artist
    assert len(statements) == 2
    with pytest.raises(vinyl.NotLoaded):
        album["artist"]


async def test_a_loaded_relation_is_the_object_and_no_query() -> None:
    album = await Album.vinyl.select_related("artist").get(pk=1)
    with recorded() as statements:
        assert album.artist.name == "Björk"
        assert await album.artist is album.artist
        assert album["artist"] is album.artist
    assert statements == []


async def test_select_related_loads_along_a_path() -> None:
    track = await Track.vinyl.select_related("album__artist__label").get(pk=1)
    with recorded() as statements:
        assert track.album.artist.label.name == "One Little Independent"
    assert statements == []
    assert type(track.album.artist.label) is Label.vinyl.model


async def test_a_null_relation_is_none() -> None:
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements:
        assert await album.producer is None
        assert album["producer"] is None
    assert statements == []


async def test_a_loaded_null_relation_is_none() -> None:
    album = await Album.vinyl.select_related("producer").get(pk=1)
    assert album.producer is None
    assert album["producer"] is None


async def test_relations_by_another_column_than_the_key() -> None:
    artist = await Artist.vinyl.get(pk=3)
    assert (await artist.label).name == "ECM Records"
    nameless = await Artist.vinyl.get(pk=8)
    assert (await nameless.label).name == "No Code"


async def test_square_brackets_never_query() -> None:
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements:
        with pytest.raises(vinyl.NotLoaded) as caught:
            album["artist"]
        with pytest.raises(vinyl.NotLoaded):
            album["tracks"]
    assert statements == []
    assert "select_related('artist')" in str(caught.value)
    assert caught.value.name == "artist"
    assert caught.value.model is Album


async def test_a_name_that_is_no_relation_is_a_key_error() -> None:
    album = await Album.vinyl.get(pk=1)
    for name in ("nothing", "title", "artist_id", "pk"):
        with pytest.raises(KeyError, match=name):
            album[name]


async def test_not_loaded_is_neither_an_attribute_error_nor_a_key_error() -> None:
    assert not issubclass(vinyl.NotLoaded, AttributeError | KeyError)


async def test_a_template_prints_what_is_loaded_and_fails_on_what_is_not() -> None:
    template = Engine().from_string("{{ album.title }} by {{ album.artist.name }}")
    album = await Album.vinyl.select_related("artist").get(pk=1)
    assert template.render(Context({"album": album})) == "Debut by Björk"
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements, pytest.raises(vinyl.NotLoaded):
        template.render(Context({"album": album}))
    assert statements == []


async def test_r_always_queries() -> None:
    album = await Album.vinyl.select_related("artist").get(pk=1)
    with recorded() as statements:
        artist = await album.R("artist")
    assert len(statements) == 1
    assert artist == album.artist
    assert artist is not album.artist


async def test_r_gives_a_list_for_a_relation_to_many() -> None:
    artist = await Artist.vinyl.get(pk=1)
    albums = await artist.R("albums")
    assert sorted(album.pk for album in albums) == [1, 2, 3]


async def test_r_of_what_is_no_relation_is_a_key_error() -> None:
    album = await Album.vinyl.get(pk=1)
    with pytest.raises(KeyError, match="nothing"):
        await album.R("nothing")


async def test_an_assigned_relation_is_loaded() -> None:
    album = await Album.vinyl.get(pk=1)
    artist = await Artist.vinyl.get(pk=2)
    album.artist = artist
    assert album.artist is artist
    assert album["artist"] is artist
    assert album.artist_id == 2


async def test_a_relation_assigned_by_its_key_is_no_longer_loaded() -> None:
    album = await Album.vinyl.select_related("artist").get(pk=1)
    album.artist_id = 2
    assert (await album.artist).name == "Sigur Rós"
    with pytest.raises(vinyl.NotLoaded):
        album["artist"]


async def test_only_objects_of_the_right_model_can_be_assigned() -> None:
    album = await Album.vinyl.get(pk=1)
    with pytest.raises(ValueError, match="must be a"):
        album.artist = album
    album.artist = Artist(pk=3)
    assert album.artist_id == 3


async def test_the_other_side_of_a_one_to_one() -> None:
    artist = await Artist.vinyl.get(pk=3)
    profile = await artist.profile
    assert profile.facts["hands"] == 2
    assert type(profile) is Profile.vinyl.model
    assert (await profile.artist) == artist
    loaded = await Artist.vinyl.select_related("profile").get(pk=3)
    assert loaded.profile.facts["hands"] == 2
    assert loaded["profile"]["artist"] is loaded


async def test_a_missing_other_side_raises_the_models_error() -> None:
    artist = await Artist.vinyl.get(pk=2)
    with pytest.raises(Profile.DoesNotExist):
        _ = await artist.profile
    with pytest.raises(Artist.profile.RelatedObjectDoesNotExist):
        _ = await artist.profile


async def test_children_and_parents_of_a_table_are_relations() -> None:
    person = await Person.vinyl.get(pk=6)
    customer = await person.customer
    assert isinstance(customer, Customer)
    assert (await customer.patron).level == 32767
    employee = await Employee.vinyl.get(pk=5)
    assert (await employee.person).name == "Clerk"
    assert (await employee.boss).name == "Boss"
    order = await Order.vinyl.select_related("customer").get(pk=1)
    assert order.customer.name == "Ada"


async def test_the_many_side_is_a_manager() -> None:
    artist = await Artist.vinyl.get(pk=1)
    with recorded() as statements:
        assert [album.pk for album in await artist.albums.order_by("id")] == [1, 2, 3]
    assert len(statements) == 1
    assert len(list(await artist.albums.all())) == 3
    assert len(list(await artist.albums)) == 3
    assert await artist.albums.filter(year__gt=1994).count() == 2
    assert (await artist.albums.get(title="Debut")).pk == 1
    assert await artist.albums.filter(pk=4).exists() is False


async def test_many_to_many_is_a_manager_on_both_sides() -> None:
    album = await Album.vinyl.get(pk=1)
    genres = [genre.pk for genre in await album.genres.order_by("pk")]
    assert genres == ["art-pop", "pop"]
    genre = await album.genres.order_by("pk")[0]
    assert [other.pk for other in await genre.albums.order_by("pk")] == [1, 2]


async def test_many_to_many_to_itself_and_through_a_table() -> None:
    artist = await Artist.vinyl.get(pk=1)
    assert [friend.pk for friend in await artist.friends.order_by("pk")] == [2, 4]
    assert [other.pk for other in await artist.influenced.order_by("pk")] == [2]
    track = await Track.vinyl.get(pk=3)
    assert [guest.pk for guest in await track.guests.order_by("pk")] == [2, 4]
    assert await artist.guest_on.count() == 2


async def test_generic_relations_lead_both_ways() -> None:
    artist = await Artist.vinyl.get(pk=1)
    assert [tag.name for tag in await artist.tags.all()] == ["icelandic"]
    tag = await Tag.vinyl.get(pk=1)
    target = await tag.target
    assert target == artist
    assert type(target) is Artist.vinyl.model
    dangling = await Tag.vinyl.get(pk=6)
    assert await dangling.target is None


async def test_a_generic_foreign_key_is_loaded_no_more_when_its_columns_change() -> None:
    tag = await Tag.vinyl.prefetch_related("target").get(pk=1)
    assert tag["target"] == await Artist.vinyl.get(pk=1)
    tag.object_id = 2
    with pytest.raises(vinyl.NotLoaded):
        tag["target"]
    assert await tag.target == await Artist.vinyl.get(pk=2)
    tag.object_id = 1
    assert tag["target"].pk == 1
    other = await Tag.vinyl.exclude(content_type=tag.content_type_id).first()
    tag.content_type_id = other.content_type_id
    with pytest.raises(vinyl.NotLoaded):
        tag["target"]


async def test_a_relation_without_a_way_back_works() -> None:
    entry = await PlaylistEntry.vinyl.get(pk=1)
    assert (await entry.added_by).name == "Ada"
    assert (await entry.playlist).title == "Morning"


async def test_related_objects_come_from_the_same_database() -> None:
    from tests.app.stock import stock

    artist = await Artist.vinyl.using("other").get(pk=1)
    assert list(await artist.albums.all()) == []
    assert artist.name == "Other Björk"
    assert stock(lambda: Album.objects.filter(artist=1).count()) == 3
