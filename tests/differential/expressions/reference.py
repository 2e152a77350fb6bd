"""Arguments and options of the query API reference that the other expressions leave out."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
from typing import Any

import django
from django.core.exceptions import FieldError
from django.db.models import (
    Avg,
    Case,
    CharField,
    Count,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Prefetch,
    Q,
    StdDev,
    Subquery,
    Sum,
    Value,
    Variance,
    When,
    Window,
)
from django.db.models.expressions import RowRange
from django.db.models.fields.json import KT
from django.db.models.functions import (
    Cast,
    Collate,
    ExtractHour,
    FirstValue,
    Lag,
    LastValue,
    Lead,
    LPad,
    RowNumber,
    TruncHour,
    TruncMonth,
)

from tests.app import models
from tests.differential.table import case

NEWYORK = dt.timezone(dt.timedelta(hours=-5))


def a_queryset_goes_on_from_its_query(Album: Any) -> Any:
    """A query kept apart goes on under another queryset."""
    kept = Album.filter(year__gt=1990).order_by("id").query
    rows = Album.all()
    rows.query = kept
    return rows


def locked_and_left(do: Any, rows: Any) -> Any:
    """Ask for rows in a transaction, and let an error out of it."""
    block = do.atomic()
    yield do.enter(block)
    try:
        found = yield rows
    except Exception as error:
        yield do.leave(block, error)
        raise
    yield do.leave(block, None)
    return found


def locked(**options: Any) -> Any:
    """Make the expression that locks rows in a transaction."""

    def build(do: Any, Album: Any) -> Any:
        rows = Album.select_related("artist").select_for_update(**options).order_by("id")
        return locked_and_left(do, rows[:2])

    return build


CASES = [
    case("lock_rows", locked()),
    case("lock_and_fail", locked(nowait=True), needs="has_select_for_update_nowait"),
    case("lock_what_is_free", locked(skip_locked=True), needs="has_select_for_update_skip_locked"),
    case("lock_own_and_joined", locked(of=("self", "artist")), needs="has_select_for_update_of"),
    case("lock_weakly", locked(no_key=True), needs="has_select_for_no_key_update"),
    case(
        "lock_of_nothing",
        lambda do, Album: locked_and_left(do, Album.select_for_update(of=("x",))),
        needs="has_select_for_update_of",
        raises=FieldError,
    ),
    case(
        "explain_as_json",
        lambda Album: Album.filter(pk=1).explain(format="json"),
        fails_on="sqlite",
    ),
    case(
        "explain_with_an_option",
        lambda Album: Album.filter(pk=1).explain(verbose=True),
        fails_on="sqlite mysql",
    ),
    case("explain_in_no_format", lambda Album: Album.explain(format="x"), raises=ValueError),
    case(
        "values_list_named_of_expression",
        lambda Album: Album.order_by("id").values_list("id", n=F("year") + 1, named=True),
        raises=TypeError,
    ),
    case(
        "values_list_flat_and_named",
        lambda Album: Album.values_list("id", flat=True, named=True),
        raises=TypeError,
    ),
    case("dates_of_each_kind", lambda Artist: Artist.dates("born", "day", order="DESC")),
    case(
        "datetimes_in_a_zone",
        lambda Album: Album.datetimes("released", "hour", tzinfo=NEWYORK),
        needs="has_zoneinfo_database",
    ),
    case(
        "datetimes_by_week",
        lambda Album: Album.datetimes("released", "week"),
        needs="has_zoneinfo_database",
    ),
    case(
        "distinct_on_relation",
        lambda Album: Album.order_by("artist__name", "pk").distinct("artist__name"),
        needs="can_distinct_on_fields",
    ),
    case(
        "distinct_on_counted",
        lambda Track: Track.order_by("album").distinct("album").count(),
        needs="can_distinct_on_fields",
    ),
    case(
        "defer_then_only", lambda Album: Album.defer("title").only("title", "year").order_by("id")
    ),
    case("only_then_only", lambda Album: Album.only("title").only("year").order_by("id")),
    case("defer_twice_and_back", lambda Album: Album.defer("title").defer(None).order_by("id")),
    case(
        "only_of_joined",
        lambda Track: Track.select_related("album").only("title", "album__title").order_by("id"),
    ),
    case(
        "defer_of_joined",
        lambda Track: (
            Track.select_related("album").defer("album__title", "album__notes").order_by("id")
        ),
    ),
    case(
        "only_without_the_joined_key",
        lambda Track: Track.select_related("album").only("title"),
        raises=Exception,
    ),
    case(
        "select_related_taken_back",
        lambda Track: Track.select_related("album").select_related(None).order_by("id"),
    ),
    case(
        "select_related_of_one_to_one",
        lambda Artist: Artist.select_related("profile").order_by("id"),
    ),
    case(
        "filtered_relation_of_condition",
        lambda Album: (
            Album.annotate(short=FilteredRelation("tracks", condition=Q(tracks__seconds__lt=200)))
            .filter(short__isnull=False)
            .order_by("id", "short__id")
        ),
    ),
    case(
        "union_filtered",
        lambda Genre: Genre.all().union(Genre.all()).filter(pk="pop"),
        raises=Exception,
    ),
    case("none_in_a_union", lambda Genre: Genre.none().union(Genre.filter(pk="pop"))),
    case("and_of_slices", lambda Genre: Genre.order_by("code")[:2] & Genre.all(), raises=TypeError),
    case("in_bulk_by_barcode", lambda Album: Album.in_bulk(field_name="barcode")),
    case("latest_of_several", lambda Album: Album.latest("year", "-id")),
    case("earliest_of_several", lambda Album: Album.earliest("-year", "id")),
    case(
        "aggregate_default",
        lambda Album: Album.filter(pk=-1).aggregate(
            n=Sum("year", default=3), m=Avg("price", default=0)
        ),
    ),
    case(
        "aggregate_of_annotation",
        lambda Album: Album.annotate(n=Count("tracks")).aggregate(Max("n"), Min("n")),
    ),
    case(
        "aggregate_with_filter",
        lambda Album: Album.aggregate(n=Count("pk", filter=Q(year__gt=1995))),
    ),
    case(
        "aggregate_spread",
        lambda Track: Track.aggregate(d=StdDev("position", sample=True), v=Variance("position")),
    ),
    case("aggregate_refers_to_another", lambda Album: Album.aggregate(a=Max("year"), b=F("a") + 1)),
    case(
        "grouped_by_expression",
        lambda Album: (
            Album.annotate(m=TruncMonth("released"))
            .values("m")
            .annotate(n=Count("pk"))
            .order_by("m")
        ),
        needs="has_zoneinfo_database",
    ),
    case(
        "window_with_frame",
        lambda Track: Track.annotate(
            s=Window(Sum("position"), partition_by="album", order_by="pk", frame=RowRange(-1, 1))
        ).order_by("pk"),
    ),
    case(
        "window_filtered",
        lambda Track: (
            Track.annotate(n=Window(RowNumber(), partition_by="album", order_by="pk"))
            .filter(n=1)
            .order_by("pk")
        ),
    ),
    case(
        "window_values",
        lambda Track: (
            Track.annotate(
                a=Window(Lag("title"), order_by="pk"),
                b=Window(Lead("title", default=Value("-")), order_by="pk"),
                c=Window(FirstValue("pk"), order_by="pk"),
                d=Window(LastValue("pk"), order_by="pk"),
            )
            .order_by("pk")
            .values("a", "b", "c", "d")
        ),
        needs="supports_default_in_lead_lag",
    ),
    case(
        "subquery_of_vinyl",
        lambda Album, Track: Album.annotate(
            t=Subquery(Track.filter(album=OuterRef("pk")).order_by("pk").values("title")[:1])
        ).order_by("id"),
    ),
    case(
        "exists_of_stock",
        lambda Album: Album.filter(
            Exists(models.Track.objects.filter(album=OuterRef("pk")))
        ).order_by("id"),
    ),
    case(
        "in_stock_queryset",
        lambda Album: Album.filter(artist__in=models.Artist.objects.filter(active=True)).order_by(
            "id"
        ),
    ),
    case(
        "outer_ref_of_outer_ref",
        lambda Artist, Album, Track: Artist.filter(
            Exists(
                Album.filter(
                    Exists(
                        Track.filter(album=OuterRef("pk"), album__artist=OuterRef(OuterRef("pk")))
                    ),
                    artist=OuterRef("pk"),
                )
            )
        ).order_by("id"),
    ),
    case(
        "prefetch_of_stock_queryset",
        lambda Artist: Artist.prefetch_related(
            Prefetch("albums", models.Album.objects.order_by("-pk"), to_attr="newest")
        ).order_by("id"),
    ),
    case(
        "prefetch_sliced",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", Album.order_by("-pk")[:1], to_attr="newest")
        ).order_by("id"),
    ),
    case(
        "prefetch_by_a_filtering_manager",
        lambda Album: Album.prefetch_related(
            "reviews", Prefetch("reviews", models.Review.visible.all(), to_attr="seen")
        ).order_by("id"),
    ),
    case(
        "prefetch_taken_back",
        lambda Artist: Artist.prefetch_related("albums").prefetch_related(None).order_by("id"),
    ),
    case(
        "json_key_transform",
        lambda Album: Album.annotate(k=KT("notes__mono")).order_by("id").values("id", "k"),
    ),
    case(
        "json_contains",
        lambda Album: Album.filter(notes__contains={"mono": True}).order_by("id"),
        needs="supports_json_field_contains",
    ),
    case(
        "collate",
        lambda Artist: Artist.annotate(c=Collate("name", "nocase")).order_by("c", "id"),
        fails_on="postgresql mysql",
    ),
    case("left_pad", lambda Genre: Genre.annotate(p=LPad("code", 12, Value("·"))).order_by("code")),
    case(
        "cast_and_compare",
        lambda Album: (
            Album.annotate(y=Cast("year", CharField())).filter(y__startswith="19").order_by("id")
        ),
    ),
    case(
        "time_zone_of_functions",
        lambda Album: Album.annotate(
            h=ExtractHour("released", tzinfo=NEWYORK), t=TruncHour("released", tzinfo=NEWYORK)
        ).order_by("id"),
        needs="has_zoneinfo_database",
    ),
    case(
        "conditional_order",
        lambda Album: Album.order_by(
            Case(When(format="ep", then=0), default=1, output_field=IntegerField()), "id"
        ),
    ),
    case(
        "composite_key_in_subquery",
        lambda ChartEntry: ChartEntry.filter(pk__in=ChartEntry.filter(points__gt=0)).order_by("pk"),
    ),
    case(
        "composite_key_compared",
        lambda ChartEntry: ChartEntry.filter(pk__gt=(dt.date(2000, 1, 1), 1)).order_by("pk"),
    ),
    case("generated_column_only", lambda Album: Album.only("title_upper").order_by("id")),
    case("query_kept", a_queryset_goes_on_from_its_query),
    case(
        "alias_then_annotate",
        lambda Album: (
            Album.alias(n=Count("tracks")).annotate(m=F("n") + 1).filter(n__gt=0).order_by("id")
        ),
    ),
    case(
        "complex_q",
        lambda Album: Album.filter(
            ~(Q(year=1) ^ Q(format="ep"))
            | Q(Exists(models.Track.objects.filter(album=OuterRef("pk"))))
        ).order_by("id"),
    ),
]

if django.VERSION >= (6, 0):
    from django.db.models import AnyValue, StringAgg

    CASES += [
        case(
            "any_value",
            lambda Track: (
                Track.order_by()
                .values("album")
                .annotate(a=AnyValue("album__title"))
                .order_by("album")
            ),
            needs="supports_any_value",
        ),
        case(
            "string_agg",
            lambda Album: Album.annotate(
                t=StringAgg("tracks__title", Value(", "), order_by="tracks__title")
            ).order_by("id"),
            needs="supports_aggregate_order_by_clause",
        ),
        case(
            "string_agg_of_all",
            lambda Genre: Genre.filter(pk="pop").aggregate(t=StringAgg("name", Value("; "))),
        ),
    ]
