"""Terminals that give one answer, queries that need none, and errors."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import NotSupportedError
from django.db.models import Count, F, Max, Q, Sum, Value
from django.db.transaction import TransactionManagementError
from django.utils.connection import ConnectionDoesNotExist

from tests.app.data import code
from tests.app.models import Album as AlbumModel
from tests.app.models import Artist as ArtistModel
from tests.differential.table import case

ANSWERS = [
    case("get", lambda Album: Album.get(pk=1)),
    case("get_by_q", lambda Album: Album.get(Q(title="Debut") & Q(artist__active=True))),
    case("get_by_relation", lambda Track: Track.get(album__title="Homogenic", position=2)),
    case("get_of_uuid", lambda Playlist: Playlist.get(pk=code("list "))),
    case("get_of_text_key", lambda Genre: Genre.get(pk="pop")),
    case("get_of_child", lambda Patron: Patron.get(pk=6)),
    case("get_of_values", lambda Album: Album.values("title", "cover").get(pk=1)),
    case("get_of_only", lambda Album: Album.only("title").get(pk=1)),
    case("get_of_annotated", lambda Artist: Artist.annotate(n=Count("albums")).get(pk=1)),
    case(
        "get_of_filtered",
        lambda Album: Album.filter(year=1993).get(price__gt=1, artist=1),
    ),
    case("first", lambda Album: Album.first()),
    case("first_of_ordered_model", lambda Track: Track.first()),
    case("first_of_nothing", lambda Album: Album.filter(pk=0).first()),
    case("first_of_none", lambda Album: Album.none().first()),
    case("first_of_values", lambda Album: Album.order_by("year").values_list("title").first()),
    case("last", lambda Album: Album.last()),
    case("last_of_ordered", lambda Album: Album.order_by("year", "id").last()),
    case("last_of_ordered_model", lambda Track: Track.last()),
    case("last_of_nothing", lambda Album: Album.filter(pk=0).last()),
    case("last_of_composite", lambda ChartEntry: ChartEntry.last()),
    case("exists", lambda Album: Album.filter(pk=1).exists()),
    case("exists_not", lambda Album: Album.filter(pk=0).exists()),
    case("exists_of_all", lambda Album: Album.exists()),
    case("exists_of_none", lambda Album: Album.none().exists()),
    case("exists_over_relation", lambda Album: Album.filter(tracks__title="Hunter").exists()),
    case("exists_of_distinct", lambda Album: Album.values("year").distinct().exists()),
    case("count", lambda Album: Album.count()),
    case("count_of_filter", lambda Album: Album.filter(artist__active=True).count()),
    case("count_of_join", lambda Artist: Artist.filter(albums__year__gt=0).count()),
    case("count_of_distinct", lambda Artist: Artist.filter(albums__year__gt=0).distinct().count()),
    case("count_of_none", lambda Album: Album.none().count()),
    case("count_of_values", lambda Album: Album.values("year").distinct().count()),
    case("count_of_child", lambda Patron: Patron.count()),
    case("count_of_composite", lambda ChartEntry: ChartEntry.count()),
]


def count_evaluated(Album):
    albums = Album.filter(year=1993)
    rows = yield albums
    return [len(rows), (yield albums.count()), (yield albums.exists()), len(albums), bool(albums)]


def evaluated_once(Album):
    albums = Album.order_by("id")
    first = yield albums
    again = yield albums
    return [len(first), len(again), albums[0].pk, [album.pk for album in albums[:2]]]


EVALUATED = [
    case("count_and_exists_of_evaluated", count_evaluated),
    case("evaluated_once", evaluated_once),
]

NOTHING = [
    case("in_nothing", lambda Album: Album.filter(pk__in=[])),
    case("in_nothing_count", lambda Album: Album.filter(pk__in=[]).count()),
    case("in_nothing_exists", lambda Album: Album.filter(pk__in=[]).exists()),
    case("in_nothing_first", lambda Album: Album.filter(pk__in=[]).first()),
    case("in_nothing_values", lambda Album: Album.filter(pk__in=[]).values("id")),
    case(
        "in_nothing_aggregate",
        lambda Album: Album.filter(pk__in=[]).aggregate(
            n=Count("id"), m=Max("year"), s=Sum("price", default=Decimal("0"))
        ),
    ),
    case("in_nothing_or", lambda Genre: Genre.filter(Q(pk__in=[]) | Q(code="pop"))),
    case("in_nothing_excluded", lambda Genre: Genre.exclude(pk__in=[])),
    case(
        "in_nothing_get",
        lambda Album: Album.filter(pk__in=[]).get(),
        raises=AlbumModel.DoesNotExist,
    ),
    case("in_nothing_joined", lambda Album: Album.select_related("artist").filter(pk__in=[])),
    case("in_nothing_annotated", lambda Album: Album.annotate(n=Count("tracks")).filter(pk__in=[])),
    case("in_only_none", lambda Order: Order.filter(note__in=[None])),
    case("none", lambda Album: Album.none()),
    case("none_filtered", lambda Album: Album.none().filter(pk=1).order_by("id")),
    case("none_values", lambda Album: Album.none().values_list("id", flat=True)),
    case("none_sliced", lambda Album: Album.none()[:5]),
    case("delete_of_none", lambda Album: Album.none().delete()),
    case("update_of_none", lambda Album: Album.none().update(year=1)),
]

ERRORS = [
    case("get_nothing", lambda Album: Album.get(pk=0), raises=AlbumModel.DoesNotExist),
    case("get_nothing_of_child", lambda Patron: Patron.get(pk=1), raises=Exception),
    case("get_many", lambda Album: Album.get(year=1993), raises=AlbumModel.MultipleObjectsReturned),
    case(
        "unknown_database",
        lambda Album: Album.using("nowhere").count(),
        raises=ConnectionDoesNotExist,
    ),
    case(
        "unknown_database_rows",
        lambda Album: Album.using("nowhere").filter(pk=1),
        raises=ConnectionDoesNotExist,
    ),
    case(
        "lock_outside_a_transaction",
        lambda Album: Album.select_for_update().get(pk=1),
        needs="has_select_for_update",
        raises=TransactionManagementError,
    ),
    case("get_very_many", lambda Track: Track.get(), raises=Exception),
    case("get_of_slice", lambda Album: Album.all()[:3].get(pk=1), raises=TypeError),
    case(
        "get_of_union",
        lambda Album: Album.filter(pk=1).union(Album.filter(pk=2)).get(pk=1),
        raises=NotSupportedError,
    ),
    case("unknown_field", lambda Album: Album.filter(titel="x"), raises=FieldError),
    case("unknown_lookup", lambda Album: Album.filter(title__like="x"), raises=FieldError),
    case("unknown_relation", lambda Album: Album.filter(artist__nam="x"), raises=FieldError),
    case("unknown_order", lambda Album: Album.order_by("titel"), raises=FieldError),
    case("unknown_value", lambda Album: Album.values("titel"), raises=FieldError),
    case("unknown_only", lambda Album: Album.only("titel"), raises=FieldDoesNotExist),
    case("unknown_joined", lambda Album: Album.select_related("titel"), raises=FieldError),
    case("joined_many", lambda Album: Album.select_related("genres"), raises=FieldError),
    case("unknown_aggregate", lambda Album: Album.aggregate(Sum("titel")), raises=FieldError),
    case("unknown_update", lambda Album: Album.update(titel=1), raises=FieldDoesNotExist),
    case("bad_integer", lambda Album: Album.filter(year="x"), raises=ValueError),
    case("bad_date", lambda Artist: Artist.filter(born="x"), raises=ValidationError),
    case("bad_uuid", lambda Album: Album.filter(barcode="x"), raises=ValidationError),
    case("bad_object", lambda Album: Album.filter(artist=AlbumModel(pk=1)), raises=ValueError),
    case("unsaved_object", lambda Album: Album.filter(artist=ArtistModel()), raises=ValueError),
    case("negative_index", lambda Album: Album.all()[-1:], raises=ValueError),
    case("filter_after_slice", lambda Album: Album.all()[:3].filter(pk=1), raises=TypeError),
    case("order_after_slice", lambda Album: Album.all()[:3].order_by("id"), raises=TypeError),
    case("delete_of_slice", lambda Album: Album.all()[:3].delete(), raises=TypeError),
    case("update_of_slice", lambda Album: Album.all()[:3].update(year=1), raises=TypeError),
    case("delete_of_distinct", lambda Track: Track.distinct("album").delete(), raises=TypeError),
    case("delete_of_values", lambda Track: Track.values("id").delete(), raises=TypeError),
    case("only_with_values", lambda Album: Album.values("id").only("id"), raises=TypeError),
    case("flat_of_two", lambda Album: Album.values_list("id", "year", flat=True), raises=TypeError),
    case("annotate_taken_name", lambda Album: Album.annotate(title=F("year")), raises=ValueError),
    case(
        "aggregate_not_named", lambda Album: Album.aggregate(Sum(F("year") + 1)), raises=TypeError
    ),
    case("or_of_models", lambda Album, Artist: Album.all() | Artist.all(), raises=TypeError),
    case("mixed_types", lambda Album: Album.annotate(x=F("year") + F("title")), raises=FieldError),
    case("create_unknown", lambda Album: Album.create(titel="x"), raises=TypeError),
    case("extra_after_slice", lambda Genre: Genre.all()[:1].extra(where=["1=1"]), raises=TypeError),
    case("wrong_sql", lambda Genre: Genre.extra(where=["no_such_column = 1"]), raises=Exception),
    case(
        "division_by_zero",
        lambda Genre: Genre.annotate(x=Value(1) / Value(0)).values("x"),
        needs="can_distinct_on_fields",
        raises=Exception,
    ),
    case("in_bulk_free", lambda Genre: Genre.filter(code__in=object()), raises=TypeError),
]

CASES = [*ANSWERS, *EVALUATED, *NOTHING, *ERRORS]
