"""Objects that are inserted into one order at the same time."""

from __future__ import annotations

import asyncio

import pytest

from tests.app.models import Clip

pytestmark = pytest.mark.usefixtures("pools", "db")


async def test_objects_inserted_at_once_are_all_there() -> None:
    before = await Clip.vinyl.filter(track=4).count()
    clips = [Clip.vinyl(track_id=4, url=f"https://{n}.example") for n in range(40)]
    await asyncio.gather(*(clip.insert() for clip in clips))
    assert await Clip.vinyl.filter(track=4).count() == before + len(clips)
    places = dict(await Clip.vinyl.filter(track=4).values_list("pk", "_order"))
    assert {clip.pk: clip._order for clip in clips}.items() <= places.items()
