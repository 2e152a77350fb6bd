"""Fetch modes: one query, one for all objects of the query, or an error."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest
from django.db import models

import vinyl
from tests._async.recording import recorded
from tests.app.models import Album, Artist, Genre, Review, Tag, Track
from vinyl import VinylManager

FROM_DB_TAKES_MODE = "fetch_mode" in inspect.signature(models.Model.from_db).parameters


class Told(models.Model):
    """A model whose objects keep what from_db() was told."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)

    vinyl = VinylManager()

    class Meta:
        managed = False
        app_label = __name__.replace(".", "_")
        db_table = Artist._meta.db_table

    @classmethod
    def from_db(cls, db: str, field_names: Any, values: Any, **options: Any) -> Any:
        made = super().from_db(db, field_names, values, **options)
        made.told = options
        return made


async def test_peers_are_loaded_by_one_query() -> None:
    albums = list(await Album.vinyl.fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    with recorded() as statements:
        first = await albums[0].artist
    assert len(statements) == 1
    with recorded() as statements:
        assert albums[0].artist is first
        assert all(album["artist"].pk == album.artist_id for album in albums)
        assert await albums[-1].artist is albums[-1]["artist"]
    assert statements == []


async def test_the_objects_that_peers_lead_to_are_peers_too() -> None:
    tracks = list(await Track.vinyl.fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    with recorded() as statements:
        for track in tracks:
            await (await track.album).artist
    assert len(statements) == 2


async def test_select_related_objects_are_peers_too() -> None:
    queryset = Track.vinyl.select_related("album").fetch_mode(vinyl.FETCH_PEERS)
    tracks = list(await queryset)
    with recorded() as statements:
        for track in tracks:
            await track.album.artist
    assert len(statements) == 1


async def test_one_to_one_relations_load_for_peers() -> None:
    reviews = list(await Review.vinyl.fetch_mode(vinyl.FETCH_PEERS))
    followed = [review for review in reviews if review.follows_id]
    assert len(followed) > 1
    with recorded() as statements:
        for review in followed:
            assert (await review.follows).pk == review.follows_id
    assert len(statements) == 1


async def test_generic_relations_load_for_peers_by_one_query_a_model() -> None:
    tags = list(await Tag.vinyl.fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    list(await Tag.vinyl.prefetch_related("target"))  # Knows the content types from here on.
    with recorded() as statements:
        await tags[0].target
        assert all(tag["target"] is None or tag["target"].pk for tag in tags)
    assert len(statements) == len({tag.content_type_id for tag in tags})


async def test_what_a_generic_foreign_key_leads_to_has_the_mode() -> None:
    for mode in (vinyl.FETCH_PEERS, vinyl.FETCH_ONE):
        tag = await Tag.vinyl.fetch_mode(mode).get(pk=1)
        target = await tag.target
        assert getattr(target._state, "fetch_mode", vinyl.FETCH_ONE) is mode
    tags = list(await Tag.vinyl.fetch_mode(vinyl.FETCH_PEERS))
    await tags[0].target
    found = [tag["target"] for tag in tags if tag["target"] is not None]
    assert {target._state.fetch_mode for target in found} == {vinyl.FETCH_PEERS}


async def test_an_object_alone_asks_for_itself() -> None:
    album = await Album.vinyl.fetch_mode(vinyl.FETCH_PEERS).get(pk=1)
    with recorded() as statements:
        artist = await album.artist
    assert artist.pk == album.artist_id
    assert len(statements) == 1


async def test_a_blocked_fetch_raises_and_names_the_way_out() -> None:
    album = await Album.vinyl.fetch_mode(vinyl.FETCH_RAISE).get(pk=1)
    with recorded() as statements, pytest.raises(vinyl.FetchBlocked, match="select_related"):
        await album.artist
    assert statements == []
    assert (await album.R("artist")).pk == album.artist_id


async def test_what_is_loaded_is_not_blocked() -> None:
    queryset = Album.vinyl.select_related("artist").fetch_mode(vinyl.FETCH_RAISE)
    album = await queryset.get(pk=1)
    assert (await album.artist).pk == album.artist_id


async def test_each_asks_for_itself_by_default() -> None:
    albums = list(await Album.vinyl.fetch_mode(vinyl.FETCH_ONE).order_by("pk"))
    with recorded() as statements:
        for album in albums:
            await album.artist
    assert len(statements) == len(albums)


@pytest.mark.parametrize("mode", [vinyl.FETCH_ONE, vinyl.FETCH_PEERS, vinyl.FETCH_RAISE])
async def test_the_mode_survives_cloning_and_pickling(mode: Any) -> None:
    queryset = Album.vinyl.fetch_mode(mode).filter(pk__gt=0).order_by("pk")[:3]
    albums = list(await queryset)
    again = pickle.loads(pickle.dumps(albums))
    assert again == albums
    if mode is vinyl.FETCH_RAISE:
        with pytest.raises(vinyl.FetchBlocked):
            await again[0].artist
    else:
        assert isinstance(await again[0].artist, Artist)


@pytest.mark.parametrize("mode", [vinyl.FETCH_ONE, vinyl.FETCH_PEERS, vinyl.FETCH_RAISE])
async def test_from_db_is_told_the_mode_where_django_tells_it(mode: Any) -> None:
    expected = {"fetch_mode": mode} if FROM_DB_TAKES_MODE else {}
    queryset = Told.vinyl.fetch_mode(mode)
    assert (await queryset.get(pk=1)).told == expected
    table = Told._meta.db_table
    assert (await queryset.raw(f"SELECT id, name FROM {table}"))[0].told == expected


@pytest.mark.usefixtures("db")
async def test_created_objects_have_the_mode_of_their_queryset() -> None:
    album = await Album.vinyl.get(pk=1)
    made = await Album.vinyl.fetch_mode(vinyl.FETCH_RAISE).create(
        title="Blocked", artist_id=album.artist_id, year=1999, price=9
    )
    with pytest.raises(vinyl.FetchBlocked):
        await made.artist


async def test_a_blocked_fetch_says_so_in_djangos_words() -> None:
    album = await Album.vinyl.fetch_mode(vinyl.FETCH_RAISE).get(pk=1)
    with pytest.raises(vinyl.FetchBlocked, match=r"^Fetching of Album\.artist blocked\.") as caught:
        await album.artist
    assert caught.value.__suppress_context__


async def test_a_deferred_field_is_loaded_for_peers() -> None:
    albums = list(await Album.vinyl.only("title").fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    with pytest.raises(vinyl.NotLoaded):
        _ = albums[0].year
    with recorded() as statements:
        await albums[0].refresh_from_db(fields=["year", "artist"])
    assert len(statements) == 1
    with recorded() as statements:
        found = {album.pk: (album.year, album.artist_id) for album in albums}
    assert statements == []
    rows = list(await Album.vinyl.values_list("pk", "year", "artist"))
    assert found == {key: (year, artist) for key, year, artist in rows}
    with recorded() as statements:  # What is loaded is read again for one object.
        await albums[0].refresh_from_db(fields=["year"])
    assert len(statements) == 1
    assert "IN (" not in statements[0]


async def test_what_peers_have_is_left_to_them() -> None:
    albums = list(await Album.vinyl.defer("year").fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    albums[1].year = 1
    albums[1].title = "mine"
    await albums[0].refresh_from_db(fields=["year"])
    assert (albums[1].year, albums[1].title) == (1, "mine")
    assert albums[2].year == (await Album.vinyl.get(pk=albums[2].pk)).year


async def test_the_deferred_field_of_a_row_that_is_gone_is_an_error(db: None) -> None:
    gone = await Genre.vinyl.create(code="gone", name="gone")
    genres = list(await Genre.vinyl.only("pk").fetch_mode(vinyl.FETCH_PEERS).order_by("pk"))
    await gone.delete()
    lost = next(genre for genre in genres if genre.pk == "gone")
    with pytest.raises(Genre.DoesNotExist, match="Genre matching query does not exist"):
        await lost.refresh_from_db(fields=["name"])
    assert all("name" in vars(genre) for genre in genres if genre is not lost)
