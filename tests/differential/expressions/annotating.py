"""Annotations: aggregates and groups, functions, conditions and windows."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import (
    Avg,
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    DecimalField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    JSONField,
    Max,
    Min,
    Q,
    RowRange,
    StdDev,
    Sum,
    TextField,
    UUIDField,
    Value,
    Variance,
    When,
    Window,
)
from django.db.models.functions import (
    MD5,
    Abs,
    Cast,
    Ceil,
    Chr,
    Coalesce,
    Concat,
    DenseRank,
    Exp,
    Extract,
    ExtractYear,
    FirstValue,
    Floor,
    Greatest,
    JSONObject,
    Lag,
    LastValue,
    Lead,
    Least,
    Left,
    Length,
    Ln,
    Log,
    Lower,
    LPad,
    Mod,
    NthValue,
    Ntile,
    NullIf,
    Ord,
    PercentRank,
    Pi,
    Power,
    Rank,
    Repeat,
    Replace,
    Reverse,
    Right,
    Round,
    RowNumber,
    RPad,
    Sign,
    Sin,
    Sqrt,
    StrIndex,
    Substr,
    Trim,
    Trunc,
    TruncDate,
    TruncMonth,
    Upper,
)

from tests.differential.table import case

KOLKATA = dt.timezone(dt.timedelta(hours=5, minutes=30))


def on_albums(expression):
    """Return the case's function that annotates the albums."""
    return lambda Album: Album.annotate(x=expression).values_list("id", "x").order_by("id")


def on_tracks(expression):
    return lambda Track: Track.annotate(x=expression).values_list("id", "x").order_by("id")


def on_artists(expression):
    return lambda Artist: Artist.annotate(x=expression).values_list("id", "x").order_by("id")


GROUPS = [
    case("annotate_count", lambda Artist: Artist.annotate(n=Count("albums")).order_by("id")),
    case("annotate_count_distinct", on_artists(Count("albums__format", distinct=True))),
    case("annotate_count_filter", on_artists(Count("albums", filter=Q(albums__year__gt=1995)))),
    case(
        "annotate_count_star",
        lambda Track: Track.values("album").annotate(n=Count("*")).order_by("album"),
    ),
    case("annotate_sum_decimal", on_artists(Sum("albums__price"))),
    case("annotate_sum_default", on_artists(Sum("albums__price", default=Decimal("0")))),
    case("annotate_sum_duration", on_artists(Sum("albums__length"))),
    case("annotate_avg_integer", on_albums(Avg("tracks__seconds"))),
    case("annotate_avg_decimal", on_artists(Avg("albums__price"))),
    case(
        "annotate_min_max",
        lambda Artist: Artist.annotate(
            first=Min("albums__released"), last=Max("albums__released")
        ).order_by("id"),
    ),
    case("annotate_over_m2m", lambda Genre: Genre.annotate(n=Count("albums__tracks"))),
    case("annotate_over_generic", on_albums(Count("tags"))),
    case(
        "annotate_two_joins",
        lambda Artist: Artist.annotate(
            a=Count("albums", distinct=True), g=Count("guest_on", distinct=True)
        ).order_by("id"),
    ),
    case(
        "annotate_arithmetic",
        lambda Order: Order.annotate(
            total=Sum(F("lines__quantity") * F("lines__unit_price"))
        ).order_by("id"),
    ),
    case(
        "group_by_values",
        lambda Album: (
            Album.values("format").annotate(n=Count("id"), price=Max("price")).order_by("format")
        ),
    ),
    case(
        "group_by_relation",
        lambda Track: (
            Track.values("album__artist__name")
            .annotate(s=Sum("seconds"))
            .order_by("album__artist__name")
        ),
    ),
    case(
        "group_by_expression",
        lambda Artist: (
            Artist.values(year=ExtractYear("born")).annotate(n=Count("*")).order_by("year")
        ),
    ),
    case(
        "having", lambda Artist: Artist.annotate(n=Count("albums")).filter(n__gt=1).order_by("id")
    ),
    case(
        "having_and_where",
        lambda Artist: (
            Artist.filter(albums__year__gt=1990)
            .annotate(n=Count("albums"))
            .filter(Q(n=2) | Q(name="Björk"))
            .order_by("id")
        ),
    ),
    case(
        "annotate_then_aggregate",
        lambda Artist: Artist.annotate(n=Count("albums")).aggregate(most=Max("n"), total=Sum("n")),
    ),
    case(
        "annotate_then_count", lambda Artist: Artist.annotate(n=Count("albums")).filter(n=0).count()
    ),
    case(
        "order_by_aggregate", lambda Artist: Artist.annotate(n=Count("albums")).order_by("-n", "id")
    ),
    case(
        "annotate_of_annotation",
        lambda Album: Album.annotate(a=F("year") + 1).annotate(b=F("a") * 2).order_by("id"),
    ),
    case(
        "aggregate_of_aggregate",
        lambda Track: Track.values("album").annotate(s=Sum("seconds")).aggregate(Avg("s")),
    ),
]

AGGREGATES = [
    case("aggregate", lambda Album: Album.aggregate(Count("id"), Max("price"), Min("year"))),
    case("aggregate_named", lambda Album: Album.aggregate(low=Min("price"), high=Max("price"))),
    case("aggregate_sum", lambda Track: Track.aggregate(s=Sum("seconds"), a=Avg("seconds"))),
    case("aggregate_decimal", lambda Payment: Payment.aggregate(s=Sum("amount"), a=Avg("amount"))),
    case("aggregate_datetime", lambda Order: Order.aggregate(a=Min("placed"), b=Max("placed"))),
    case("aggregate_date", lambda Artist: Artist.aggregate(a=Min("born"), b=Max("born"))),
    case(
        "aggregate_duration",
        lambda Album: Album.aggregate(s=Sum("length"), a=Avg("length"), m=Max("length")),
    ),
    case("aggregate_text", lambda Genre: Genre.aggregate(a=Min("name"), b=Max("name"))),
    case("aggregate_over_relation", lambda Artist: Artist.aggregate(s=Sum("albums__price"))),
    case(
        "aggregate_filter",
        lambda Track: Track.aggregate(
            n=Count("id", filter=Q(seconds__gt=300)), s=Sum("seconds", filter=Q(pk=0), default=0)
        ),
    ),
    case(
        "aggregate_expression",
        lambda OrderLine: OrderLine.aggregate(s=Sum(F("quantity") * F("unit_price"))),
    ),
    case(
        "aggregate_of_aggregates",
        lambda Track: Track.aggregate(
            a=Sum("seconds"),
            n=Count("id"),
            ratio=ExpressionWrapper(Sum("seconds") * 1.0 / Count("id"), FloatField()),
        ),
    ),
    case(
        "aggregate_float",
        lambda Track: Track.filter(seconds__gt=0).aggregate(
            a=StdDev("seconds"), b=Variance("seconds", sample=True)
        ),
    ),
    case(
        "aggregate_variance", lambda Track: Track.filter(album=6).aggregate(a=Variance("position"))
    ),
    case("aggregate_distinct", lambda Track: Track.aggregate(n=Count("album", distinct=True))),
    case(
        "aggregate_of_none",
        lambda Track: Track.filter(pk=0).aggregate(s=Sum("seconds"), n=Count("id")),
    ),
    case(
        "aggregate_of_nothing",
        lambda Track: Track.none().aggregate(
            s=Sum("seconds"), n=Count("id"), d=Sum("seconds", default=7)
        ),
    ),
    case(
        "aggregate_distinct_rows",
        lambda Track: Track.values("album").distinct().aggregate(n=Count("album")),
    ),
    case(
        "aggregate_window",
        lambda Track: Track.annotate(r=Window(RowNumber(), order_by="id")).aggregate(m=Max("r")),
    ),
    case("aggregate_empty_call", lambda Track: Track.aggregate()),
]

TEXTS = [
    case("lower_upper", lambda Genre: Genre.annotate(a=Lower("name"), b=Upper("name"))),
    case("concat", on_artists(Concat("name", Value(" ("), "sort_name", Value(")")))),
    case("concat_null", on_albums(Concat("title", Value(": "), F("producer__name")))),
    case("length", on_artists(Length("name"))),
    case("substr", on_artists(Substr("name", 2, 3))),
    case(
        "left_right",
        lambda Artist: Artist.values_list(Left("name", 2), Right("name", 2)).order_by("id"),
    ),
    case("replace", on_artists(Replace("name", Value("j"), Value("%")))),
    case("trim", on_artists(Trim("name"))),
    case(
        "pad",
        lambda Genre: Genre.values_list(LPad("code", 8, Value(".")), RPad("code", 8, Value("𝄞"))),
    ),
    case("repeat", lambda Genre: Genre.values_list(Repeat("code", 2))),
    case("reverse_text", on_artists(Reverse("name"))),
    case("position_of_text", on_artists(StrIndex("name", Value("r")))),
    case("ord", lambda Genre: Genre.values_list(Ord("code"))),
    case("chr", lambda Track: Track.values_list(Chr(F("position") + 64)).filter(position__lt=9)),
    case("md5", on_artists(MD5("name"))),
    case("coalesce", on_albums(Coalesce("producer__name", "artist__name"))),
    case("nullif", on_artists(NullIf("sort_name", Value("")))),
    case("own_function", on_artists(Func("name", function="LOWER", output_field=CharField()))),
]

NUMBERS = [
    case("abs_sign", lambda Album: Album.values_list(Abs("year"), Sign("year")).order_by("id")),
    case("round", on_albums(Round("price"))),
    case("round_places", on_albums(Round("price", precision=1))),
    case(
        "ceil_floor", lambda Album: Album.values_list(Ceil("price"), Floor("price")).order_by("id")
    ),
    case(
        "sqrt_power",
        lambda Track: Track.values_list(Sqrt("position"), Power("position", 2)).filter(pk=2),
    ),
    case(
        "logarithms",
        lambda Track: Track.filter(pk=2).values_list(
            Ln("seconds"), Log(10, "seconds"), Exp("disc")
        ),
    ),
    case("sine_pi", lambda Track: Track.filter(pk=2).values_list(Sin("disc"), Pi())),
    case("modulo", on_tracks(Mod("seconds", 60))),
    case("division", on_tracks(F("seconds") / 7)),
    case("decimal_arithmetic", on_albums(F("price") * Decimal("1.077"))),
    case(
        "decimal_from_integers",
        on_albums(
            ExpressionWrapper(
                F("year") / Decimal("3"), DecimalField(max_digits=14, decimal_places=4)
            )
        ),
    ),
    case("negated", on_tracks(-F("seconds"))),
    case(
        "greatest_least",
        lambda Track: Track.values_list(Greatest("disc", 2), Least("seconds", Value(300))),
    ),
    case("cast_to_text", on_albums(Cast("price", CharField(max_length=20)))),
    case("cast_to_integer", on_albums(Cast("price", IntegerField()))),
    case("cast_to_float", on_albums(Cast("price", FloatField()))),
    case(
        "cast_to_decimal", on_tracks(Cast("seconds", DecimalField(max_digits=12, decimal_places=3)))
    ),
    case(
        "cast_text_to_date",
        lambda Artist: Artist.filter(pk=1).annotate(d=Cast("born", CharField(max_length=10))),
    ),
    case(
        "cast_json_key",
        lambda Album: Album.filter(pk=6).annotate(b=Cast("notes__big", TextField())),
    ),
]

TIMES = [
    case("extract", on_artists(Extract("born", "month"))),
    case("extract_iso_week", on_artists(Extract("born", "week"))),
    case(
        "extract_from_duration",
        lambda Album: Album.annotate(x=Extract("length", "hour")).filter(pk=1),
        needs="has_native_duration_field",
    ),
    case(
        "extract_at_an_offset",
        lambda Order: Order.annotate(h=Extract("placed", "hour", tzinfo=KOLKATA)).order_by("id"),
    ),
    case(
        "extract_in_zone",
        lambda Order: Order.annotate(h=Extract("placed", "hour")).order_by("id"),
        needs="has_zoneinfo_database",
    ),
    case("trunc_date", lambda Artist: Artist.annotate(x=TruncMonth("born")).order_by("id")),
    case(
        "trunc_at_an_offset",
        lambda Order: Order.annotate(d=Trunc("placed", "day", tzinfo=KOLKATA)).order_by("id"),
        needs="has_zoneinfo_database",
    ),
    case(
        "trunc_in_utc",
        lambda Order: Order.annotate(d=Trunc("placed", "hour", tzinfo=dt.UTC)).order_by("id"),
    ),
    case(
        "trunc_in_zone",
        lambda Order: Order.annotate(d=Trunc("placed", "hour"), e=TruncDate("placed")).order_by(
            "id"
        ),
        needs="has_zoneinfo_database",
    ),
    case(
        "trunc_to_date_in_utc",
        lambda Order: Order.annotate(d=TruncDate("placed", tzinfo=dt.UTC)).order_by("id"),
    ),
    case(
        "add_duration",
        lambda Order: Order.annotate(
            x=ExpressionWrapper(F("placed") + dt.timedelta(days=1, microseconds=1), DateTimeField())
        ).order_by("id"),
    ),
    case(
        "subtract_datetimes",
        lambda Order: Order.annotate(
            x=ExpressionWrapper(
                F("placed") - Value(dt.datetime(2024, 1, 1, tzinfo=dt.UTC)), DurationField()
            )
        ).order_by("id"),
    ),
    case(
        "subtract_dates",
        lambda Artist: (
            Artist.filter(pk__lt=4)
            .annotate(x=ExpressionWrapper(F("born") - Value(dt.date(1900, 1, 1)), DurationField()))
            .order_by("id")
        ),
    ),
    case(
        "add_column_of_duration",
        lambda Album: (
            Album.filter(pk__lte=3)
            .annotate(x=ExpressionWrapper(F("released") + F("length"), DateTimeField()))
            .order_by("id")
        ),
    ),
]

CONSTANTS = [
    case("value_of_text", lambda Genre: Genre.annotate(x=Value("100% 'é' 🎸"))),
    case("value_of_integer", lambda Genre: Genre.annotate(x=Value(7))),
    case("value_of_none", lambda Genre: Genre.annotate(x=Value(None, IntegerField()))),
    case("value_of_boolean", lambda Genre: Genre.annotate(x=Value(True), y=Value(False))),
    case("value_of_decimal", lambda Genre: Genre.annotate(x=Value(Decimal("1.50")))),
    case(
        "value_of_datetime",
        lambda Genre: Genre.annotate(x=Value(dt.datetime(2024, 10, 27, 1, 30, tzinfo=dt.UTC))),
        fails_on="mysql",
    ),
    case(
        "value_of_date_time",
        lambda Genre: Genre.annotate(x=Value(dt.date(2024, 2, 29)), y=Value(dt.time(1, 2, 3, 4))),
    ),
    case("value_of_duration", lambda Genre: Genre.annotate(x=Value(dt.timedelta(days=-1)))),
    case(
        "value_of_uuid",
        lambda Album: Album.annotate(x=ExpressionWrapper(F("barcode"), UUIDField())).filter(pk=1),
    ),
    case("value_of_json", lambda Genre: Genre.annotate(x=Value({"a": [1, None]}, JSONField()))),
    case(
        "json_object",
        lambda Album: Album.filter(pk=1).annotate(
            x=JSONObject(t=Lower("title"), y="year", n=Value(None, IntegerField()))
        ),
        needs="has_json_object_function",
    ),
    case("json_key_annotated", lambda Album: Album.annotate(x=F("notes__sides__a")).order_by("id")),
]

CONDITIONS = [
    case(
        "case_when",
        on_albums(
            Case(
                When(price__lt=10, then=Value("cheap")),
                When(Q(price__lt=21) & ~Q(format="cd"), then=Value("fair")),
                default=Value("dear"),
            )
        ),
    ),
    case("case_without_default", on_tracks(Case(When(seconds__gt=300, then="seconds")))),
    case(
        "case_over_relation",
        on_tracks(Case(When(album__artist__active=True, then=F("album__year")), default=Value(0))),
    ),
    case(
        "case_in_filter",
        lambda Track: Track.annotate(
            long=Case(When(seconds__gt=300, then=True), default=False)
        ).filter(long=True),
    ),
    case(
        "case_in_order",
        lambda Album: Album.order_by(
            Case(When(format="ep", then=0), When(format="cd", then=1), default=2), "id"
        ),
    ),
    case(
        "case_in_aggregate",
        lambda Album: Album.aggregate(n=Sum(Case(When(format="lp", then=1), default=0))),
    ),
    case(
        "q_as_annotation",
        lambda Album: Album.annotate(
            old=ExpressionWrapper(Q(year__lt=1990), BooleanField())
        ).order_by("id"),
    ),
    case("q_directly", lambda Track: Track.annotate(long=Q(seconds__gt=300))),
    case(
        "empty_q_in_case",
        lambda Genre: Genre.annotate(x=Case(When(pk__in=[], then=Value(1)), default=Value(2))),
    ),
]

WINDOWS = [
    case("row_number", on_tracks(Window(RowNumber(), order_by="id"))),
    case("rank", on_albums(Window(Rank(), order_by=F("price").desc()))),
    case("dense_rank", on_albums(Window(DenseRank(), partition_by="format", order_by="price"))),
    case("percent_rank", on_albums(Window(PercentRank(), order_by="price"))),
    case(
        "lead_with_default",
        lambda Track: Track.values_list(
            "id", Window(Lead("seconds", default=Value(0)), order_by="id")
        ).order_by("id"),
        fails_on="mysql",
    ),
    case(
        "lag_lead",
        lambda Track: Track.values_list(
            "id",
            Window(Lag("title"), partition_by="album", order_by="id"),
            Window(Lead("title", offset=2), partition_by="album", order_by="id"),
        ).order_by("id"),
    ),
    case(
        "first_last_value",
        lambda Track: Track.values_list(
            "id",
            Window(FirstValue("title"), partition_by="album", order_by="id"),
            Window(LastValue("title"), partition_by="album", order_by="id"),
        ).order_by("id"),
    ),
    case("nth_value", on_tracks(Window(NthValue("title", 2), partition_by="album", order_by="id"))),
    case("ntile", on_tracks(Window(Ntile(3), order_by="id"))),
    case("running_sum", on_tracks(Window(Sum("seconds"), order_by="id"))),
    case(
        "framed_average",
        on_tracks(Window(Avg("seconds"), order_by="id", frame=RowRange(start=-1, end=1))),
    ),
    case(
        "filter_on_window",
        lambda Track: (
            Track.annotate(r=Window(RowNumber(), partition_by="album", order_by="-seconds"))
            .filter(r=1)
            .order_by("id")
        ),
    ),
    case(
        "window_on_objects",
        lambda Album: Album.annotate(n=Window(Count("id"), partition_by="artist")).order_by("id"),
    ),
]

CASES = [*GROUPS, *AGGREGATES, *TEXTS, *NUMBERS, *TIMES, *CONSTANTS, *CONDITIONS, *WINDOWS]
