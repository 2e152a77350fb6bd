# Generated from tests/_async/test_plain_data.py by `python tools/unasync_build.py`; never edit.
"""What is loaded is plain data: templates, forms and serializers read it with no I/O."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import serializers
from django.forms import ModelForm, model_to_dict
from django.template import Context, Engine

import vinyl
from tests._sync.recording import recorded
from tests.app.models import Album, Artist, Specimen
from tests.app.stock import stock


def loaded_album() -> Any:
    return (
        Album.vinyl.select_related("artist__label").prefetch_related("tracks", "genres").get(pk=1)
    )


def test_a_template_renders_what_is_loaded() -> None:
    album = loaded_album()
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


def test_a_template_fails_where_a_relation_is_not_loaded() -> None:
    album = Album.vinyl.get(pk=1)
    for text in ("{{ album.artist.name }}", "{% for t in album.tracks.all %}x{% endfor %}"):
        with pytest.raises(vinyl.NotLoaded):
            Engine().from_string(text).render(Context({"album": album}))


def test_model_to_dict_reads_columns_and_prefetched_relations() -> None:
    album = loaded_album()
    with recorded() as statements:
        found = model_to_dict(album)
    expected = stock(lambda: model_to_dict(Album.objects.get(pk=1)))
    assert found == expected
    assert statements == []


@pytest.mark.parametrize("kind", ["json", "xml", "jsonl"])
def test_djangos_serializers_write_what_stock_django_writes(kind: str) -> None:
    albums = list(Album.vinyl.prefetch_related("genres").order_by("pk"))
    with recorded() as statements:
        text = serializers.serialize(kind, albums)
    assert text == stock(lambda: serializers.serialize(kind, Album.objects.order_by("pk")))
    assert statements == []


def test_every_type_of_column_is_serialized() -> None:
    specimens = list(Specimen.vinyl.order_by("pk"))
    text = serializers.serialize("json", specimens)
    assert text == stock(lambda: serializers.serialize("json", Specimen.objects.order_by("pk")))


def test_a_deserialized_object_is_equal() -> None:
    artist = Artist.vinyl.get(pk=1)
    text = serializers.serialize("json", [artist], fields=["name", "sorted_as"])
    (again,) = serializers.deserialize("json", text)
    assert again.object == artist
    assert json.loads(text)[0]["model"] == "shop.artist"


def test_a_model_form_shows_an_object() -> None:
    class ArtistForm(ModelForm):
        class Meta:
            model = Artist
            fields = ["name", "active"]

    artist = Artist.vinyl.get(pk=1)
    with recorded() as statements:
        html = ArtistForm(instance=artist).as_p()
    assert artist.name in html
    assert statements == []


def test_pydantic_reads_loaded_objects() -> None:
    pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed")

    class ArtistOut(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        model_config = pydantic.ConfigDict(from_attributes=True)
        id: int
        name: str

    class AlbumOut(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        model_config = pydantic.ConfigDict(from_attributes=True)
        title: str
        artist: ArtistOut

    album = loaded_album()
    with recorded() as statements:
        found = AlbumOut.model_validate(album)
    assert (found.title, found.artist.name) == (album.title, album.artist.name)
    assert statements == []


def test_a_serializer_of_rest_framework_reads_loaded_objects() -> None:
    drf = pytest.importorskip("rest_framework.serializers", reason="no rest framework")

    class TrackOut(drf.Serializer):  # type: ignore[misc,name-defined]
        title = drf.CharField()

    class AlbumOut(drf.Serializer):  # type: ignore[misc,name-defined]
        title = drf.CharField()
        artist = drf.CharField(source="artist.name")
        tracks = TrackOut(many=True)

    album = loaded_album()
    with recorded() as statements:
        found = AlbumOut(album).data
    assert found["artist"] == album.artist.name
    assert [track["title"] for track in found["tracks"]] == [t.title for t in album["tracks"]]
    assert statements == []
