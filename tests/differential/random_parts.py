"""What queries put together at random are made of: conditions, orders, columns, relations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import (
    Avg,
    Case,
    CharField,
    Count,
    Exists,
    F,
    FilteredRelation,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.fields.json import KT
from django.db.models.functions import (
    Cast,
    Coalesce,
    ExtractYear,
    Lag,
    Length,
    Lower,
    Rank,
    RowNumber,
    TruncMonth,
    Upper,
)

from tests.app import models


@cache
def knows_time_zones() -> bool:
    """Tell whether the database can truncate a time in a time zone; Django refuses it else."""
    # Asked once, for stock Django: it may query, which it must not in an event loop.
    known: bool = connection.features.has_zoneinfo_database
    return known


# Conditions by model: a lookup and the values to choose from.
CONDITIONS: dict[str, list[tuple[str, list[Any]]]] = {
    "Album": [
        ("title__icontains", ["d", "100%", "", "🎸"]),
        ("year__gt", [0, 1990, 2**40]),
        ("price__lte", [Decimal("20"), "19.99"]),
        ("format__in", [["lp"], ["ep", "cd"], []]),
        ("released__year", [1999, 2024]),
        ("length__isnull", [True, False]),
        ("notes__mono", [True, None]),
        ("artist__name__startswith", ["B", "中"]),
        ("artist__label__country", ["de", ""]),
        ("producer", [1, None]),
        ("genres", ["pop", "jazz"]),
        ("tracks__seconds__gt", [300]),
        ("tags__name", ["live", "classic"]),
        ("tags", [1, 2]),
        ("reviews__stars__gte", [0, 5]),
        ("chart__week", [dt.date(2024, 2, 29)]),
        ("released__date__gt", [dt.date(2000, 1, 1)]),
        ("notes__mono__isnull", [True, False]),
        ("notes__has_key", ["mono"]),
        ("year", [F("pk"), F("artist__id")]),
        ("number__isnull", [True, False]),
    ],
    "Artist": [
        ("name__contains", ["j", "%", "𝄞"]),
        ("active", [True, False, None]),
        ("born__lt", [dt.date(1960, 1, 1)]),
        ("rating__gte", [3.0, 1e300]),
        ("label", ["ecm", "", None]),
        ("label__owner__code", ["bertel"]),
        ("albums__price__gt", [Decimal("15")]),
        ("profile__isnull", [True, False]),
        ("friends__name", ["Björk"]),
        ("influences", [3]),
        ("pk__in", [[1, 2, 3], []]),
        ("influenced__albums__year__gt", [1990]),
        ("tags__name__in", [["live", "a"]]),
        ("name__regex", ["^[a-z]"]),
        ("profile__facts__mono", [True]),
        ("produced__title__gt", ["a"]),
    ],
    "Track": [
        ("title__endswith", ["b", ""]),
        ("seconds__range", [(200, 300), (0, 0)]),
        ("disc", [1, 2]),
        ("album__artist__active", [True, False]),
        ("album__genres__parent", ["pop", None]),
        ("guests__rating__gt", [8.5]),
        ("credits__role", ["vocals"]),
        ("playlist__title", ["Morning"]),
    ],
    "Customer": [
        ("name__iexact", ["ADA"]),
        ("email__isnull", [True, False]),
        ("credit__gt", [Decimal("5")]),
        ("address__zip", [None]),
        ("favourite__title", ["Homogenic"]),
        ("orders__status", [1, 2]),
        ("patron__level__lt", [0]),
        ("playlists__entries__track", [1]),
    ],
    "Genre": [
        ("name__gt", ["a", ""]),
        ("parent", ["pop", None]),
        ("albums__artist__active", [True]),
        ("children__isnull", [True, False]),
    ],
    "Review": [
        ("stars__lt", [0, 5]),
        ("hidden", [True, False]),
        ("follows__stars", [5]),
        ("followed_by__isnull", [True, False]),
        ("album__tracks__seconds__gt", [0]),
    ],
    "Employee": [
        ("name__contains", ["a", "_"]),
        ("boss__name__gt", [""]),
        ("staff__isnull", [True, False]),
        ("salary__gte", [1, F("boss__salary")]),
    ],
    "ChartEntry": [
        ("pk", [(dt.date(2024, 2, 29), 1)]),
        ("pk__in", [[(dt.date(2024, 2, 29), 1), (dt.date(2024, 12, 30), 2)]]),
        ("points__gt", [0, 2**40]),
        ("week__week", [1, 9]),
        ("album__artist__name__lt", ["b"]),
    ],
    "Tag": [
        ("name", ["live", ""]),
        ("content_type__model", ["artist"]),
        ("artist__active", [True, None]),
        ("album__artist__tags__name", ["live"]),
    ],
}
ORDERS = {
    "Album": ["title", "-year", "artist__name", F("length").desc(nulls_last=True), Lower("title")],
    "Artist": ["-name", "label__name", F("rating").asc(nulls_first=True), Length("name")],
    "Track": ["-seconds", "album__title", "position"],
    "Customer": ["-credit", "name", "favourite__year"],
    "Genre": ["-name", "parent__name"],
    "Review": ["-stars", "album__title", F("follows__stars").desc(nulls_first=True)],
    "Employee": ["salary", "boss__name", Lower("name")],
    "ChartEntry": ["-points", "album__year", "-week"],
    "Tag": ["-name", "object_id"],
}
ANNOTATIONS: dict[str, list[Callable[[], Any]]] = {
    "Album": [
        lambda: Count("tracks"),
        lambda: Max("tracks__seconds"),
        lambda: F("year") + 1,
        lambda: Coalesce("producer__name", Value("nobody")),
        lambda: Exists(models.Track.objects.filter(album=OuterRef("pk"), seconds__gt=280)),
        lambda: Case(When(price__gt=19, then=Value("dear")), default=Value("cheap")),
        lambda: Window(RowNumber(), partition_by=[F("artist")], order_by=F("pk").desc()),
        lambda: Window(Sum("price"), order_by="pk"),
        lambda: Subquery(
            models.Track.vinyl.filter(album=OuterRef("pk")).order_by("-pk").values("title")[:1]
        ),
        lambda: KT("notes__mono"),
        lambda: TruncMonth("released") if knows_time_zones() else F("released"),
        lambda: ExtractYear("released"),
        lambda: Sum("tracks__seconds", default=7),
        lambda: Avg("reviews__stars", filter=Q(reviews__hidden=False)),
    ],
    "Artist": [
        lambda: Count("albums", distinct=True),
        lambda: Sum("albums__price"),
        lambda: Min("albums__released"),
        lambda: Lower("name"),
        lambda: Count("albums", filter=Q(albums__year__gt=1995)),
        lambda: FilteredRelation("albums", condition=Q(albums__price__gt=15)),
        lambda: Window(Rank(), order_by=F("rating").desc(nulls_last=True)),
        lambda: Exists(models.Album.vinyl.filter(producer=OuterRef("pk"))),
        lambda: Cast("rating", CharField()),
    ],
    "Track": [lambda: Count("guests"), lambda: F("seconds") / 60, lambda: F("album__artist__name")],
    "Customer": [lambda: Count("orders"), lambda: F("credit") * 2, lambda: Max("orders__placed")],
    "Genre": [lambda: Count("albums"), lambda: Upper("name"), lambda: Length("code")],
    "Review": [lambda: Window(Lag("stars"), order_by="pk"), lambda: F("album__artist__name")],
    "Employee": [lambda: Count("staff"), lambda: Sum("staff__salary"), lambda: F("boss__name")],
    "ChartEntry": [lambda: F("points") * 2, lambda: Window(Max("points"), partition_by="week")],
    "Tag": [lambda: F("artist__name"), lambda: Coalesce("album__title", "artist__name")],
}
JOINS = {
    "Album": ["artist", "artist__label", "producer__profile", "artist__profile"],
    "Artist": ["label", "label__owner", "profile"],
    "Track": ["album", "album__artist", "album__producer__label"],
    "Customer": ["favourite", "favourite__artist", "patron"],
    "Genre": ["parent", "parent__parent"],
    "Review": ["album__artist", "follows", "followed_by", "follows__album"],
    "Employee": ["boss", "boss__boss", "person"],
    "ChartEntry": ["album", "album__artist"],
    "Tag": ["content_type"],
}
# Relations to prefetch by model: a path, and the model that it leads to.
PREFETCHES = {
    "Album": [
        ("tracks", "Track"),
        ("genres", "Genre"),
        ("tracks__guests", "Artist"),
        ("artist", "Artist"),
        ("producer__label", "Label"),
        ("tags", "Tag"),
        ("reviews", "Review"),
        ("chart", "ChartEntry"),
        ("fans", "Customer"),
    ],
    "Artist": [
        ("albums", "Album"),
        ("albums__tracks", "Track"),
        ("produced__genres", "Genre"),
        ("friends", "Artist"),
        ("influences__influenced", "Artist"),
        ("label", "Label"),
        ("profile", "Profile"),
        ("tags", "Tag"),
        ("guest_on", "Track"),
    ],
    "Track": [("album__artist", "Artist"), ("guests", "Artist"), ("credits__artist", "Artist")],
    "Customer": [("favourite__tracks", "Track"), ("reviews", "Review")],
    "Genre": [("albums", "Album"), ("children", "Genre"), ("parent", "Genre")],
    "Review": [("album__genres", "Genre"), ("follows", "Review"), ("followed_by", "Review")],
    "Employee": [("boss", "Employee"), ("staff__staff", "Employee")],
    "ChartEntry": [("album__chart", "ChartEntry")],
    "Tag": [("target", ""), ("content_type", "")],
}
COLUMNS = {
    "Album": ["title", "price", "notes", "released", "artist", "number", "length", "cover"],
    "Artist": ["name", "born", "rating", "label", "sort_name", "active"],
    "Track": ["title", "seconds", "album", "disc"],
    "Customer": ["name", "credit", "address", "favourite"],
    "Genre": ["name", "parent"],
    "Review": ["stars", "hidden", "follows"],
    "Employee": ["name", "salary", "boss"],
    "ChartEntry": ["week", "points", "album"],
    "Tag": ["name", "object_id", "content_type"],
}
# Columns of joined tables, for values() and only().
FAR_COLUMNS = {
    "Album": ["artist__name", "producer__label__name", "artist__label"],
    "Artist": ["label__name", "profile__biography"],
    "Track": ["album__title", "album__artist__name"],
    "Customer": ["favourite__title"],
    "Genre": ["parent__name"],
    "Review": ["album__title", "follows__stars"],
    "Employee": ["boss__name"],
    "ChartEntry": ["album__title"],
    "Tag": ["content_type__model"],
}
# Models whose rows point to a row of another, and by what.
POINTERS = {
    "Album": [("Track", "album"), ("Review", "album"), ("ChartEntry", "album")],
    "Artist": [("Album", "artist"), ("Album", "producer"), ("Credit", "artist")],
    "Track": [("Credit", "track")],
    "Customer": [("Review", "author")],
    "Genre": [("Genre", "parent")],
    "Review": [("Review", "follows")],
    "Employee": [("Employee", "boss")],
}
DATES = {"Album": "released", "Artist": "born", "ChartEntry": "week"}
