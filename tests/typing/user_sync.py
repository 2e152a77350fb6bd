"""Code of a user in the sync mode, and the types that checkers must see in it."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Any, assert_type

import vinyl
from tests.typing.models import Album, Artist, Custom, Extended, OnlySync
from vinyl.typing import SyncManager, SyncQuerySet, sync


def in_a_project_of_both_modes() -> None:
    albums = sync(Album.vinyl)
    assert_type(albums, SyncManager[Album])
    assert_type(albums.get(pk=1), Album)
    assert_type(sync(Extended.vinyl).get(pk=1), Extended)
    assert_type(sync(Extended.vinyl).filter(title="x").recent(), Any)
    assert_type(sync(Custom.vinyl).get(pk=1), Any)


def reading() -> None:
    assert_type(OnlySync.vinyl, SyncManager[OnlySync])
    assert_type(OnlySync.vinyl.get(pk=1), OnlySync)
    assert_type(OnlySync.vinyl.get_or_none(pk=1), OnlySync | None)
    assert_type(OnlySync.vinyl.first(), OnlySync | None)
    assert_type(OnlySync.vinyl.count(), int)
    assert_type(OnlySync.vinyl.filter(title="x").exists(), bool)
    assert_type(OnlySync.vinyl.get(pk=1).title, str)


def rows_of_querysets() -> None:
    found = OnlySync.vinyl.filter(title__startswith="A").order_by("title")
    assert_type(found, SyncQuerySet[OnlySync])
    assert_type(list(found), list[OnlySync])
    assert_type(list(OnlySync.vinyl), list[OnlySync])
    assert_type(found[0], OnlySync)
    assert_type(list(found[:3]), list[OnlySync])
    assert_type(len(found), int)
    for each in found:
        assert_type(each, OnlySync)
    assert_type(list(OnlySync.vinyl.values("title")), list[dict[str, Any]])
    assert_type(OnlySync.vinyl.values_list("title", flat=True).get(), Any)


def writing() -> None:
    new = OnlySync.vinyl(title="x")
    assert_type(new, OnlySync)
    new.insert()
    new.update(title="y")
    new.delete()
    assert_type(OnlySync.vinyl.create(title="x"), OnlySync)
    assert_type(OnlySync.vinyl.get_or_create(title="x"), tuple[OnlySync, bool])
    assert_type(OnlySync.vinyl.filter(pk=1).update(title="z"), int)
    assert_type(OnlySync.vinyl.filter(pk=1).delete(), tuple[int, dict[str, int]])


def relations() -> None:
    album = sync(Album.vinyl).get(pk=1)
    assert_type(album.artist, Artist)
    assert_type(album.artist.name, str)


def titles(found: SyncQuerySet[OnlySync]) -> list[str]:
    return [each.title for each in found]


@vinyl.atomic
def in_transaction(number: int) -> str:
    return str(number)


def transactions() -> None:
    with vinyl.atomic():
        assert_type(in_transaction(1), str)


def mistakes() -> None:
    # Each of these must be an error; a checker complains of an ignore that hides none.
    repr(OnlySync.vinyl.aget(pk=1))  # type: ignore[attr-defined]
    repr(OnlySync.vinyl.first().title)  # type: ignore[union-attr]
