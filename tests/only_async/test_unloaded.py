"""An unloaded relation of the async twin: awaitable, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import vinyl
from tests._async.recording import recorded
from tests.app.models import Album, Artist, Tag

pytestmark = pytest.mark.usefixtures("pools")

TOUCHES: dict[str, Callable[[Any], Any]] = {
    "attribute": lambda artist: artist.name,
    "assignment": lambda artist: setattr(artist, "name", "x"),
    "str": str,
    "format": lambda artist: f"{artist}",
    "bool": bool,
    "iteration": list,
    "call": lambda artist: artist(),
    "item": lambda artist: artist["label"],
    "equality": lambda artist: artist == 1,
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
async def test_touching_an_unloaded_relation_raises(touch: Callable[[Any], Any]) -> None:
    album = await Album.vinyl.get(pk=1)
    with recorded() as statements, pytest.raises(vinyl.NotLoaded) as caught:
        touch(album.artist)
    assert statements == []
    assert "Album.artist" in str(caught.value)
    assert "select_related('artist')" in str(caught.value)
    assert "await" in str(caught.value)


async def test_hasattr_does_not_hide_the_error() -> None:
    album = await Album.vinyl.get(pk=1)
    with pytest.raises(vinyl.NotLoaded):
        hasattr(album.artist, "name")


async def test_its_repr_says_what_it_is() -> None:
    album = await Album.vinyl.get(pk=1)
    assert "not loaded" in repr(album.artist)
    assert "select_related('artist')" in repr(album.artist)


async def test_it_can_be_awaited_again() -> None:
    album = await Album.vinyl.get(pk=1)
    unloaded = album.artist
    assert (await unloaded).name == "Björk"
    assert (await unloaded).name == "Björk"


async def test_a_null_relation_can_be_awaited_when_it_is_loaded_or_not() -> None:
    album = await Album.vinyl.get(pk=1)
    assert await album.producer is None


async def test_every_kind_of_relation_says_how_to_load_it() -> None:
    artist = await Artist.vinyl.get(pk=1)
    with pytest.raises(vinyl.NotLoaded, match=r"select_related\('profile'\)"):
        artist.profile.facts  # noqa: B018
    with pytest.raises(vinyl.NotLoaded, match=r"prefetch_related\('albums'\)"):
        artist["albums"]
    tag = await Tag.vinyl.get(pk=1)
    with pytest.raises(vinyl.NotLoaded, match=r"prefetch_related\('target'\)"):
        tag.target.name  # noqa: B018


async def test_a_deferred_field_says_how_to_load_it() -> None:
    album = await Album.vinyl.only("title").get(pk=1)
    with pytest.raises(vinyl.NotLoaded, match=r"refresh_from_db\(fields=\['year'\]\)"):
        album.year  # noqa: B018
