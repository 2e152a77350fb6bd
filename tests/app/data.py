"""
The data set that all tests start from, with the values on which object mappers stumble.

Primary keys are given, so that tests can name rows. `load()` fills the alias `default`;
the alias `other` gets two artists of its own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.db import models as django_models

from tests.app import models as m
from tests.app.fields import CatalogueNumber

UTC = dt.UTC
NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
QUOTES = 'It\'s "quoted" 100% `back\\slash` _under_ %s {x} ; -- no'


def code(name: str) -> uuid.UUID:
    """Return the same UUID for the same name, always."""
    return uuid.uuid5(NAMESPACE, name)


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=UTC)


def load() -> None:
    """Fill the empty tables of `default` and `other`."""
    for objects in (*catalogue(), *people(), *attached(), *specimens()):
        type(objects[0])._base_manager.bulk_create(objects)
    for person in descendants():
        person.save_base(raw=True, force_insert=True)
    for objects in commerce():
        type(objects[0])._base_manager.bulk_create(objects)
    relate()
    for objects in depots():
        for obj in objects:
            obj.save()
    m.Artist.objects.using("other").bulk_create(
        [m.Artist(id=1, name="Other Björk"), m.Artist(id=901, name="Only There", rating=0.5)]
    )


Rows = list[list[django_models.Model]]


def catalogue() -> Rows:
    return [genres(), labels(), artists(), profiles(), albums(), tracks(), credits(), clips()]


def genres() -> list[Any]:
    rows = [
        ("pop", "Pop", None),
        ("art-pop", "Art pop", "pop"),
        ("electronic", "Electronic", None),
        ("idm", "“Intelligent” dance music", "electronic"),
        ("jazz", "Jazz", None),
        ("none", "", None),
    ]
    return [m.Genre(code=code, name=name, parent_id=parent) for code, name, parent in rows]


def labels() -> list[Any]:
    rows = [
        (1, "bertel", "Bertelsmann", None, "de", 1835),
        (2, "olo", "One Little Independent", 1, "", 1985),
        (3, "ecm", "ECM Records", None, "de", 1969),
        (4, "smekk", "Smekkleysa", 2, "is", None),
        (30000, "", "No Code", None, "us", 0),
    ]
    names = ("id", "code", "name", "owner_id", "country", "founded")
    return [m.Label(**dict(zip(names, row, strict=True))) for row in rows]


def artists() -> list[Any]:
    day = dt.date
    rows = [
        (1, "Björk", "bjork", day(1965, 11, 21), True, 9.5, "olo"),
        (2, "Sigur Rós", "sigur ros", day(1994, 1, 4), True, 8.25, "smekk"),
        (3, "Keith Jarrett", "jarrett, keith", day(1945, 5, 8), False, 0.1 + 0.2, "ecm"),
        (4, "中島みゆき", "", day(1952, 2, 29), True, -0.0, None),
        (5, "𝄞 Clef 🎸", "clef", None, None, None, None),
        (6, QUOTES, "quotes", day(1000, 1, 1), None, 1e-300, "ecm"),
        (7, "björk", "bjork (lower)", day(9999, 12, 31), False, 1.7976931348623157e308, "olo"),
        (8, "Duplicate", "dup", None, True, 3.0, ""),
        (9, "Duplicate", "dup", None, False, 3.0, None),
    ]
    names = ("id", "name", "sort_name", "born", "active", "rating", "label_id")
    artists = [m.Artist(**dict(zip(names, row, strict=True))) for row in rows]
    artists[0].website = "https://bjork.com/?a=1&b=%20#top"
    return artists


def profiles() -> list[Any]:
    facts = {"born in": "Reykjavík", "bands": ["Tappi Tíkarrass", "Kukl"], "solo": True}
    return [
        m.Profile(artist_id=1, biography="Singer\nand\tcomposer\r\n", facts=facts),
        m.Profile(artist_id=3, biography="", facts={"hands": 2, "award": None, "tours": []}),
        m.Profile(artist_id=5, biography=QUOTES, facts=[]),
    ]


def albums() -> list[Any]:
    lp, ep, cd = m.Album.Format.values
    hour, money = dt.timedelta(hours=1), Decimal
    rows: list[tuple[Any, ...]] = [
        (1, "Debut", 1, None, 1993, at(1993, 7, 5), hour * 0.8, "19.99", lp),
        (2, "Homogenic", 1, 2, 1997, at(1997, 9, 20, 22, 30), hour, "20.00", cd),
        (3, "Vespertine", 1, 3, 2001, at(2001, 8, 27, 23, 59, 59, 999999), None, "20.01", lp),
        # The clocks go back in Zurich at 01:00 UTC: 02:30 there comes twice.
        (4, "Ágætis byrjun", 2, None, 1999, at(1999, 10, 31, 0, 30), hour * 1.2, "0.00", lp),
        (5, "( )", 2, 1, 2002, at(1999, 10, 31, 1, 30), dt.timedelta(0), "15.50", ep),
        # And forward at 01:00 UTC: 02:30 does not come at all.
        (6, "The Köln Concert", 3, None, 1975, at(2024, 3, 31, 0, 59, 59), hour * 1.1, "30", lp),
        (7, "Spheres", 3, 3, 1976, at(2024, 3, 31, 1, 0), None, "999999.99", cd),
        (8, QUOTES, 6, None, -44, None, dt.timedelta(days=-1, microseconds=1), "1.10", ep),
        (9, "", 4, None, 0, at(1000, 1, 2), dt.timedelta(days=1000), "20.00", lp),
        (10, "🎸 100%", 5, None, 9999, at(9999, 12, 30), None, "7.00", cd),
        (11, "debut", 7, 1, 1993, at(1993, 12, 31, 23, 30), hour, "19.99", lp),
    ]
    names = ("id", "title", "artist_id", "producer_id", "year", "released", "length")
    albums = []
    for *values, price, format in rows:
        album = m.Album(**dict(zip(names, values, strict=True)), price=money(price), format=format)
        album.barcode = code(f"album {album.id}")
        albums.append(album)
    fill_rarities({album.id: album for album in albums})
    return albums


def fill_rarities(albums: dict[int, Any]) -> None:
    """Set the columns that most albums leave empty."""
    albums[1].number = CatalogueNumber("TPLP", 31)
    albums[6].number = CatalogueNumber("ECM", 1064)
    albums[1].cover = bytes(range(256))
    albums[2].cover = b""
    albums[4].cover = b"\x00\xff'\"\\%s"
    albums[1].notes = {"sides": {"a": [1, 2], "b": []}, "mono": False, "label": None}
    albums[2].notes = []
    albums[3].notes = {"é": "𝄞", "quote": QUOTES, "sides": {"a": [1.5, None, "x"]}}
    albums[4].notes = "text"
    albums[5].notes = 0
    albums[6].notes = {"sides": {"a": [1], "b": [2]}, "mono": True, "big": 2**53}


def tracks() -> list[Any]:
    rows = [
        (1, 1, 1, 1, "Human Behaviour", 252),
        (2, 1, 1, 2, "Crying", 289),
        (3, 1, 1, 3, "Venus as a Boy", 281),
        (4, 2, 1, 1, "Hunter", 255),
        (5, 2, 1, 2, "Jóga", 305),
        (6, 4, 1, 1, "Intro", None),
        (7, 4, 1, 2, "Svefn-g-englar", 604),
        (8, 5, 2, 1, "", 0),
        (9, 6, 1, 1, "Part I", 1562),
        (10, 6, 2, 1, "Part II a", 894),
        (11, 6, 2, 2, "Part II b", 1092),
        (12, 8, 1, 4294967, QUOTES, -1),
    ]
    names = ("id", "album_id", "disc", "position", "title", "seconds")
    return [m.Track(**dict(zip(names, row, strict=True))) for row in rows]


def credits() -> list[Any]:
    rows = [
        (1, 3, 2, "strings", Decimal("100.125")),
        (2, 3, 4, "vocals", None),
        (3, 5, 2, "vocals", Decimal("0.001")),
        (4, 7, 1, "vocals", Decimal("9999999.999")),
        (5, 9, 1, "", Decimal("-5.5")),
    ]
    names = ("id", "track_id", "artist_id", "role", "fee")
    return [m.Credit(**dict(zip(names, row, strict=True))) for row in rows]


def clips() -> list[Any]:
    rows = [(1, 4, "https://a.example/1", 1), (2, 4, "https://b.example/2", 0), (3, 5, "", 0)]
    names = ("id", "track_id", "url", "_order")
    return [m.Clip(**dict(zip(names, row, strict=True))) for row in rows]


def people() -> Rows:
    rows = [
        (1, "Ada", "ada@example.org"),
        (2, "Ömer O'Neill", "omer+shop@example.org"),
        (3, "Zoë", None),
        (4, "Boss", "boss@example.org"),
        (5, "Clerk", "clerk@example.org"),
        (6, "Patron", "patron@example.org"),
        (7, "Both", None),
        (8, "Nobody", "nobody@example.org"),
    ]
    return [[m.Person(id=id, name=name, email=email) for id, name, email in rows]]


def descendants() -> list[Any]:
    """Return the rows of the child tables; those of the parents are there already."""
    address = {"street": "Laugavegur 26", "since": dt.date(2001, 2, 3), "zip": None}
    customers = [
        m.Customer(person_ptr_id=1, credit=Decimal("10.50"), address=address, favourite_id=2),
        m.Customer(person_ptr_id=2, credit=Decimal("-99999999.99"), address=None),
        m.Customer(person_ptr_id=3, credit=Decimal("0"), address={}, favourite_id=2),
        m.Customer(person_ptr_id=6, credit=Decimal("1000"), address=[1]),
        m.Customer(person_ptr_id=7, credit=Decimal("5.05"), favourite_id=6),
    ]
    return [
        *customers,
        m.Patron(customer_ptr_id=6, level=32767, since=dt.date(1999, 12, 31)),
        m.Patron(customer_ptr_id=7, level=-32768),
        m.Employee(person_id=4, salary=90000),
        m.Employee(person_id=5, boss_id=4, salary=0),
        m.Employee(person_id=7, boss_id=4, salary=2147483647),
    ]


def commerce() -> Rows:
    return [orders(), lines(), payments(), playlists(), entries(), chart(), reviews()]


def orders() -> list[Any]:
    rows = [
        (1, "2024-0001", 1, 5, 3, "EUR", at(2024, 3, 31, 0, 30), None),
        (2, "2024-0002", 1, None, 1, "ISK", at(2024, 3, 31, 1, 30, 0, 1), ""),
        (3, "2024-0003", 2, 7, 2, "EUR", at(2024, 10, 27, 0, 30), QUOTES),
        (4, "2023-0004", 6, 5, 2, "USD", at(2023, 12, 31, 23, 15), "Mind the 🎸"),
        (5, "2025-0005", 7, None, 1, "EUR", at(2025, 1, 1), "é" * 300),
    ]
    names = ("id", "number", "customer_id", "clerk_id", "status", "currency", "placed", "note")
    return [m.Order(**dict(zip(names, row, strict=True))) for row in rows]


def lines() -> list[Any]:
    rows = [
        (1, 1, 1, 1, "19.99", 0.0),
        (2, 1, 2, 2, "18.00", 0.1),
        (3, 2, 2, 1, "20.00", 0.0),
        (4, 3, 6, 10, "30.00", 0.333),
        (5, 3, 1, 1, "19.99", 0.0),
        (6, 4, 7, 0, "0.01", 1.0),
        (7, 5, 4, 32767, "999999.99", 0.05),
    ]
    names = ("id", "order_id", "album_id", "quantity", "unit_price", "discount")
    return [m.OrderLine(**dict(zip(names, row, strict=True))) for row in rows]


def payments() -> list[Any]:
    rows = [(1, 1, 1, "52.3900"), (2, 3, 8, "220.0899"), (3, None, 2, "0.0001")]
    names = ("id", "order_id", "card_id", "amount")
    return [m.Payment(**dict(zip(names, row, strict=True))) for row in rows]


def playlists() -> list[Any]:
    rows = [("Morning", 1), ("Evening", 1), ("Travel", 5), ("", 3)]
    return [m.Playlist(id=code(f"list {title}"), title=title, owner_id=o) for title, o in rows]


def entries() -> list[Any]:
    rows = [
        (1, "Morning", 1, 1, 1, "first"),
        (2, "Morning", 9, None, 2, ""),
        (3, "Morning", 1, 2, 3, "again"),
        (4, "Evening", 7, 1, -1, "%"),
        (5, "Travel", 4, 5, 0, ""),
    ]
    return [
        m.PlaylistEntry(
            id=id,
            playlist_id=code(f"list {title}"),
            track_id=track,
            added_by_id=person,
            place=place,
            remark=remark,
        )
        for id, title, track, person, place, remark in rows
    ]


def chart() -> list[Any]:
    first, second = dt.date(1997, 9, 29), dt.date(1997, 10, 6)
    rows = [(first, 1, 2, 100), (first, 2, 1, 80), (second, 1, 2, 95), (second, 3, 5, -5)]
    names = ("week", "place", "album_id", "points")
    return [m.ChartEntry(**dict(zip(names, row, strict=True))) for row in rows]


def reviews() -> list[Any]:
    rows = [(1, 1, 1, None, 5, False), (2, 1, 3, 1, 1, True), (3, 1, None, 2, 3, False)]
    names = ("id", "album_id", "author_id", "follows_id", "stars", "hidden")
    return [m.Review(**dict(zip(names, row, strict=True))) for row in rows]


def attached() -> Rows:
    types = {model: m.ContentType.objects.get_for_model(model).pk for model in (m.Artist, m.Album)}
    rows = [
        (1, "icelandic", m.Artist, 1),
        (2, "icelandic", m.Artist, 2),
        (3, "live", m.Album, 6),
        (4, "classic", m.Album, 1),
        (5, "classic", m.Album, 6),
        (6, "dangling", m.Album, 4000),
    ]
    return [
        [
            m.Tag(id=id, name=name, content_type_id=types[model], object_id=pk)
            for id, name, model, pk in rows
        ]
    ]


def relate() -> None:
    """Fill the many-to-many tables that have no model of their own."""
    album, artist = m.Album.objects.get, m.Artist.objects.get
    for pk, genres in {1: ["pop", "art-pop"], 2: ["art-pop", "electronic"], 6: ["jazz"]}.items():
        album(pk=pk).genres.set(genres)
    artist(pk=1).friends.set([2, 4])
    artist(pk=5).friends.set([5])
    artist(pk=2).influences.set([1, 3])
    artist(pk=1).influences.set([3])
    artist(pk=3).influences.set([3])


def specimens() -> Rows:
    """Return rows for the tests that filter by type; empty, full and extreme."""
    full = m.Specimen(
        id=2,
        name="full",
        big=2**63 - 1,
        binary=b"\x00\x01\xfe\xff",
        boolean=True,
        char="Ünïcödé",
        choice=m.Mood.LOUD,
        custom=CatalogueNumber("WARP", 92),
        date=dt.date(2024, 2, 29),
        datetime=at(2024, 2, 29, 23, 30, 15, 123456),
        decimal=Decimal("1234567890.1234"),
        decimal_long=Decimal("123456789012345.123456789012345"),
        duration=dt.timedelta(days=3, hours=4, minutes=5, seconds=6, microseconds=7),
        email="a.b+c@example.org",
        file="files/a b.txt",
        file_path="some/where.txt",
        floating=3.141592653589793,
        integer=-(2**31),
        ip="2001:db8::1",
        ip_unpacked="10.0.0.1",
        ip4="192.168.0.1",
        json={"a": {"b": [1, {"c": None}]}, "n": 1.5, "t": True},
        json_encoded={"on": dt.date(2024, 2, 29), "n": Decimal("1.10")},
        positive=2**31 - 1,
        positive_big=2**63 - 1,
        positive_small=32767,
        slug="a-slug_1",
        small=-32768,
        text="long " * 1000,
        time=dt.time(23, 59, 59, 999999),
        url="https://example.org/?q=%F0",
        uuid=uuid.UUID("12345678-1234-5678-1234-567812345678"),
        renamed="x",
        with_default="given",
        with_db_default=-1,
    )
    low = m.Specimen(
        id=3,
        name="low",
        big=-(2**63),
        binary=b"",
        boolean=False,
        char="",
        choice=m.Mood.CALM,
        date=dt.date(1000, 1, 1),
        datetime=at(1000, 1, 2),
        decimal=Decimal("-0.0001"),
        decimal_long=Decimal("0.000000000000001"),
        duration=dt.timedelta(microseconds=-1),
        floating=-1e-5,
        integer=0,
        ip="::ffff:10.0.0.1",
        ip_unpacked="::ffff:10.0.0.1",
        json=[],
        json_encoded="",
        positive=0,
        positive_big=0,
        positive_small=0,
        small=0,
        text="",
        time=dt.time(0, 0),
        uuid=uuid.UUID(int=0),
    )
    return [[m.Specimen(id=1, name="empty"), full, low]]


def depots() -> Rows:
    """Return depots, and one or two rows for each way of pointing to them."""
    names = [("main", "Main"), ("lost", "Lost and found"), ("n1", "North"), ("n2", "North too")]
    ways = ("depot_id", "stored_id", "found_id", "near_id", "sent_id", "usual_id", "noted_id")
    rows: Rows = [
        [m.Depot(id=id, code=c, name=name) for id, (c, name) in enumerate(names, 1)],
        [m.Depot(id=10 + id, code=f"d{id}", name=way) for id, way in enumerate(ways)],
        [m.Depot(id=20, code="kept", name="kept"), m.Depot(id=21, code="held", name="held")],
        [m.Depot(id=22, code="none", name="Nothing points here")],
        [m.Depot(id=23, code="both", name="Held and cascading"), m.Depot(id=24, code="x", name="")],
        [
            m.Parcel(id=1 + 10 * number + id, value=9 + number, **{way: value})
            for id, way in enumerate(ways)
            for value in [f"d{id}" if way == "depot_id" else 10 + id]
            for number in (0, 1)
        ],
        [
            m.Parcel(id=30, kept_id=20),
            m.Parcel(id=31, held_id=21),
            m.Parcel(id=32, depot_id="both"),
        ],
        [m.Parcel(id=33, held_id=23, depot_id="both"), m.Parcel(id=34, near_id=24, sent_id=24)],
        [m.Slip(id=1, parcel_id=11), m.Slip(id=2, parcel_id=5), m.Slip(id=3, parcel_id=32)],
        [m.Slip(id=4, parcel_id=33, depot_id=20)],
        [m.Visit(id=1, depot_id=10), m.Visit(id=2, depot_id=23)],
        [m.Crate(id=1, mark_id=5, mark="one", depot_id=10), m.Crate(id=2, mark_id=6, mark="two")],
        [m.Container(id=3), m.Marked(mark_id=7, mark="alone")],
        [m.Inbox(id=1, name="a"), m.Inbox(id=2, name="b")],
        [m.Outbox(id=1, name="a", inbox_id=1), m.Outbox(id=2, name="b", inbox_id=2, previous_id=1)],
        [m.Inbox(id=1, name="a", outbox_id=2), m.Inbox(id=2, name="b", outbox_id=2)],
        [m.Slot(shelf=s, place=p) for s in (1, 2) for p in (1, 2)],
        [m.SlotNote(id=id, shelf=s, place=p) for id, s, p in ((1, 1, 1), (2, 1, 2), (3, None, 1))],
    ]
    if hasattr(m, "Stamp"):
        rows.append([m.Stamp(id=1, depot_id=10), m.Stamp(id=2, depot_id=22, last_id=20)])
    if hasattr(m, "Seal"):
        rows.append([m.Office(id=1, name="main"), m.Office(id=2, name="branch")])
        rows.append([m.Seal(id=id, office_id=office) for id, office in ((1, 2), (2, 1), (3, 2))])
    return rows
