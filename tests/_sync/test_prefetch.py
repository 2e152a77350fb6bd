# Generated from tests/_async/test_prefetch.py by `python tools/unasync_build.py`; never edit.
"""prefetch_related: what stock Django loads, in as many queries, and plain data afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db.models import Count, Prefetch

import vinyl
from tests._sync.recording import recorded
from tests.app.models import (
    Album,
    Artist,
    Customer,
    Genre,
    Label,
    Person,
    Playlist,
    Review,
    Tag,
    Track,
)
from tests.app.stock import stock, stock_recorded

Names = tuple[str, ...]


def loaded(objects: list[Any], names: Names) -> list[Any]:
    """Return what is loaded of objects along a path of attributes, by model and key."""
    if not names:
        return [(obj._meta.label, obj.pk) for obj in objects]
    found = []
    for obj in objects:
        value = getattr(obj, names[0])
        value = list(value.all()) if hasattr(value, "all") else value
        related = value if isinstance(value, list) else [] if value is None else [value]
        found.append((obj._meta.label, obj.pk, loaded(related, names[1:])))
    return found


CASES: dict[str, tuple[Callable[[Any], Any], Names]] = {
    "reverse": (lambda m: m(Artist).prefetch_related("albums"), ("albums",)),
    "forward": (lambda m: m(Album).prefetch_related("artist"), ("artist",)),
    "forward to another key": (lambda m: m(Artist).prefetch_related("label"), ("label",)),
    "many to many": (lambda m: m(Album).prefetch_related("genres"), ("genres",)),
    "many to many, back": (lambda m: m(Genre).prefetch_related("albums"), ("albums",)),
    "many to many to itself": (lambda m: m(Artist).prefetch_related("friends"), ("friends",)),
    "many to many through a table": (lambda m: m(Track).prefetch_related("guests"), ("guests",)),
    "many to many by keys of which databases think differently": (
        lambda m: m(Playlist).prefetch_related("tracks"),
        ("tracks",),
    ),
    "one to one": (lambda m: m(Review).prefetch_related("follows"), ("follows",)),
    "nested": (
        lambda m: m(Artist).prefetch_related("albums__tracks__guests"),
        ("albums", "tracks", "guests"),
    ),
    "nested there and back": (
        lambda m: m(Artist).prefetch_related("albums__artist"),
        ("albums", "artist"),
    ),
    "behind select_related": (
        lambda m: m(Album).select_related("artist").prefetch_related("artist__albums"),
        ("artist", "albums"),
    ),
    "generic relation": (lambda m: m(Album).prefetch_related("tags"), ("tags",)),
    "generic foreign key": (lambda m: m(Tag).prefetch_related("target"), ("target",)),
    "inherited": (lambda m: m(Person).prefetch_related("playlists"), ("playlists",)),
    "given queryset": (
        lambda m: m(Artist).prefetch_related(
            Prefetch("albums", queryset=m(Album).filter(pk__gt=2).order_by("-title"))
        ),
        ("albums",),
    ),
    "given queryset with lookups of its own": (
        lambda m: m(Artist).prefetch_related(
            Prefetch("albums", queryset=m(Album).prefetch_related("tracks"))
        ),
        ("albums", "tracks"),
    ),
    "given queryset whose lookups lead back": (
        lambda m: m(Artist).prefetch_related(
            Prefetch(
                "albums",
                queryset=m(Album).prefetch_related(
                    Prefetch("artist", queryset=m(Artist).only("name"))
                ),
            )
        ),
        ("albums", "artist"),
    ),
    "given queryset whose lookups lead back to an attribute": (
        lambda m: m(Artist).prefetch_related(
            Prefetch(
                "albums",
                queryset=m(Album).prefetch_related(Prefetch("artist", to_attr="by")),
            )
        ),
        ("albums", "by"),
    ),
    "other side of a generic relation": (
        lambda m: m(Tag).prefetch_related("album"),
        ("album",),
    ),
    "foreign key of the table above, read on the child": (
        lambda m: (
            m(Customer).exclude(patron=None).select_related("patron").prefetch_related("favourite")
        ),
        ("patron", "favourite"),
    ),
    "to an attribute": (
        lambda m: m(Artist).prefetch_related(
            Prefetch("albums", queryset=m(Album).order_by("title"), to_attr="records"),
            "records__tracks",
        ),
        ("records", "tracks"),
    ),
    "sliced": (
        lambda m: m(Artist).prefetch_related(
            Prefetch("albums", queryset=m(Album).order_by("title", "id")[:1], to_attr="firsts")
        ),
        ("firsts",),
    ),
    "cleared": (lambda m: m(Artist).prefetch_related("albums").prefetch_related(None), ()),
    "of none": (lambda m: m(Artist).none().prefetch_related("albums"), ("albums",)),
}


def stock_manager(model: Any) -> Any:
    return model.objects


def vinyl_manager(model: Any) -> Any:
    return model.vinyl


@pytest.mark.parametrize("name", CASES)
def test_what_is_loaded_is_what_stock_django_loads(name: str) -> None:
    build, names = CASES[name]
    stock(lambda: [ContentType.objects.get_for_model(model) for model in (Album, Artist, Track)])
    expected, queries = stock_recorded(
        lambda: loaded(list(build(stock_manager).order_by("pk")), names)
    )
    with recorded() as statements:
        objects = list(build(vinyl_manager).order_by("pk"))
    with recorded() as more:
        assert loaded(objects, names) == expected
    assert more == []
    assert len(statements) == len(queries)


def test_a_prefetched_relation_is_read_without_a_query() -> None:
    artist = Artist.vinyl.prefetch_related("albums__tracks").get(pk=1)
    with recorded() as statements:
        albums = artist["albums"]
        assert albums == list(artist.albums.all()) == list(artist.albums)
        assert all(album.artist is artist for album in albums)
        assert all(isinstance(album, Album.vinyl.model) for album in albums)
        assert [len(album["tracks"]) for album in albums]
    assert statements == []


def test_filtering_a_prefetched_relation_is_a_query_again() -> None:
    artist = Artist.vinyl.prefetch_related("albums").get(pk=1)
    first = artist["albums"][0]
    with recorded() as statements:
        assert list(artist.albums.filter(pk=first.pk)) == [first]
        assert artist.albums.filter(pk=0).count() == 0
    assert len(statements) == 2


def test_a_query_for_a_prefetched_relation_is_always_one() -> None:
    artist = Artist.vinyl.prefetch_related("albums").get(pk=1)
    with recorded() as statements:
        assert artist.R("albums") == artist["albums"]
    assert len(statements) == 1


def test_objects_that_are_loaded_already_can_be_given_relations() -> None:
    artists = list(Artist.vinyl.order_by("pk"))
    with pytest.raises(vinyl.NotLoaded):
        artists[0]["albums"]
    with recorded() as statements:
        vinyl.prefetch_related_objects(artists, "albums", "label")
        vinyl.prefetch_related_objects(artists, "albums")
        vinyl.prefetch_related_objects([], "albums")
    assert len(statements) == 2
    assert artists[0]["albums"]
    assert isinstance(artists[0]["label"], Label.vinyl.model)


def test_querysets_of_stock_django_may_be_given() -> None:
    annotated = Album.objects.annotate(track_total=Count("tracks")).order_by("pk")
    artist = Artist.vinyl.prefetch_related(Prefetch("albums", queryset=annotated)).get(pk=1)
    albums = artist["albums"]
    assert all(type(album) is Album.vinyl.model for album in albums)
    numbers = stock(lambda: [album.track_total for album in annotated.filter(artist=1)])
    assert [album.track_total for album in albums] == numbers


def test_a_slice_need_not_go_to_an_attribute() -> None:
    lookup = Prefetch("albums", queryset=Album.vinyl.order_by("title", "id")[:1])
    for artist in Artist.vinyl.prefetch_related(lookup):
        first = artist.albums.order_by("title", "id").first()
        assert artist["albums"] == [] if first is None else [first]


def test_generic_prefetch_takes_a_queryset_a_model() -> None:
    lookup = GenericPrefetch(
        "target", [Album.objects.select_related("artist"), Artist.vinyl.only("name")]
    )
    tags = list(Tag.vinyl.filter(object_id__lt=4000).prefetch_related(lookup))
    albums = [tag.target for tag in tags if isinstance(tag["target"], Album)]
    artists = [tag.target for tag in tags if isinstance(tag["target"], Artist)]
    assert albums
    assert all(album["artist"] for album in albums)
    assert all("label_id" in artist.get_deferred_fields() for artist in artists)


def test_the_type_of_a_generic_relation_need_not_be_known_before() -> None:
    ContentType.objects.clear_cache()
    tags = list(Tag.vinyl.prefetch_related("target").order_by("pk"))
    assert tags[0].target is not None


@pytest.mark.parametrize(
    ("lookup", "error"),
    [
        ("nothing", AttributeError),
        ("albums__nothing", AttributeError),
        ("name", ValueError),
    ],
)
def test_a_lookup_that_leads_nowhere_is_refused(lookup: Any, error: type) -> None:
    with pytest.raises(error):
        list(Artist.vinyl.prefetch_related(lookup))


def test_one_relation_is_not_prefetched_with_two_querysets() -> None:
    queryset = Artist.vinyl.prefetch_related(
        "albums__tracks", Prefetch("albums", queryset=Album.vinyl.order_by("title"))
    )
    with pytest.raises(ValueError, match="already seen with a different queryset"):
        list(queryset)


def test_the_way_back_from_a_prefetched_queryset_costs_no_query() -> None:
    back = Track.vinyl.prefetch_related("album__genres")
    with recorded() as statements:
        albums = list(Album.vinyl.prefetch_related(Prefetch("tracks", back)))
    assert len(statements) == 3
    for album in albums:
        assert all(track.album is album for track in album["tracks"])
        assert album["tracks"] == [] or album["genres"] is not None
