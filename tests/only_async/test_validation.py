"""What validation refuses in the async twin."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from django.db import NotSupportedError, connection

from tests._async.recording import recorded
from tests.app.written import Venue, WritingVenue

pytestmark = pytest.mark.usefixtures("pools", "db")


def venue(**values):
    return WritingVenue.vinyl(code="a", name="A", opened=dt.date(2024, 1, 1), **values)


async def test_an_overridden_part_that_writes_is_refused() -> None:
    with pytest.raises(NotSupportedError, match=r"wants to write to shop\.Venue.*VinylManager"):
        await venue().validate_unique()
    assert await Venue.vinyl.count() == 0


async def test_a_clean_that_queries_in_the_synchronous_way_is_told_what_to_write() -> None:
    with pytest.raises(SynchronousOnlyOperation) as caught:
        await venue().full_clean()
    assert "clean() of WritingVenue queries in a synchronous way" in caught.value.__notes__[0]


async def test_validation_never_connects_djangos_connections() -> None:
    with recorded() as statements:
        await Venue.vinyl(
            code="a", name="A", opened=dt.date(2024, 1, 1), label_id="ecm"
        ).full_clean()
    assert len(statements) == 9
    assert connection.connection is None
