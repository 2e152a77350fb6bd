"""Queries that are written by hand, and the objects that come of them."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import django
from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError
from django.utils.connection import ConnectionDoesNotExist

from tests.differential.table import case

ALBUMS = "SELECT * FROM shop_album ORDER BY id"


def asked_once(Genre):
    genres = Genre.raw("SELECT * FROM shop_genre ORDER BY code")
    rows = yield genres
    again = yield genres
    part = [genre.pk for genre in genres[1:3]]
    return [len(rows), len(again), len(genres), bool(genres), genres[0].pk, part, genres.columns]


def peers_that_were_prefetched(Artist):
    artists = Artist.raw("SELECT * FROM shop_artist WHERE id < 4 ORDER BY id")
    rows = yield artists.prefetch_related("albums__tracks", "label")
    return [(a.label, [(b.title, list(b.tracks.all())) for b in a.albums.all()]) for a in rows]


def prefetches_of_the_queryset(Artist):
    rows = yield Artist.prefetch_related("albums").raw("SELECT * FROM shop_artist WHERE id < 3")
    return [[album.pk for album in artist.albums.all()] for artist in rows]


CASES = [
    case("raw", lambda Album: Album.raw(ALBUMS)),
    case("raw_of_queryset", lambda Album: Album.filter(year=1).raw(ALBUMS)),
    case("raw_of_all_types", lambda Specimen: Specimen.raw("SELECT * FROM shop_specimen")),
    case(
        "raw_params",
        lambda Album: Album.raw("SELECT * FROM shop_album WHERE year = %s AND id > %s", [1993, 1]),
    ),
    case(
        "raw_named_params",
        lambda Album: Album.raw(
            "SELECT * FROM shop_album WHERE year = %(year)s AND id > %(least)s",
            {"least": 1, "year": 1993},
        ),
    ),
    case(
        "raw_without_params",
        lambda Genre: Genre.raw("SELECT * FROM shop_genre WHERE code LIKE 'p%'", None),
    ),
    case(
        "raw_with_percent",
        lambda Genre: Genre.raw("SELECT * FROM shop_genre WHERE code LIKE 'p%%'"),
    ),
    case(
        "raw_params_of_types",
        lambda Order: Order.raw(
            "SELECT * FROM shop_order WHERE placed > %s AND id IN (%s, %s)",
            [dt.datetime(2000, 1, 1, tzinfo=dt.UTC), 1, 2],
        ),
    ),
    case(
        "raw_params_of_decimal",
        lambda Album: Album.raw("SELECT * FROM shop_album WHERE price > %s", [Decimal("19.5")]),
        # SQLite would compare a number with a text.
        needs="has_native_uuid_field",
    ),
    case(
        "raw_annotated",
        lambda Artist: Artist.raw(
            "SELECT a.*, COUNT(b.id) AS number FROM shop_artist a "
            "LEFT JOIN shop_album b ON b.artist_id = a.id GROUP BY a.id ORDER BY a.id"
        ),
    ),
    case(
        "raw_translated",
        lambda Genre: Genre.raw(
            "SELECT code AS c, name AS n, 'x' AS other FROM shop_genre ORDER BY code",
            translations={"c": "code", "n": "name", "other": "more", "unknown": "nothing"},
        ),
    ),
    case("raw_in_parts", lambda Album: Album.raw("SELECT year, id FROM shop_album ORDER BY id")),
    case(
        "raw_of_renamed_column", lambda Artist: Artist.raw("SELECT id, sorted_as FROM shop_artist")
    ),
    case(
        "raw_of_child",
        lambda Customer: Customer.raw(
            "SELECT * FROM shop_customer c JOIN shop_person p ON p.id = c.person_ptr_id ORDER BY id"
        ),
    ),
    case("raw_overridden_from_db", lambda Credit: Credit.raw("SELECT * FROM shop_credit")),
    case("raw_overridden_init", lambda Playlist: Playlist.raw("SELECT * FROM shop_playlist")),
    case("raw_overridden_in_parts", lambda Credit: Credit.raw("SELECT id FROM shop_credit")),
    case("raw_of_nothing", lambda Album: Album.raw("SELECT * FROM shop_album WHERE 1 = 0")),
    case(
        "raw_in_another_database",
        lambda Artist: Artist.raw("SELECT * FROM shop_artist", using="other"),
    ),
    case(
        "raw_in_the_querysets_database",
        lambda Artist: Artist.using("other").raw("SELECT * FROM shop_artist"),
    ),
    case("raw_using", lambda Artist: Artist.raw("SELECT * FROM shop_artist").using("other")),
    case("raw_asked_once", asked_once),
    case("raw_prefetched", peers_that_were_prefetched),
    case("raw_prefetched_before", prefetches_of_the_queryset),
    case("raw_query_params", lambda Genre: Genre.raw("SELECT * FROM shop_genre").query.params),
    case(
        "raw_without_key",
        lambda Album: Album.raw("SELECT title FROM shop_album"),
        raises=FieldDoesNotExist,
    ),
    case(
        "raw_without_key_or_rows",
        lambda Album: Album.raw("SELECT title FROM shop_album WHERE 1 = 0"),
        raises=FieldDoesNotExist,
    ),
    case(
        "raw_too_few_params",
        lambda Album: Album.raw("SELECT * FROM shop_album WHERE id = %s AND year = %s", [1]),
        raises=Exception,
    ),
    case(
        "raw_too_many_params",
        lambda Album: Album.raw("SELECT * FROM shop_album WHERE id = %s", [1, 2]),
        raises=Exception,
    ),
    case("raw_params_of_no_kind", lambda Album: Album.raw(ALBUMS, 5), raises=TypeError),
    case("raw_wrong_sql", lambda Album: Album.raw("SELECT nothing"), raises=DatabaseError),
    case(
        "raw_unknown_database",
        lambda Album: Album.raw(ALBUMS, using="nowhere"),
        raises=ConnectionDoesNotExist,
    ),
]
if django.VERSION >= (6, 0):  # Django 5.2 does not find the primary key.
    CASES.append(
        case(
            "raw_of_composite_key",
            lambda ChartEntry: ChartEntry.raw("SELECT * FROM shop_chartentry ORDER BY week, place"),
        )
    )
