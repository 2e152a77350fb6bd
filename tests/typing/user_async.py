"""Code of a user in the async mode, and the types that checkers must see in it."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Any, assert_type

import vinyl
from tests.typing.models import Album, Artist, Custom, Extended, Track
from vinyl.typing import AsyncManager, AsyncQuerySet


async def reading() -> None:
    assert_type(Album.vinyl, AsyncManager[Album])
    assert_type(await Album.vinyl.get(pk=1), Album)
    assert_type(await Album.vinyl.get_or_none(pk=1), Album | None)
    assert_type(await Album.vinyl.first(), Album | None)
    assert_type(await Album.vinyl.exclude(title="").latest("id"), Album)
    assert_type(await Album.vinyl.count(), int)
    assert_type(await Album.vinyl.filter(title="x").exists(), bool)
    assert_type(await Album.vinyl.in_bulk([1, 2]), dict[Any, Album])
    assert_type(await Album.vinyl.aggregate(), dict[str, Any])
    assert_type((await Album.vinyl.get(pk=1)).title, str)
    # A model that derives from Django's own Model.
    assert_type(await Track.vinyl.get(pk=1), Track)


async def rows_of_querysets() -> None:
    albums = Album.vinyl.filter(title__startswith="A").order_by("title").distinct()
    assert_type(albums, AsyncQuerySet[Album])
    assert_type(await albums, list[Album])
    assert_type(await Album.vinyl, list[Album])
    assert_type(await albums[0], Album)
    assert_type(await albums[:3], list[Album])
    async for album in albums | Album.vinyl.none():
        assert_type(album, Album)
    async for album in albums.iterator(chunk_size=100):
        assert_type(album, Album)
    assert_type(await Album.vinyl.raw("SELECT * FROM album"), list[Album])


async def other_rows() -> None:
    assert_type(await Album.vinyl.values("title"), list[dict[str, Any]])
    assert_type(await Album.vinyl.values("title").first(), dict[str, Any] | None)
    assert_type(await Album.vinyl.values_list("id", "title"), list[tuple[Any, ...]])
    assert_type(await Album.vinyl.values_list("title", flat=True), list[Any])


async def writing() -> None:
    album = Album.vinyl(title="x")
    assert_type(album, Album)
    await album.insert()
    await album.update(title="y")
    await album.save(update_fields=["title"])
    await album.refresh_from_db()
    await album.delete()
    assert_type(await Album.vinyl.create(title="x"), Album)
    assert_type(await Album.vinyl.get_or_create(title="x"), tuple[Album, bool])
    assert_type(await Album.vinyl.bulk_create([album]), list[Album])
    assert_type(await Album.vinyl.filter(pk=1).update(title="z"), int)
    assert_type(await Album.vinyl.filter(pk=1).delete(), tuple[int, dict[str, int]])


async def relations() -> None:
    album = await Album.vinyl.get(pk=1)
    assert_type(await album.artist, Artist)
    assert_type(album["artist"], Any)
    assert_type(await album.R("artist"), Any)
    artist = await album.artist
    assert_type(await artist.albums, list[Album])
    assert_type(await artist.albums.filter(title="x").count(), int)
    await artist.albums.add(album)
    await artist.albums.aadd(album, bulk=False)
    await artist.albums.set(Album.vinyl.filter(title="x"), clear=True)
    await artist.albums.remove(album)
    await artist.albums.clear()
    assert_type(await artist.albums.create(title="x", through_defaults={}), Album)
    assert_type(await artist.albums.get_or_create(title="x"), tuple[Album, bool])


async def what_is_the_users_own() -> None:
    assert_type(await Extended.vinyl.get(pk=1), Extended)
    assert_type(await Extended.vinyl.filter(title="x"), list[Extended])
    assert_type(await Extended.vinyl.filter(title="x").recent().get(), Any)
    assert_type(await Extended.vinyl.recent(), Any)
    assert_type(await Custom.vinyl.get(pk=1), Any)


async def titles(albums: AsyncQuerySet[Album]) -> list[str]:
    return [album.title async for album in albums]


async def transactions() -> None:
    async with vinyl.atomic():
        await in_transaction(1)


@vinyl.atomic
async def in_transaction(number: int) -> str:
    return str(number)


@vinyl.atomic(using="other", durable=True)
async def in_another(number: int) -> str:
    return str(number)


async def decorated() -> None:
    assert_type(await in_transaction(1), str)
    assert_type(await in_another(1), str)


async def mistakes() -> None:
    # Each of these must be an error; a checker complains of an ignore that hides none.
    repr(Album.vinyl.get(pk=1).title)  # type: ignore[attr-defined]
    repr(Album.vinyl.fliter(pk=1))  # type: ignore[attr-defined]
    repr((await Album.vinyl.values("title").get()).title)  # type: ignore[attr-defined]
    repr((await Album.vinyl.first()).title)  # type: ignore[union-attr]
    await Track.vinyl.bulk_create([Album()])  # type: ignore[list-item]
    repr(Album().vinyl)  # type: ignore[arg-type]
