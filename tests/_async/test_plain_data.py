"""What is loaded is plain data: templates, forms and serializers read it with no I/O."""

from __future__ import annotations

import json
from typing import Any

import pydantic
import pytest
from django.core import serializers
from django.db.models import Prefetch
from django.forms import ModelForm, model_to_dict
from django.template import Context, Engine
from rest_framework import serializers as drf

import vinyl
from tests._async.recording import recorded
from tests.app.models import Album, Artist, Genre, Specimen, Track
from tests.app.stock import stock


async def loaded_album() -> Any:
    return (
        await Album.vinyl.select_related("artist__label")
        .prefetch_related("tracks", "genres")
        .get(pk=1)
    )


async def test_a_template_renders_what_is_loaded() -> None:
    album = await loaded_album()
    template = Engine().from_string(
        "{{ album.title }} by {{ album.artist.name }} on {{ album.artist.label }}: "
        "{% for track in album.tracks.all %}{{ track.title }};{% endfor %}"
        "{% for genre in album.genres.all %}{{ genre }},{% endfor %}"
        "{{ album.tracks.count }}{{ album.tracks.first }}{{ album.tracks.all|length }}"
    )

    def expected() -> str:
        return template.render(Context({"album": Album.objects.get(pk=1)}))

    with recorded() as statements:
        text = template.render(Context({"album": album}))
    assert text == stock(expected)
    assert statements == []


async def test_a_template_fails_where_a_relation_is_not_loaded() -> None:
    album = await Album.vinyl.get(pk=1)
    for text in ("{{ album.artist.name }}", "{% for t in album.tracks.all %}x{% endfor %}"):
        with pytest.raises(vinyl.NotLoaded):
            Engine().from_string(text).render(Context({"album": album}))


async def test_model_to_dict_reads_columns_and_prefetched_relations() -> None:
    album = await loaded_album()
    with recorded() as statements:
        found = model_to_dict(album)
    expected = stock(lambda: model_to_dict(Album.objects.get(pk=1)))
    assert found == expected
    assert statements == []


@pytest.mark.parametrize("kind", ["json", "xml", "jsonl"])
async def test_djangos_serializers_write_what_stock_django_writes(kind: str) -> None:
    albums = list(await Album.vinyl.prefetch_related("genres").order_by("pk"))
    with recorded() as statements:
        text = serializers.serialize(kind, albums)
    assert text == stock(lambda: serializers.serialize(kind, Album.objects.order_by("pk")))
    assert statements == []


async def test_every_type_of_column_is_serialized() -> None:
    specimens = list(await Specimen.vinyl.order_by("pk"))
    text = serializers.serialize("json", specimens)
    assert text == stock(lambda: serializers.serialize("json", Specimen.objects.order_by("pk")))


async def test_a_deserialized_object_is_equal() -> None:
    artist = await Artist.vinyl.get(pk=1)
    text = serializers.serialize("json", [artist], fields=["name", "sorted_as"])
    (again,) = serializers.deserialize("json", text)
    assert again.object == artist
    assert json.loads(text)[0]["model"] == "shop.artist"


async def test_a_model_form_shows_an_object() -> None:
    class ArtistForm(ModelForm):
        class Meta:
            model = Artist
            fields = ["name", "active"]

    artist = await Artist.vinyl.get(pk=1)
    with recorded() as statements:
        html = ArtistForm(instance=artist).as_p()
    assert artist.name in html
    assert statements == []


class ArtistOut(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(from_attributes=True)
    id: int
    name: str


class TrackOut(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(from_attributes=True)
    title: str


class AlbumOut(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(from_attributes=True)
    title: str
    artist: ArtistOut
    listed: list[TrackOut]


async def test_pydantic_reads_loaded_objects() -> None:
    tracks = Prefetch("tracks", to_attr="listed")
    albums = list(
        await Album.vinyl.select_related("artist").prefetch_related(tracks).order_by("pk")
    )
    with recorded() as statements:
        found = pydantic.TypeAdapter(list[AlbumOut]).validate_python(albums)
    assert [album.artist.name for album in found] == [album.artist.name for album in albums]
    assert [len(album.listed) for album in found] == [len(album.listed) for album in albums]
    assert statements == []


async def test_pydantic_fails_where_a_relation_is_not_loaded() -> None:
    tracks = Prefetch("tracks", to_attr="listed")
    queryset = Album.vinyl.prefetch_related(tracks).fetch_mode(vinyl.FETCH_RAISE)
    album = await queryset.get(pk=1)
    # pydantic makes one of any error.
    with (
        recorded() as statements,
        pytest.raises(pydantic.ValidationError, match="is not loaded"),
    ):
        AlbumOut.model_validate(album)
    assert statements == []


class GenreData(drf.ModelSerializer):
    class Meta:
        model = Genre
        fields = ["code", "name"]


class TrackData(drf.ModelSerializer):
    class Meta:
        model = Track
        fields = ["title", "seconds"]


class AlbumData(drf.ModelSerializer):
    artist = drf.CharField(source="artist.name")
    genres = GenreData(many=True)
    tracks = TrackData(many=True)

    class Meta:
        model = Album
        fields = ["id", "title", "artist", "producer", "price", "released", "genres", "tracks"]


async def test_serializers_of_rest_framework_read_loaded_objects() -> None:
    albums = list(
        await Album.vinyl.select_related("artist")
        .prefetch_related("tracks", "genres")
        .order_by("pk")
    )
    with recorded() as statements:
        found = AlbumData(albums, many=True).data
        one = AlbumData(albums[0]).data
    assert found == stock(lambda: AlbumData(Album.objects.order_by("pk"), many=True).data)
    assert one == found[0]
    assert statements == []


async def test_a_serializer_of_rest_framework_fails_where_a_relation_is_not_loaded() -> None:
    album = await Album.vinyl.fetch_mode(vinyl.FETCH_RAISE).get(pk=1)
    with recorded() as statements, pytest.raises(vinyl.NotLoaded):
        _ = AlbumData(album).data
    assert statements == []
