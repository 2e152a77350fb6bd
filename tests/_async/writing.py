"""The writes that take several statements, for the tests that break them in the middle."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from tests.app.models import (
    Album,
    Artist,
    Clip,
    Customer,
    Depot,
    Employee,
    Genre,
    Label,
    Patron,
    Playlist,
    Tag,
    Track,
)


async def nothing() -> None:
    """Stand for no object."""


@dataclass(frozen=True)
class Write:
    """
    A write: what it needs is made by `prepare`, which does not write, and given to `act`.

    With `kept`, what was prepared has to look as before when the write has failed.
    """

    name: str
    act: Callable[[Any], Any]
    prepare: Callable[[], Any] = nothing
    kept: bool = True

    def __str__(self) -> str:
        return self.name


async def new_patron() -> Any:
    return Patron.vinyl(name="New", email="new@example.org", credit=Decimal("1"), level=3)


async def new_child_of_existing() -> Any:
    return Employee.vinyl(person_id=8, name="Somebody", email="nobody@example.org", salary=1)


async def new_clip() -> Any:
    return Clip.vinyl(track_id=4, url="https://new.example")


async def changed_patron() -> Any:
    patron = await Patron.vinyl.get(pk=6)
    patron.name, patron.credit, patron.level = "Changed", Decimal("7.00"), 9
    return patron


async def genre() -> Any:
    return await Genre.vinyl.get(pk="electronic")


async def track() -> Any:
    return await Track.vinyl.get(pk=1)


async def patron() -> Any:
    return await Patron.vinyl.get(pk=6)


async def customer() -> Any:
    return await Customer.vinyl.get(pk=6)


async def depot() -> Any:
    return await Depot.vinyl.get(pk=13)


async def label() -> Any:
    return await Label.vinyl.get(pk=2)


async def new_playlists() -> Any:
    return [Playlist.vinyl(id=uuid.UUID(int=n), title="New", owner_id=1) for n in range(1, 6)]


async def new_albums() -> Any:
    """Some with a key, some without: two kinds of INSERT."""
    values = {"artist_id": 8, "year": 1, "price": Decimal("1.00")}
    return [
        Album.vinyl(
            pk=100 + n if n % 2 else None, title=f"New {n}", barcode=uuid.UUID(int=n), **values
        )
        for n in range(6)
    ]


async def album() -> Any:
    return await Album.vinyl.get(pk=1)


async def artist() -> Any:
    return await Artist.vinyl.get(pk=1)


async def label_and_artists() -> Any:
    found = await Label.vinyl.get(pk=3)
    found.others = [*await Artist.vinyl.filter(pk__in=[1, 8])]
    return found


async def tagged() -> Any:
    tag = await Tag.vinyl.filter(artist__isnull=False).first()
    return await tag.target


async def ordered() -> Any:
    return await Track.vinyl.filter(clips__pk=1).get()


async def changed_albums() -> Any:
    objs = [*await Album.vinyl.order_by("pk")[:4]]
    for obj in objs:
        obj.year, obj.title = obj.year + 1, f"{obj.title} (new)"
    return objs


async def changed_patrons() -> Any:
    objs = [*await Patron.vinyl.order_by("pk")]
    for obj in objs:
        obj.name, obj.credit, obj.level = f"{obj.name} X", Decimal("7.00"), 9
    return objs


async def new_patrons() -> Any:
    """Children of three tables, of which one has a key already."""
    return [Patron.vinyl(pk=900 if n == 2 else None, name=f"New {n}", level=n) for n in range(4)]


async def new_clips() -> Any:
    return [Clip.vinyl(track_id=4, url=f"https://{n}.example") for n in range(3)]


async def artist_and_tag() -> Any:
    return await artist(), Tag.vinyl(name="new")


NEW = {"artist_id": 8, "year": 1, "price": Decimal("1.00"), "barcode": uuid.UUID(int=1)}
RELEASED = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)

WRITES = [
    Write("insert of a grandchild", lambda obj: obj.insert(), new_patron),
    Write("insert of a child of an existing row", lambda obj: obj.insert(), new_child_of_existing),
    Write("insert of what is ordered", lambda obj: obj.insert(), new_clip, kept=False),
    Write("create of a grandchild", lambda _: Patron.vinyl.create(name="New", level=1)),
    Write("save of a grandchild", lambda obj: obj.save(), changed_patron),
    Write("update of a grandchild", lambda obj: obj.update(name="X", level=5), patron, kept=False),
    Write("delete that cascades", lambda obj: obj.delete(), track),
    Write("delete that cascades twice", lambda obj: obj.delete(), genre),
    Write("delete of a grandchild", lambda obj: obj.delete(), patron),
    Write("delete of a grandchild alone", lambda obj: obj.delete(keep_parents=True), patron),
    Write("delete of a parent", lambda obj: obj.delete(), customer),
    Write("delete that sets null", lambda obj: obj.delete(), label),
    Write("delete by handlers that query", lambda obj: obj.delete(), depot),
    Write("delete of rows", lambda _: Track.vinyl.filter(album=1).delete()),
    Write("delete of many", lambda _: Depot.vinyl.filter(pk__in=[10, 11, 12, 14]).delete()),
    Write(
        "update of two tables", lambda _: Patron.vinyl.update(name="P", credit=Decimal(5), level=1)
    ),
    Write(
        "bulk_create in batches", lambda objs: Playlist.vinyl.bulk_create(objs, 2), new_playlists
    ),
    Write(
        "get_or_create that creates",
        lambda _: Album.vinyl.get_or_create(title="New", defaults=NEW),
    ),
    Write(
        "get_or_create of a grandchild",
        lambda _: Patron.vinyl.get_or_create(name="New", defaults={"level": 1}),
    ),
    Write(
        "update_or_create that creates",
        lambda _: Album.vinyl.update_or_create(title="New", defaults=NEW),
    ),
    Write(
        "update_or_create that updates",
        lambda _: Album.vinyl.update_or_create(title="Homogenic", defaults={"released": RELEASED}),
    ),
    Write(
        "update_or_create of a grandchild",
        lambda _: Patron.vinyl.update_or_create(pk=6, defaults={"name": "New", "level": 8}),
    ),
    Write("bulk_create of two kinds", lambda objs: Album.vinyl.bulk_create(objs, 2), new_albums),
    Write(
        "bulk_create of grandchildren", lambda objs: Patron.vinyl.bulk_create(objs, 2), new_patrons
    ),
    Write("bulk_create of what is ordered", lambda objs: Clip.vinyl.bulk_create(objs), new_clips),
    Write(
        "bulk_create that updates",
        lambda _: Genre.vinyl.bulk_create(
            [Genre.vinyl(code=code, name="Newer") for code in ("pop", "jazz", "new")],
            batch_size=2,
            update_conflicts=True,
            update_fields=["name"],
            unique_fields=None if connection.vendor == "mysql" else ["code"],
        ),
    ),
    Write(
        "bulk_update in batches",
        lambda objs: Album.vinyl.bulk_update(objs, ["year", "title"], batch_size=2),
        changed_albums,
    ),
    Write(
        "bulk_update of two tables",
        lambda objs: Patron.vinyl.bulk_update(objs, ["name", "credit", "level"], batch_size=1),
        changed_patrons,
    ),
    Write("m2m add", lambda obj: obj.genres.add("jazz", "electronic"), album),
    Write("m2m add, symmetrical", lambda obj: obj.friends.add(6, 7), artist),
    Write("m2m set", lambda obj: obj.genres.set(["jazz"]), album),
    Write("m2m set after clearing", lambda obj: obj.genres.set(["jazz"], clear=True), album),
    Write("m2m clear, symmetrical", lambda obj: obj.friends.clear(), artist),
    Write("m2m create", lambda obj: obj.genres.create(code="new", name="New"), album),
    Write(
        "m2m get_or_create",
        lambda obj: obj.genres.get_or_create(code="new", defaults={"name": "New"}),
        album,
    ),
    Write(
        "m2m update_or_create",
        lambda obj: obj.genres.update_or_create(code="new", defaults={"name": "New"}),
        album,
    ),
    Write("reverse set", lambda obj: obj.artists.set(obj.others), label_and_artists, kept=False),
    Write(
        "reverse set one by one",
        lambda obj: obj.artists.set(obj.others, bulk=False),
        label_and_artists,
        kept=False,
    ),
    Write("generic create", lambda obj: obj.tags.create(name="new"), artist),
    Write("generic set", lambda obj: obj.tags.set([]), tagged),
    Write(
        "generic add of new ones",
        lambda both: both[0].tags.add(both[1], bulk=False),
        artist_and_tag,
        kept=False,
    ),
    Write("set_order", lambda obj: obj.set_clip_order([1, 2]), ordered),
]
if connection.vendor == "postgresql":
    WRITES += [
        Write("COPY", lambda objs: Album.vinyl.bulk_create(objs, 2, copy=True), new_albums),
        Write(
            "COPY of grandchildren",
            lambda objs: Patron.vinyl.bulk_create(objs, copy=True),
            new_patrons,
        ),
    ]
