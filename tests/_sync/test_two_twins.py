# Generated from tests/_async/test_two_twins.py by `python tools/unasync_build.py`; never edit.
"""Both twins in one process: objects and querysets of one are understood by the other."""

from __future__ import annotations

import threading
from typing import Any

from django.db.models import Prefetch

from tests._sync.recording import recorded
from tests.app.models import Album, Artist, Tag
from vinyl import async_mode, is_async


def of_the_other(build: Any) -> Any:
    """Build something with the other twin."""
    with async_mode(not is_async()):
        return build()


def test_a_queryset_of_the_other_twin_may_be_prefetched() -> None:
    theirs = of_the_other(lambda: Album.vinyl.filter(pk__gt=1).order_by("pk"))
    artist = Artist.vinyl.prefetch_related(Prefetch("albums", queryset=theirs)).get(pk=1)
    assert artist["albums"]
    assert all(type(album) is Album.vinyl.model for album in artist["albums"])


def test_a_queryset_of_the_other_twin_may_be_a_subquery() -> None:
    theirs = of_the_other(lambda: Album.vinyl.filter(pk=1).values("artist"))
    with recorded() as statements:
        artists = list(Artist.vinyl.filter(pk__in=theirs))
    assert [artist.pk for artist in artists] == [1]
    assert len(statements) == 1


def test_objects_of_both_twins_and_of_django_are_equal() -> None:
    ours = Artist.vinyl.get(pk=1)
    theirs = of_the_other(lambda: Artist.vinyl(pk=1, name="x"))
    assert ours == theirs == Artist(pk=1)
    assert {ours, theirs, Artist(pk=1)} == {ours}
    assert type(ours) is not type(theirs)


def test_an_object_of_the_other_twin_may_be_assigned_and_filtered_by() -> None:
    theirs = of_the_other(lambda: Artist.vinyl(pk=1, name="x"))
    album = Album.vinyl(title="x", artist=theirs)
    assert album.artist is theirs
    assert album.artist_id == 1
    assert Album.vinyl.filter(artist=theirs).exists()


def test_threads_get_one_class_of_a_model() -> None:
    from vinyl.twins import twin

    side = type(twin(is_async()))()
    found: set[Any] = set()
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        found.add(side.model_of(Tag))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
