"""The references of expressions, conditional expressions, aggregates and JSON."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import django
from django.core.exceptions import FieldError
from django.db.models import (
    Aggregate,
    Avg,
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    DecimalField,
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    JSONField,
    Max,
    Min,
    OuterRef,
    Q,
    RowRange,
    StdDev,
    Subquery,
    Sum,
    Transform,
    Value,
    ValueRange,
    Variance,
    When,
    Window,
    WindowFrameExclusion,
)
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KT
from django.db.models.functions import (
    Length,
    NthValue,
    RowNumber,
    TruncYear,
    Upper,
)
from django.db.models.lookups import Exact, GreaterThan, IsNull, LessThan

from tests.differential.table import case


class Joined(Func):
    """A function whose SQL is each database's own."""

    output_field = CharField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="(%(expressions)s)", arg_joiner=" || ", **extra
        )

    def as_mysql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, function="CONCAT", **extra)


class SumOfAll(Aggregate):
    """An aggregate of a project's own."""

    function = "SUM"
    template = "%(function)s(%(all_values)s%(expressions)s)"
    allow_distinct = False
    arity = 1

    def __init__(self, expression: Any, all_values: bool = False, **extra: Any) -> None:
        super().__init__(expression, all_values="ALL " if all_values else "", **extra)


class FirstOf(Expression):
    """An expression written from scratch, as in the reference."""

    template = "COALESCE( %(expressions)s )"

    def __init__(self, expressions: Any, output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.expressions = [F(each) if isinstance(each, str) else each for each in expressions]

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        c = self.copy()
        c.is_summary = summarize
        c.expressions = [
            each.resolve_expression(query, allow_joins, reuse, summarize, for_save)
            for each in self.expressions
        ]
        return c

    def as_sql(self, compiler: Any, connection: Any, template: Any = None) -> Any:
        parts, params = [], []
        for each in self.expressions:
            sql, values = compiler.compile(each)
            parts.append(sql)
            params.extend(values)
        return (template or self.template) % {"expressions": ",".join(parts)}, tuple(params)

    def get_source_expressions(self) -> Any:
        return self.expressions

    def set_source_expressions(self, expressions: Any) -> None:
        self.expressions = expressions


class Doubled(Transform):
    lookup_name = "doubled"
    function = "ABS"


def ids(rows: Any) -> Any:
    return rows.values_list("id", "x").order_by("id")


def on_albums(expression: Any) -> Any:
    """Make the expression that annotates albums."""
    return lambda Album: ids(Album.annotate(x=expression))


def on_tracks(expression: Any) -> Any:
    return lambda Track: ids(Track.annotate(x=expression))


JSON = [
    case("json_f_of_path", lambda Album: ids(Album.annotate(x=F("notes__sides__a__0")))),
    case("json_f_of_number", lambda Album: ids(Album.annotate(x=F("notes__big")))),
    case("json_f_in_values", lambda Album: Album.values("id", x=F("notes__sides")).order_by("id")),
    case(
        "json_f_in_values_list",
        lambda Album: Album.values_list("id", "notes__sides__b", F("notes__mono")).order_by("id"),
    ),
    case(
        "json_f_in_order",
        lambda Album: Album.order_by(F("notes__mono").desc(nulls_last=True), "id"),
    ),
    case(
        "json_f_compared",
        lambda Album: Album.filter(notes__sides__a=F("notes__sides__b")).order_by("id"),
    ),
    case(
        "json_f_compared_by_transform",
        lambda Album: Album.filter(notes__sides__a__0=F("notes__sides__a__0")).order_by("id"),
    ),
    case(
        "json_f_over_relation",
        lambda Artist: (
            Artist.annotate(x=F("profile__facts__hands")).values_list("id", "x").order_by("id")
        ),
    ),
    case(
        "json_f_grouped",
        lambda Album: Album.values(x=F("notes__mono")).annotate(n=Count("id")).order_by("n", "x"),
    ),
    case(
        "json_f_of_annotation",
        lambda Album: ids(Album.annotate(k=F("notes__sides")).annotate(x=F("k__a"))),
    ),
    case(
        "json_f_filtered",
        lambda Album: Album.annotate(k=F("notes__sides__a")).filter(k__0=1).order_by("id"),
    ),
    case("json_kt_of_path", on_albums(KT("notes__sides__a__0"))),
    case(
        "json_kt_filtered",
        lambda Album: Album.annotate(k=KT("notes__quote")).filter(k__contains="quo").order_by("id"),
    ),
    case("json_kt_cast", on_albums(Length(KT("notes__quote")))),
    case(
        "json_kt_in_order",
        lambda Album: Album.order_by(KT("notes__mono").asc(nulls_first=True), "id"),
    ),
    case(
        "json_null_value",
        lambda Album: Album.filter(notes__label=Value(None, JSONField())).order_by("id"),
    ),
    case(
        "json_in_subquery",
        lambda Album: ids(
            Album.annotate(
                x=Subquery(Album.filter(pk=OuterRef("pk")).values("notes__sides__a")[:1])
            )
        ),
    ),
    case(
        "json_outer_ref",
        lambda Album: Album.filter(
            Exists(Album.filter(notes__mono=OuterRef("notes__mono")).exclude(pk=OuterRef("pk")))
        ).order_by("id"),
    ),
    case("json_excluded", lambda Album: Album.exclude(notes__mono=True).order_by("id")),
    case(
        "json_has_key_of_path", lambda Album: Album.filter(notes__sides__has_key="a").order_by("id")
    ),
    case("json_key_regex", lambda Album: Album.filter(notes__quote__regex="^.").order_by("id")),
    case("json_key_range", lambda Album: Album.filter(notes__big__range=(1, 2**60)).order_by("id")),
    case("json_key_iexact", lambda Profile: Profile.filter(facts__award__iexact=None)),
]

FS = [
    case("f_transform", lambda Artist: ids(Artist.annotate(x=F("born__year")))),
    case("f_transform_over_relation", on_albums(F("artist__born__month"))),
    case(
        "f_transform_in_order",
        lambda Artist: Artist.order_by(F("born__day").asc(nulls_last=True), "id"),
    ),
    case("f_of_annotation", on_albums(F("year") * 2)),
    case("f_power", on_tracks(F("position") ** 2)),
    case("f_modulo_by", on_tracks(F("seconds") % 7)),
    case("f_bits_or", on_tracks(F("disc").bitor(4))),
    case("f_bits_xor", on_tracks(F("disc").bitxor(3))),
    case(
        "f_shifts",
        lambda Track: (
            Track.annotate(x=F("disc").bitleftshift(2), y=F("disc").bitrightshift(1))
            .values_list("id", "x", "y")
            .order_by("id")
        ),
    ),
    case("f_from_the_right", on_tracks(100 - F("disc"))),
    case("f_divided_from_the_right", on_tracks(100 / F("disc"))),
    case("f_slice_in_the_middle", lambda Genre: Genre.annotate(x=F("code")[1:3])),
    case("f_slice_of_one", lambda Genre: Genre.annotate(x=F("code")[0])),
    case("f_slice_negative", lambda Genre: Genre.annotate(x=F("code")[-1:]), raises=ValueError),
    case("f_slice_with_step", lambda Genre: Genre.annotate(x=F("code")[::2]), raises=ValueError),
    case("f_slice_of_relation", on_albums(F("artist__name")[:2])),
    case("f_of_unknown", lambda Album: Album.annotate(x=F("titel")), raises=FieldError),
    case("f_of_relation", on_albums(F("artist"))),
    case("f_of_relation_key", on_albums(F("artist__label"))),
    case(
        "f_of_composite_key_and_more",
        lambda ChartEntry: ChartEntry.annotate(
            x=F("pk"), y=F("points") + 1, z=F("album__released")
        ).select_related("album__artist"),
    ),
    case("f_of_composite_key", lambda ChartEntry: ChartEntry.annotate(x=F("pk"))),
    case(
        "f_of_mixed_numbers",
        on_albums(
            ExpressionWrapper(
                F("year") * F("price"), output_field=DecimalField(max_digits=20, decimal_places=2)
            )
        ),
    ),
    case("f_in_tuple_lookup", lambda ChartEntry: ChartEntry.filter(pk=(F("week"), F("place")))),
    case("f_in_list", lambda Album: Album.filter(year__in=[F("year"), 1]).order_by("id")),
    case(
        "f_in_range", lambda Track: Track.filter(seconds__range=(F("position"), 300)).order_by("id")
    ),
    case(
        "q_of_expression",
        lambda Track: Track.filter(Q(GreaterThan(F("seconds"), F("position")))).order_by("id"),
    ),
    case("lookup_annotated", on_tracks(GreaterThan(F("seconds"), 300))),
    case(
        "lookup_in_order",
        lambda Track: Track.filter(seconds__isnull=False).order_by(
            LessThan(F("seconds"), 300), "id"
        ),
    ),
    case(
        "lookup_in_case",
        on_tracks(
            Case(When(GreaterThan(F("seconds"), 300), then=Value("long")), default=Value("short"))
        ),
    ),
    case(
        "lookups_combined",
        lambda Track: Track.filter(Exact(F("disc"), 1) & GreaterThan(F("seconds"), 260)).order_by(
            "id"
        ),
    ),
    case("lookup_of_null", on_tracks(IsNull(F("seconds"), True))),
    case(
        "lookup_negated",
        lambda Track: Track.filter(~Exact(F("disc"), 1)).order_by("id"),
    ),
]

WRITTEN = [
    case("own_function_by_database", on_albums(Joined("title", Value("/"), "format"))),
    case(
        "own_function_in_filter",
        lambda Album: Album.annotate(x=Joined("title", "format")).filter(x="Debutlp"),
    ),
    case(
        "own_function_in_group",
        lambda Album: (
            Album.values(x=Joined("format", Value("!"))).annotate(n=Count("pk")).order_by("x")
        ),
    ),
    case("own_aggregate", lambda Track: Track.aggregate(x=SumOfAll("seconds", all_values=True))),
    case("own_aggregate_annotated", on_albums(SumOfAll("tracks__seconds"))),
    case(
        "own_aggregate_of_two",
        lambda Track: Track.aggregate(x=SumOfAll("seconds", "disc", "id")),
        raises=Exception,
    ),
    case(
        "own_expression", on_albums(FirstOf(["producer__name", "title"], output_field=CharField()))
    ),
    case(
        "own_expression_of_value",
        on_albums(FirstOf(["producer__name", Value("100%")], output_field=CharField())),
    ),
    case(
        "function_with_template",
        lambda Genre: Genre.annotate(
            x=Func(
                F("code"),
                function="UPPER",
                template="%(function)s(%(expressions)s)",
                output_field=CharField(),
            )
        ),
    ),
    case(
        "function_with_percent",
        lambda Genre: Genre.annotate(
            x=Func(
                F("code"),
                Value("%"),
                function="REPLACE",
                template="%(function)s(%(expressions)s, 'x%%%%')",
                output_field=CharField(),
            )
        ),
    ),
    case(
        "function_without_type",
        lambda Genre: Genre.annotate(x=Func(Value(1), F("code"), function="CONCAT")),
        raises=FieldError,
    ),
    case(
        "raw_sql",
        on_albums(
            RawSQL(
                "SELECT COUNT(*) FROM shop_track t "
                "WHERE t.album_id = shop_album.id AND seconds > %s",
                (260,),
            )
        ),
    ),
    case(
        "raw_sql_in_filter",
        lambda Genre: Genre.filter(
            code__in=RawSQL("SELECT code FROM shop_genre WHERE name LIKE %s", ("%o%",))
        ),
    ),
    case(
        "raw_sql_typed",
        lambda Genre: Genre.annotate(
            x=RawSQL("1.5", (), DecimalField(max_digits=5, decimal_places=2))
        ),
    ),
    case(
        "raw_sql_in_order", lambda Genre: Genre.order_by(RawSQL("LENGTH(code)", ()).desc(), "code")
    ),
    case(
        "value_typed",
        lambda Genre: Genre.annotate(x=Value("2", output_field=CharField()), y=Value(3.5)),
    ),
    case(
        "value_of_unknown_type",
        lambda Genre: Genre.annotate(x=Value(object())).values("x"),
        raises=Exception,
    ),
    case(
        "wrapped",
        on_albums(ExpressionWrapper(F("released") + F("length"), output_field=DateTimeField())),
    ),
    case(
        "wrapped_condition",
        on_albums(
            ExpressionWrapper(Q(year__gt=1995) & Q(price__lt=21), output_field=BooleanField())
        ),
    ),
    case("transform_as_function", on_albums(Doubled("year"))),
    case(
        "expression_equal_in_group",
        lambda Album: (
            Album.annotate(y=TruncYear("released", tzinfo=dt.UTC))
            .values("y")
            .annotate(n=Count("*"))
            .order_by("y")
        ),
        needs="has_zoneinfo_database",
    ),
    case(
        "order_in_values",
        lambda Album: (
            Album.values("format").annotate(n=Count("pk")).order_by(F("n").desc(), "format")
        ),
    ),
]

QUERIES = [
    case(
        "subquery_of_exists_in_case",
        lambda Artist, Album: ids(
            Artist.annotate(
                x=Case(
                    When(Exists(Album.filter(artist=OuterRef("pk"))), then=Value(1)),
                    default=Value(0),
                )
            )
        ),
    ),
    case(
        "exists_in_order",
        lambda Artist, Album: Artist.order_by(Exists(Album.filter(artist=OuterRef("pk"))), "id"),
    ),
    case(
        "exists_in_aggregate",
        lambda Artist, Album: Artist.aggregate(
            n=Count("pk", filter=Exists(Album.filter(artist=OuterRef("pk"))))
        ),
    ),
    case(
        "exists_negated_annotated",
        lambda Artist, Album: ids(Artist.annotate(x=~Exists(Album.filter(artist=OuterRef("pk"))))),
    ),
    case(
        "exists_of_exists",
        lambda Artist, Album: Artist.filter(
            Exists(Album.filter(artist=OuterRef("pk"))),
            ~Exists(Album.filter(producer=OuterRef("pk"))),
        ).order_by("id"),
    ),
    case(
        "subquery_typed",
        lambda Artist, Album: ids(
            Artist.annotate(
                x=Subquery(
                    Album.filter(artist=OuterRef("pk")).order_by("id").values("year")[:1],
                    output_field=FloatField(),
                )
            )
        ),
    ),
    case(
        "subquery_of_two_columns",
        lambda Artist, Album: Artist.annotate(
            x=Subquery(Album.filter(artist=OuterRef("pk")).values("year", "title")[:1])
        ),
        raises=Exception,
    ),
    case(
        "subquery_arithmetic",
        lambda Artist, Album: ids(
            Artist.annotate(
                x=Subquery(Album.filter(artist=OuterRef("pk")).order_by("id").values("year")[:1])
                + 1
            )
        ),
    ),
    case(
        "subquery_with_transformed_outer",
        lambda Artist, Album: ids(
            Artist.annotate(
                x=Subquery(
                    Album.filter(year__gt=OuterRef("born__year"))
                    .order_by("year", "id")
                    .values("title")[:1]
                )
            )
        ),
    ),
    case(
        "subquery_with_outer_arithmetic",
        lambda Track: Track.filter(
            Exists(Track.filter(album=OuterRef("album"), position=OuterRef("position") + 1))
        ).order_by("id"),
    ),
    case(
        "subquery_of_count",
        lambda Artist, Album: ids(
            Artist.annotate(
                x=Subquery(
                    Album.filter(artist=OuterRef("pk"))
                    .order_by()
                    .values("artist")
                    .annotate(n=Count("pk"))
                    .values("n")
                )
            )
        ),
    ),
    case(
        "subquery_filtered_in",
        lambda Artist, Album: Artist.filter(
            pk__in=Subquery(Album.filter(year=1993).values("artist"))
        ).order_by("id"),
    ),
    case(
        "subquery_of_all_columns_in",
        lambda Artist, Album: Artist.filter(pk__in=Album.values("artist", "year")),
        raises=Exception,
    ),
    case(
        "subquery_of_annotation",
        lambda Album: ids(
            Album.annotate(n=Count("tracks")).annotate(
                x=Subquery(
                    Album.filter(year__lt=OuterRef("year")).order_by("-year", "id").values("id")[:1]
                )
            )
        ),
    ),
    case(
        "subquery_of_composite",
        lambda Album, ChartEntry: ids(
            Album.annotate(
                x=Subquery(
                    ChartEntry.filter(album=OuterRef("pk")).order_by("-points").values("points")[:1]
                )
            )
        ),
    ),
    case(
        "subquery_of_window",
        lambda Track: Track.filter(
            pk__in=Track.annotate(n=Window(RowNumber(), partition_by="album", order_by="pk"))
            .filter(n=1)
            .values("pk")
        ).order_by("pk"),
    ),
    case(
        "subquery_in_group",
        lambda Artist, Album: (
            Artist.annotate(x=Exists(Album.filter(artist=OuterRef("pk"), format="lp")))
            .values("x")
            .annotate(n=Count("pk"))
            .order_by("x")
        ),
    ),
    case(
        "subquery_of_other_database",
        lambda Artist, Album: Artist.filter(pk__in=Album.using("other").values("artist")),
        raises=ValueError,
    ),
    case(
        "subquery_of_union_values",
        lambda Artist, Album: Artist.filter(
            pk__in=Album.filter(year=1993)
            .values("artist")
            .union(Album.filter(pk=4).values("artist"))
        ).order_by("id"),
    ),
    case(
        "outer_ref_in_order",
        lambda Artist, Album: ids(
            Artist.annotate(
                x=Subquery(
                    Album.filter(artist=OuterRef("pk"))
                    .order_by(Length("title"), "id")
                    .values("title")[:1]
                )
            )
        ),
    ),
]

CONDITIONS = [
    case(
        "when_of_lookup_and_q",
        on_albums(Case(When(Q(year__gt=1995), format="lp", then=Value("a")), default=Value("b"))),
    ),
    case(
        "when_without_condition",
        lambda Album: Album.annotate(x=Case(When(then=Value(1)))),
        raises=TypeError,
    ),
    case(
        "when_of_empty_q",
        lambda Album: Album.annotate(x=Case(When(Q(), then=Value(1)))),
        raises=ValueError,
    ),
    case("when_no_expression", lambda Album: Album.annotate(x=Case(Q(pk=1))), raises=TypeError),
    case("when_field", on_albums(Case(When(year__gt=1995, then="title"), default="format"))),
    case(
        "when_order_matters",
        on_albums(
            Case(
                When(year__gt=1990, then=Value(1)),
                When(year__gt=1995, then=Value(2)),
                default=Value(3),
            )
        ),
    ),
    case(
        "case_in_exclude",
        lambda Album: Album.exclude(
            year=Case(When(format="lp", then=Value(1993)), default=Value(2001))
        ).order_by("id"),
    ),
    case(
        "case_as_lookup",
        lambda Album: Album.filter(
            price__lt=Case(When(format="lp", then=Decimal(20)), default=Decimal(8))
        ).order_by("id"),
    ),
    case(
        "case_in_group",
        lambda Album: (
            Album.values(x=Case(When(year__lt=1990, then=Value("old")), default=Value("new")))
            .annotate(n=Count("pk"))
            .order_by("x")
        ),
    ),
    case(
        "case_in_count",
        lambda Artist: ids(Artist.annotate(x=Count(Case(When(albums__format="lp", then=1))))),
    ),
    case(
        "case_of_mixed_types",
        lambda Album: Album.annotate(x=Case(When(pk=1, then=Value(1)), default=Value("x"))),
        raises=FieldError,
    ),
    case(
        "case_typed",
        on_albums(Case(When(pk=1, then=Value(1)), default=Value(2), output_field=FloatField())),
    ),
    case(
        "case_of_boolean",
        lambda Album: Album.filter(
            Case(When(year=1993, then=True), default=False, output_field=BooleanField())
        ).order_by("id"),
    ),
    case(
        "case_nested",
        on_albums(
            Case(
                When(year__gt=1990, then=Case(When(format="lp", then=Value(1)), default=Value(2))),
                default=Value(3),
            )
        ),
    ),
    case(
        "case_over_many",
        lambda Artist: ids(
            Artist.annotate(x=Max(Case(When(albums__format="lp", then="albums__year"))))
        ),
    ),
    case(
        "case_of_nothing_matching",
        on_albums(
            Case(
                When(pk__in=[], then=Value(1)),
                When(~Q(pk__in=[]), then=Value(2)),
                output_field=IntegerField(),
            )
        ),
    ),
    case(
        "conditional_aggregates",
        lambda Album: Album.aggregate(
            a=Count("pk", filter=Q(format="lp")),
            b=Count("pk", filter=Q(format="ep")),
            c=Sum("price", filter=Q(pk__in=[]), default=Decimal(1)),
        ),
    ),
]

AGGREGATED = [
    case(
        "sum_distinct",
        lambda Track: Track.aggregate(x=Sum("disc", distinct=True), y=Avg("disc", distinct=True)),
    ),
    case("avg_typed", lambda Album: Album.aggregate(x=Avg("year", output_field=IntegerField()))),
    case(
        "avg_default", lambda Album: Album.filter(pk=0).aggregate(x=Avg("year", default=Value(7)))
    ),
    case(
        "min_default",
        lambda Album: Album.filter(pk=0).aggregate(
            x=Min("title", default=Value("-")), y=Max("year", default=7)
        ),
    ),
    case(
        "count_default", lambda Album: Album.aggregate(x=Count("pk", default=1)), raises=TypeError
    ),
    case(
        "count_star_filtered",
        lambda Album: Album.aggregate(x=Count("*", filter=Q(year__gt=1990))),
        raises=ValueError,
    ),
    case(
        "count_star_distinct",
        lambda Album: Album.aggregate(x=Count("*", distinct=True)),
        fails_on="sqlite postgresql mysql",
    ),
    case(
        "sum_default_grouped",
        lambda Artist: ids(
            Artist.annotate(x=Sum("albums__year", filter=Q(albums__format="cd"), default=0))
        ),
    ),
    case(
        "stddev_default",
        lambda Track: Track.filter(pk=0).aggregate(
            x=StdDev("seconds", default=1.5), y=Variance("seconds", sample=True, default=2.5)
        ),
    ),
    case(
        "aggregate_of_expression_named",
        lambda Track: Track.aggregate(x=Sum(F("seconds") + F("position"))),
    ),
    case(
        "aggregate_over_values",
        lambda Track: Track.values("album").aggregate(x=Count("album", distinct=True)),
    ),
    case(
        "aggregate_of_slice_grouped",
        lambda Album: Album.order_by("-year")[:3].aggregate(x=Min("year"), y=Count("pk")),
    ),
    case("aggregate_of_number", lambda Album: Album.aggregate(1), raises=TypeError),
    case("aggregate_of_f", lambda Album: Album.aggregate(x=F("year")), raises=TypeError),
    case(
        "aggregate_of_window",
        lambda Album: Album.aggregate(x=Window(Count("pk"))),
        raises=Exception,
    ),
    case("aggregate_name_is_a_field", lambda Album: Album.aggregate(year=Max("year"))),
    case(
        "aggregate_uses_field_after",
        lambda Album: Album.aggregate(year=Max("year"), x=Min("year")),
        raises=Exception,
    ),
    case(
        "aggregate_by_subquery",
        lambda Album, Track: Album.aggregate(
            x=Sum(Subquery(Track.filter(album=OuterRef("pk")).order_by("pk").values("seconds")[:1]))
        ),
    ),
    case("aggregate_of_transform", lambda Artist: Artist.aggregate(x=Max("born__year"))),
    case("aggregate_distinct_on_rows", lambda Album: Album.distinct().aggregate(x=Count("pk"))),
    case(
        "aggregate_over_many_twice",
        lambda Artist: Artist.aggregate(
            a=Count("albums"), b=Count("albums__tracks", distinct=True)
        ),
    ),
    case("aggregate_ordered", lambda Album: Album.order_by("year").aggregate(x=Count("pk"))),
    case(
        "aggregate_of_alias_refused",
        lambda Album: Album.alias(y=F("year")).aggregate(x=Max("y")),
        raises=FieldError,
    ),
    case(
        "annotated_group_of_none",
        lambda Album: Album.none().values("format").annotate(n=Count("pk")),
    ),
    case(
        "having_or",
        lambda Artist: (
            Artist.annotate(n=Count("albums")).filter(Q(n__gt=2) | Q(name="Björk")).order_by("id")
        ),
    ),
    case(
        "having_excluded",
        lambda Artist: Artist.annotate(n=Count("albums")).exclude(n=1).order_by("id"),
    ),
    case(
        "having_counted", lambda Artist: Artist.annotate(n=Count("albums")).filter(n__gte=1).count()
    ),
    case(
        "filter_before_and_after",
        lambda Artist: (
            Artist.filter(albums__year__gt=1990)
            .annotate(n=Count("albums"))
            .filter(albums__format="lp")
            .order_by("id")
        ),
    ),
    case(
        "annotate_by_annotation",
        lambda Artist: ids(
            Artist.annotate(n=Count("albums"), m=Sum("albums__year")).annotate(
                x=F("m") / (F("n") + 1)
            )
        ),
    ),
]

WINDOWS = [
    case(
        "window_by_value_range",
        on_tracks(Window(Sum("seconds"), order_by="album_id", frame=ValueRange(None, 0))),
    ),
    case(
        "window_of_rows_before",
        on_tracks(Window(Sum("seconds"), order_by="id", frame=RowRange(None, 0))),
    ),
    case(
        "window_of_rows_after",
        on_tracks(Window(Sum("seconds"), order_by="id", frame=RowRange(0, None))),
    ),
    case(
        "window_partition_of_two",
        on_tracks(
            Window(Count("id"), partition_by=["album", F("disc")], order_by=["position", "id"])
        ),
    ),
    case("window_ordered_by_minus", on_tracks(Window(RowNumber(), order_by="-id"))),
    case(
        "window_in_arithmetic",
        on_tracks(F("position") - Window(Min("position"), partition_by="album")),
    ),
    case(
        "window_in_order",
        lambda Track: Track.order_by(Window(Count("id"), partition_by="album").desc(), "id"),
    ),
    case(
        "window_in_case",
        on_tracks(
            Case(
                When(seconds__gt=Value(300), then=Window(RowNumber(), order_by="id")),
                default=Value(0),
            )
        ),
    ),
    case(
        "window_filtered_by_two",
        lambda Track: (
            Track.annotate(
                n=Window(RowNumber(), partition_by="album", order_by="pk"),
                m=Window(Count("pk"), partition_by="album"),
            )
            .filter(n=1, m__gt=1)
            .order_by("id")
        ),
    ),
    case(
        "window_filtered_or",
        lambda Track: (
            Track.annotate(n=Window(RowNumber(), partition_by="album", order_by="pk"))
            .filter(Q(n=1) & Q(seconds__gt=260))
            .values_list("id", "n")
            .order_by("id")
        ),
    ),
    case(
        "window_filtered_counted",
        lambda Track: (
            Track.annotate(n=Window(RowNumber(), partition_by="album", order_by="pk"))
            .filter(n=1)
            .count()
        ),
    ),
    case(
        "window_filtered_exists",
        lambda Track: (
            Track.annotate(n=Window(RowNumber(), partition_by="album", order_by="pk"))
            .filter(n=9)
            .exists()
        ),
    ),
    case(
        "window_filtered_joined",
        lambda Track: (
            Track.select_related("album")
            .annotate(n=Window(RowNumber(), partition_by="album", order_by="pk"))
            .filter(n=2)
            .order_by("id")
        ),
    ),
    case(
        "window_filtered_first",
        lambda Track: (
            Track.annotate(n=Window(RowNumber(), partition_by="album", order_by="pk"))
            .filter(n=2)
            .first()
        ),
    ),
    case(
        "window_over_aggregate",
        lambda Track: (
            Track.values("album")
            .annotate(s=Sum("seconds"))
            .annotate(r=Window(RowNumber(), order_by=F("s").desc()))
            .order_by("r")
        ),
    ),
    case(
        "window_of_no_window_function",
        lambda Track: Track.annotate(x=Window(Upper("title"))),
        raises=ValueError,
    ),
    case(
        "window_frame_backwards",
        lambda Track: Track.annotate(
            x=Window(Sum("seconds"), order_by="id", frame=RowRange(1, -1))
        ),
        raises=Exception,
    ),
    case(
        "window_value_range_of_numbers",
        lambda Track: Track.annotate(
            x=Window(Sum("seconds"), order_by="id", frame=ValueRange(-1, 1))
        ),
        fails_on="postgresql",
    ),
    case(
        "window_nth_of_zero",
        lambda Track: Track.annotate(x=Window(NthValue("title", 0), order_by="id")),
        raises=ValueError,
    ),
    case(
        "window_with_filter",
        on_tracks(Window(Count("id", filter=Q(seconds__gt=260)), partition_by="album")),
        needs="supports_aggregate_filter_clause",
    ),
    case(
        "window_excluding",
        on_tracks(
            Window(
                Sum("seconds"),
                order_by="id",
                frame=RowRange(None, None, exclusion=WindowFrameExclusion.CURRENT_ROW),
            )
        ),
        needs="supports_frame_exclusion",
    ),
]

CASES = [*JSON, *FS, *WRITTEN, *QUERIES, *CONDITIONS, *AGGREGATED, *WINDOWS]

if django.VERSION >= (6, 0):
    from django.db.models import AnyValue, StringAgg

    CASES += [
        case(
            "any_value_default",
            lambda Album: Album.filter(pk=0).aggregate(x=AnyValue("title", default=Value("-"))),
            needs="supports_any_value",
        ),
        case(
            "any_value_filtered",
            lambda Album: Album.filter(year=1993).aggregate(x=AnyValue("year", filter=Q(pk=1))),
            needs="supports_any_value",
        ),
        case(
            "string_agg_default",
            lambda Genre: Genre.filter(pk="x").aggregate(
                x=StringAgg("name", Value(","), default=Value("-"))
            ),
        ),
        case(
            "string_agg_filtered",
            lambda Genre: Genre.aggregate(x=StringAgg("name", Value(","), filter=Q(pk="pop"))),
        ),
    ]

if django.VERSION >= (6, 1):
    from django.db.models import BitAnd, BitOr, BitXor

    CASES += [
        case(
            "bit_aggregates",
            lambda Track: Track.aggregate(
                a=BitAnd("position"), b=BitOr("position"), c=BitXor("position")
            ),
        ),
        case(
            "bit_aggregates_grouped",
            lambda Album: ids(Album.annotate(x=BitOr("tracks__position"))),
            fails_on="",
        ),
        case(
            "string_agg_distinct",
            lambda Track: Track.aggregate(
                x=StringAgg(
                    "credits__role", Value(","), distinct=True, filter=Q(credits__role="vocals")
                )
            ),
        ),
    ]
