# Generated from tests/_async/test_in_bulk.py by `python tools/unasync_build.py`; never edit.
"""in_bulk and explain: Django's rules, natively."""

from __future__ import annotations

from typing import Any

import django
import pytest

from tests._sync.recording import recorded
from tests.app.models import Album, Genre, Profile
from tests.app.stock import stock


@pytest.mark.parametrize(
    "keys", [[], [1], [1, 2, 999], (3, 1), {2}, iter([1, 4]), range(1, 5), None], ids=repr
)
def test_objects_come_by_key(keys: Any) -> None:
    given = keys if keys is None else list(keys)
    expected = stock(lambda: {k: a.title for k, a in Album.objects.in_bulk(given).items()})
    with recorded() as statements:
        found = Album.vinyl.in_bulk(given if given is None else iter(given))
    assert {key: album.title for key, album in found.items()} == expected
    assert all(isinstance(album, Album.vinyl.model) for album in found.values())
    assert len(statements) == (0 if given == [] else 1)


def test_another_unique_field_may_be_the_key() -> None:
    found = Genre.vinyl.in_bulk(["pop", "rock"], field_name="code")
    assert found["pop"].code == "pop"


def test_related_objects_may_be_the_keys() -> None:
    expected = stock(
        lambda: {
            (artist.pk, artist.name): profile.pk
            for artist, profile in Profile.objects.in_bulk([1, 3], field_name="artist").items()
        }
    )
    with recorded() as statements:
        found = Profile.vinyl.in_bulk([1, 3], field_name="artist")
    # Django asks for each of them.
    assert len(statements) == 2
    assert {(key.pk, key.name): profile.pk for key, profile in found.items()} == expected


@pytest.mark.skipif(django.VERSION < (6, 1), reason="new in Django 6.1")
def test_values_come_by_key_too() -> None:
    expected = stock(lambda: Album.objects.values("title").in_bulk([1, 2]))
    assert Album.vinyl.values("title").in_bulk([1, 2]) == expected
    flat = stock(lambda: Album.objects.values_list("title", flat=True).in_bulk([1, 2]))
    assert Album.vinyl.values_list("title", flat=True).in_bulk([1, 2]) == flat


def test_more_keys_than_a_statement_takes_are_split() -> None:
    keys = list(range(1, 40_000))
    assert len(Album.vinyl.in_bulk(keys)) == Album.vinyl.count()


def test_a_field_that_is_not_unique_is_refused() -> None:
    with pytest.raises(ValueError, match="must be a unique field"):
        Album.vinyl.in_bulk(["x"], field_name="title")


def test_a_slice_is_refused() -> None:
    with pytest.raises(TypeError, match="Cannot use 'limit' or 'offset'"):
        Album.vinyl.all()[:2].in_bulk([1])


def test_the_database_explains_a_query() -> None:
    with recorded() as statements:
        text = Album.vinyl.filter(pk=1).explain()
    assert isinstance(text, str)
    assert text
    assert statements[0].startswith("EXPLAIN")


def test_a_hostile_option_of_explain_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid option name"):
        Album.vinyl.all().explain(**{"x; DROP TABLE shop_album": True})
