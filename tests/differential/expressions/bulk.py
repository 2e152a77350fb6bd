"""Bulk writes: many objects inserted and updated at once."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError
from django.db.models import F, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat, Lower

from tests.app.data import QUOTES
from tests.app.fields import CatalogueNumber
from tests.app.models import Genre as StockGenre
from tests.differential.expressions.writes import PLACED, all_types, new_album
from tests.differential.table import case


def key(number):
    return uuid.UUID(int=number, version=4)


def create_many(Album):
    albums = [
        Album.model(**new_album(title=f"New {n} {QUOTES}", barcode=key(n), notes=[n, None]))
        for n in range(5)
    ]
    made = yield Album.bulk_create(albums)
    return [*made, made is albums]


def create_two(Genre):
    return (yield Genre.bulk_create(iter([Genre.model(code=c, name=c) for c in "ab"])))


def create_mixed_keys(Label):
    keys = [None, 77, None, 78, None]
    labels = [Label.model(pk=k, code=f"n{n}", name=f"New {n}") for n, k in enumerate(keys)]
    return (yield Label.bulk_create(labels))


def create_in_batches(Artist):
    artists = [Artist.model(name=f"New {n}", rating=n / 7) for n in range(7)]
    return (yield Artist.bulk_create(artists, batch_size=3))


def create_all_types(Specimen):
    return (yield Specimen.bulk_create([Specimen.model(**all_types()) for _ in range(3)]))


def create_partly_null(Specimen):
    some = all_types()
    rows = [some, {"name": "empty"}, {**some, "name": "again"}]
    return (yield Specimen.bulk_create([Specimen.model(**row) for row in rows]))


def create_generated(OrderLine):
    lines = [
        OrderLine.model(order_id=1, album_id=n, quantity=n, unit_price=Decimal(n))
        for n in (3, 4, 5)
    ]
    made = yield OrderLine.bulk_create(lines)
    return [line.ten_fold for line in made]


def create_expressions(Album):
    titles = ["plain", Concat(Lower(Value("ABC")), Value("%")), RawSQL("%s", ["raw"])]
    albums = [
        Album.model(**new_album(title=title, barcode=key(n))) for n, title in enumerate(titles)
    ]
    yield Album.bulk_create(albums)
    return list((yield Album.filter(year=2024).order_by("pk").values_list("title", "title_upper")))


def create_database_defaults(Order):
    orders = [Order.model(number=f"n{n}", customer_id=1, placed=PLACED) for n in range(3)]
    orders[1].currency = "CHF"
    return (yield Order.bulk_create(orders))


def create_all_database_defaults(Order):
    orders = [Order.model(number=f"n{n}", customer_id=1, placed=PLACED) for n in range(3)]
    return (yield Order.bulk_create(orders))


def create_ordered(Clip):
    clips = [Clip.model(track_id=track, url=str(n)) for n, track in enumerate([1, 4, 4, 5, 5])]
    clips[1]._order = 7
    return (yield Clip.bulk_create(clips))


def create_composite(ChartEntry):
    day = dt.date(2000, 1, 3)
    entries = [ChartEntry.model(week=day, place=n, album_id=1) for n in (1, 2, 3)]
    return (yield ChartEntry.bulk_create(entries))


def create_generic(Tag, Artist):
    artist = yield Artist.get(pk=3)
    return (yield Tag.bulk_create([Tag.model(name=n, target=artist) for n in ("new", "newer")]))


def create_by_relation(Album, Artist):
    artist = yield Artist.get(pk=2)
    made = yield artist.albums.bulk_create(
        [Album.model(**new_album(artist=artist, title=str(n), barcode=key(n))) for n in (1, 2)]
    )
    return [album.pk for album in made]


def create_unsaved_related(Album, Artist):
    values = {name: value for name, value in new_album().items() if name != "artist_id"}
    yield Album.bulk_create([Album.model(**values, artist=Artist.model(name="unsaved"))])


def create_ignoring(Genre):
    genres = [Genre.model(code=code, name="new") for code in ("pop", "new", "new")]
    return (yield Genre.bulk_create(genres, ignore_conflicts=True))


def create_ignoring_without_keys(Label):
    labels = [Label.model(code=code, name=f"{code}.") for code in ("olo", "new")]
    made = yield Label.bulk_create(labels, ignore_conflicts=True)
    return [[label.pk, label._state.adding] for label in made]


def create_updating(Label):
    labels = [Label.model(code=code, name=f"{code}!") for code in ("olo", "new")]
    made = yield Label.bulk_create(
        labels, update_conflicts=True, update_fields=["name"], unique_fields=["code"]
    )
    return [[label.pk, label._state.adding] for label in made]


def create_updating_any(Label):
    labels = [Label.model(code=code, name=f"{code}!") for code in ("olo", "new")]
    yield Label.bulk_create(labels, update_conflicts=True, update_fields=["name"])


def create_updating_by_key(Genre):
    genres = [Genre.model(code=code, name="new") for code in ("pop", "new")]
    yield Genre.bulk_create(
        genres, update_conflicts=True, update_fields=["name"], unique_fields=["pk"]
    )


def new_genres(Genre):
    return [Genre.model(code=code, name=code) for code in ("x", "y")]


CREATES = [
    case("bulk_create_many", create_many),
    case("bulk_create_two", create_two),
    case("bulk_create_one", lambda Artist: Artist.bulk_create([Artist.model(name="One")])),
    case("bulk_create_none", lambda Artist: Artist.bulk_create([])),
    case("bulk_create_iterator_of_none", lambda Artist: Artist.bulk_create(iter(()))),
    case("bulk_create_none_with_nonsense", lambda Artist: Artist.bulk_create([], None, True, True)),
    case("bulk_create_mixed_keys", create_mixed_keys),
    case("bulk_create_in_batches", create_in_batches),
    case("bulk_create_all_types", create_all_types),
    case("bulk_create_partly_null", create_partly_null),
    case("bulk_create_generated", create_generated),
    case("bulk_create_expressions", create_expressions),
    case("bulk_create_database_defaults", create_database_defaults),
    case("bulk_create_all_database_defaults", create_all_database_defaults),
    case("bulk_create_composite", create_composite),
    case("bulk_create_generic", create_generic),
    case("bulk_create_by_relation", create_by_relation),
    case(
        "bulk_create_uuid_keys",
        lambda Playlist: Playlist.bulk_create(
            [Playlist.model(id=key(n), title="N", owner_id=1) for n in range(3)]
        ),
    ),
    case(
        "bulk_create_proxies",
        lambda Reissue: Reissue.bulk_create(
            [Reissue.model(**new_album(title=str(n), barcode=key(n))) for n in range(3)]
        ),
    ),
    case(
        "bulk_create_on_other",
        lambda Artist: Artist.using("other").bulk_create([Artist.model(name=n) for n in "abc"]),
    ),
    case(
        "bulk_create_stock_objects",
        lambda Genre: Genre.bulk_create([StockGenre(code=code, name=code) for code in "ab"]),
    ),
    case("bulk_create_unsaved_related", create_unsaved_related, raises=ValueError),
    case("bulk_create_ignoring", create_ignoring),
    case("bulk_create_ignoring_without_keys", create_ignoring_without_keys),
    case("bulk_create_updating", create_updating, fails_on="mysql"),
    case("bulk_create_updating_any", create_updating_any, fails_on="postgresql sqlite"),
    case("bulk_create_updating_by_key", create_updating_by_key, fails_on="mysql"),
    case(
        "bulk_create_conflict",
        lambda Genre: Genre.bulk_create([Genre.model(code="pop", name="x")] * 2),
        raises=IntegrityError,
    ),
    case(
        "bulk_create_conflict_in_second_batch",
        lambda Genre: Genre.bulk_create(
            [*new_genres(Genre), Genre.model(code="pop", name="")], batch_size=2
        ),
        raises=IntegrityError,
    ),
    case(
        "bulk_create_f",
        lambda Genre: Genre.bulk_create([Genre.model(code=n, name=F("code")) for n in "ab"]),
        raises=ValueError,
    ),
    case(
        "bulk_create_no_batch",
        lambda Genre: Genre.bulk_create(new_genres(Genre), batch_size=0),
        raises=ValueError,
    ),
    case(
        "bulk_create_ignoring_and_updating",
        lambda Genre: Genre.bulk_create(
            new_genres(Genre), ignore_conflicts=True, update_conflicts=True
        ),
        raises=ValueError,
    ),
    case(
        "bulk_create_updating_nothing",
        lambda Genre: Genre.bulk_create(new_genres(Genre), update_conflicts=True),
        raises=ValueError,
    ),
    case(
        "bulk_create_updating_unknown",
        lambda Genre: Genre.bulk_create(
            new_genres(Genre), update_conflicts=True, update_fields=["nom"]
        ),
        raises=FieldDoesNotExist,
    ),
    case(
        "bulk_create_nul",
        lambda Genre: Genre.bulk_create([Genre.model(code=n, name="a\0b") for n in "abc"]),
        fails_on="postgresql",
    ),
    case(
        "bulk_create_too_large",
        lambda Track: Track.bulk_create(
            [Track.model(album_id=7, position=n, title="x", seconds=2**40) for n in (1, 2, 3)]
        ),
        fails_on="postgresql mysql",
    ),
    case(
        "bulk_create_no_number",
        lambda Track: Track.bulk_create(
            [Track.model(album_id=7, position=n, title="x", seconds="x") for n in (1, 2, 3)]
        ),
        raises=ValueError,
    ),
]
if hasattr(QuerySet, "_handle_order_with_respect_to"):
    # Django 5.2 gives such objects no place, and the database refuses them.
    CREATES.append(case("bulk_create_ordered", create_ordered))


def update_some(Album):
    albums = yield Album.filter(pk__in=[1, 2, 3]).order_by("pk")
    albums = list(albums)
    for n, album in enumerate(albums):
        album.title, album.price, album.notes = f"{n} {QUOTES}", Decimal(n), {"n": [n, None]}
        album.length, album.number = dt.timedelta(seconds=n), CatalogueNumber("ECM", n)
    return (yield Album.bulk_update(albums, ["title", "price", "notes", "length", "number"]))


def update_relation(Album, Artist):
    albums = list((yield Album.filter(pk__in=[1, 2]).order_by("pk")))
    albums[0].artist = yield Artist.get(pk=3)
    albums[1].producer = None
    albums[0].producer = None
    return (yield Album.bulk_update(iter(albums), ["artist", "producer"]))


def update_expressions(Track):
    tracks = list((yield Track.filter(pk__in=[1, 2, 4]).order_by("pk")))
    tracks[0].seconds = F("seconds") + 1
    tracks[1].seconds = F("position") * 2
    return (yield Track.bulk_update(tracks, ["seconds"]))


def update_in_batches(Track):
    tracks = list((yield Track.order_by("pk")))
    for track in tracks:
        track.title = f"{track.pk}."
    return (yield Track.bulk_update(tracks, ["title", "seconds"], batch_size=5))


def update_all_types(Specimen):
    objs = [Specimen.model(pk=pk, **all_types()) for pk in (1, 3)]
    names = [n for n in all_types() if n != "id"]
    return (yield Specimen.bulk_update(objs, names))


def update_composite(ChartEntry):
    entries = list((yield ChartEntry.order_by("week", "place")))
    for entry in entries:
        entry.points += 1
    return (yield ChartEntry.bulk_update(entries, ["points"]))


def update_inherited(Patron):
    patrons = list((yield Patron.order_by("pk")))
    for patron in patrons:
        patron.name, patron.credit, patron.level = f"{patron.pk}.", Decimal(patron.pk), 1
    return (yield Patron.bulk_update(patrons, ["name", "credit", "level"]))


def update_inherited_only(Patron):
    patrons = list((yield Patron.order_by("pk")))
    for patron in patrons:
        patron.name = f"{patron.pk}."
    return (yield Patron.bulk_update(patrons, ["name"], batch_size=1))


def update_twice(Genre):
    genres = [Genre.model(code="pop", name="one"), Genre.model(code="pop", name="two")]
    return (yield Genre.bulk_update(genres, ["name"]))


def update_missing(Genre):
    genres = [Genre.model(code="pop", name="one"), Genre.model(code="gone", name="two")]
    return (yield Genre.bulk_update(genres, ["name"]))


def update_unsaved_related(Album, Artist):
    album = yield Album.get(pk=1)
    album.artist = Artist.model(name="unsaved")
    yield Album.bulk_update([album], ["artist"])


UPDATES = [
    case("bulk_update_some", update_some),
    case("bulk_update_relation", update_relation),
    case("bulk_update_expressions", update_expressions),
    case("bulk_update_in_batches", update_in_batches),
    case("bulk_update_all_types", update_all_types),
    case("bulk_update_composite", update_composite),
    case("bulk_update_inherited", update_inherited),
    case("bulk_update_inherited_only", update_inherited_only),
    case("bulk_update_twice", update_twice),
    case("bulk_update_missing", update_missing),
    case("bulk_update_none", lambda Genre: Genre.bulk_update([], ["name"])),
    case(
        "bulk_update_filtered",
        lambda Genre: Genre.filter(code="pop").bulk_update(
            [Genre.model(code=c, name="new") for c in ("pop", "jazz")], ["name"]
        ),
    ),
    case(
        "bulk_update_over_relation",
        lambda Track: Track.filter(album__artist=1).bulk_update(
            [Track.model(pk=n, title="new") for n in (1, 6)], ["title"]
        ),
    ),
    case(
        "bulk_update_on_other",
        lambda Artist: Artist.using("other").bulk_update([Artist.model(pk=1, name="n")], ["name"]),
    ),
    case(
        "bulk_update_stock_objects",
        lambda Genre: Genre.bulk_update([StockGenre(code="pop", name="new")], ["name"]),
    ),
    case("bulk_update_unsaved_related", update_unsaved_related, raises=ValueError),
    case(
        "bulk_update_no_fields",
        lambda Genre: Genre.bulk_update([Genre.model()], []),
        raises=ValueError,
    ),
    case(
        "bulk_update_no_key",
        lambda Artist: Artist.bulk_update([Artist.model(name="x")], ["name"]),
        raises=ValueError,
    ),
    case(
        "bulk_update_key",
        lambda Genre: Genre.bulk_update([Genre.model(code="pop")], ["code"]),
        raises=ValueError,
    ),
    case(
        "bulk_update_inherited_key",
        lambda Patron: Patron.bulk_update([Patron.model(pk=6)], ["id"]),
        raises=ValueError,
    ),
    case(
        "bulk_update_many_to_many",
        lambda Album: Album.bulk_update([Album.model(pk=1)], ["genres"]),
        raises=ValueError,
    ),
    case(
        "bulk_update_unknown",
        lambda Album: Album.bulk_update([Album.model(pk=1)], ["titel"]),
        raises=FieldDoesNotExist,
    ),
    case(
        "bulk_update_no_batch",
        lambda Genre: Genre.bulk_update([Genre.model(code="pop")], ["name"], batch_size=-1),
        raises=ValueError,
    ),
    case(
        "bulk_update_slice",
        lambda Genre: Genre.all()[:1].bulk_update([Genre.model(code="pop")], ["name"]),
        raises=TypeError,
    ),
    case(
        "bulk_update_conflict",
        lambda Label: Label.bulk_update(
            [Label.model(pk=pk, code="same") for pk in (1, 2)], ["code"]
        ),
        raises=IntegrityError,
    ),
]

CASES = [*CREATES, *UPDATES]
