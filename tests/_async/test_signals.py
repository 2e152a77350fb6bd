"""There are no signals: no write sends one. Making an object is Django's, with what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import signals

from tests._async.writing import WRITES, Write
from tests.app.models import Album, Artist, Credit, Genre, Playlist

WATCHED = (
    signals.pre_save,
    signals.post_save,
    signals.pre_delete,
    signals.post_delete,
    signals.m2m_changed,
)

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def received() -> Iterator[list[Any]]:
    """Collect what is sent while a test runs."""
    found: list[Any] = []

    def receiver(sender: Any, **kwargs: Any) -> None:
        found.append((sender, kwargs))

    for signal in WATCHED:
        signal.connect(receiver)
    try:
        yield found
    finally:
        for signal in WATCHED:
            signal.disconnect(receiver)


@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_no_write_of_several_statements_sends_one(write: Write, received: list[Any]) -> None:
    await write.act(await write.prepare())
    assert received == []


async def test_no_write_of_one_statement_sends_one(received: list[Any]) -> None:
    genre = await Genre.vinyl.create(code="new", name="New")
    await genre.update(name="Newer")
    genre.name = "Newest"
    await genre.save()
    await Genre.vinyl.filter(code="new").update(name="x")
    await Genre.vinyl.bulk_create([Genre.vinyl(code="newer", name="x")])
    await Credit.vinyl.filter(role="strings").delete()
    await genre.delete()
    assert received == []


@pytest.fixture
def made() -> Iterator[list[Any]]:
    """Collect the classes whose pre_init and post_init are sent."""
    found: list[Any] = []

    def receiver(sender: Any, **kwargs: Any) -> None:
        found.append(sender)

    for signal in (signals.pre_init, signals.post_init):
        signal.connect(receiver)
    try:
        yield found
    finally:
        for signal in (signals.pre_init, signals.post_init):
            signal.disconnect(receiver)


async def test_loading_objects_sends_none(made: list[Any]) -> None:
    artists = await Artist.vinyl.order_by("pk")
    assert len(artists) == 9
    assert (await Album.vinyl.select_related("artist").get(pk=1))["artist"] == artists[0]
    assert made == []


async def test_what_runs_the_models_own_init_sends_its_signals(made: list[Any]) -> None:
    Artist.vinyl(name="New")
    assert made == [Artist.vinyl.model] * 2
    await Playlist.vinyl.get(title="")  # Its model overrides __init__().
    assert set(made) == {Artist.vinyl.model, Playlist.vinyl.model}
