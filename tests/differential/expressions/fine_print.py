"""What the reference of the query API says beside its methods: notes, limits and errors."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
import pickle
from typing import Any

import django
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import DatabaseError, NotSupportedError
from django.db.models import (
    Count,
    F,
    FilteredRelation,
    Max,
    OrderBy,
    Prefetch,
    Q,
    Value,
    Window,
)
from django.db.models.functions import Lower, RowNumber, Upper
from django.db.models.query import EmptyQuerySet

from tests.app import models
from tests.differential.table import case

NEWYORK = dt.timezone(dt.timedelta(hours=-5))


def pickled(rows: Any, manager: Any) -> Any:
    """Return a queryset of the pickled query of another."""
    again = manager.all()
    again.query = pickle.loads(pickle.dumps(rows.query))
    return again


def evaluated_again(Genre: Any) -> Any:
    """all() of an evaluated queryset asks anew; iterator() does, too."""
    genres = Genre.order_by("code")
    yield genres
    yield genres.all()
    return genres[1:3]


def iterated(build: Any) -> Any:
    """Make the expression that reads an iterator."""
    return lambda do, Artist: do.listed(build(Artist))


def locking(build: Any) -> Any:
    """Make the expression that asks in a transaction."""

    def steps(do: Any) -> Any:
        block = do.atomic()
        yield do.enter(block)
        try:
            found = yield build(do.given)
        except Exception as error:
            yield do.leave(block, error)
            raise
        yield do.leave(block, None)
        return found

    return steps


EVALUATING = [
    case("slice_with_a_step", lambda Album: Album.order_by("id")[1:8:3]),
    case("index", lambda Album: Album.order_by("id")[3]),
    case("index_of_values", lambda Album: Album.order_by("id").values_list("id")[3]),
    case("index_beyond", lambda Album: Album.order_by("id")[300], raises=IndexError),
    case("all_of_evaluated", evaluated_again),
    case("pickled_query", lambda Album: pickled(Album.filter(year=1993).order_by("id"), Album)),
    case(
        "pickled_query_of_values_list",
        lambda Genre: pickled(Genre.values_list("code", "name"), Genre),
    ),
    case(
        "pickled_query_of_annotations",
        lambda Album: pickled(
            Album.annotate(n=Count("tracks")).select_related("artist").order_by("id"), Album
        ),
    ),
    case(
        "attributes",
        lambda Album, Track: [
            Album.all().ordered,
            Album.order_by("id").ordered,
            Track.all().ordered,
            Track.order_by().ordered,
            Track.values("disc").annotate(n=Count("pk")).ordered,
            Album.none().ordered,
            Album.all().db,
            Album.using("other").db,
            isinstance(Album.none(), EmptyQuerySet),
            isinstance(Album.all(), EmptyQuerySet),
        ],
    ),
    case(
        "iterator",
        iterated(lambda Artist: Artist.order_by("id").iterator()),
    ),
    case(
        "iterator_of_prefetched",
        iterated(lambda Artist: Artist.prefetch_related("albums").order_by("id").iterator(4)),
    ),
    case(
        "iterator_of_prefetched_without_size",
        iterated(lambda Artist: Artist.prefetch_related("albums").iterator()),
        raises=ValueError,
    ),
    case("iterator_of_size_0", iterated(lambda Artist: Artist.iterator(0)), raises=ValueError),
    case(
        "iterator_of_values",
        iterated(lambda Artist: Artist.order_by("id").values_list("id", flat=True).iterator(2)),
    ),
    case(
        "iterator_of_union",
        iterated(
            lambda Artist: Artist.filter(pk=1).union(Artist.filter(pk=2)).order_by("id").iterator(1)
        ),
    ),
]

ORDER = [
    case("order_by_chance", lambda Album: Album.filter(pk=1).order_by("?")),
    case(
        "order_by_many",
        lambda Artist: Artist.filter(albums__year__gt=0).order_by("albums__year", "albums__id"),
    ),
    case("order_by_pk_of_relation", lambda Album: Album.order_by("-artist__pk", "pk")),
    case("order_by_column_of_relation", lambda Album: Album.order_by("artist_id", "-pk")),
    case("order_by_ordered_relation_reversed", lambda Clip: Clip.order_by("-track", "pk")),
    case("order_by_transform", lambda Order: Order.order_by("customer__address__street", "id")),
    case(
        "order_by_expression_of_nulls",
        lambda Album: Album.order_by(
            OrderBy(F("length"), descending=True, nulls_first=True), Lower("title").asc(), "id"
        ),
    ),
    case(
        "order_by_both_nulls",
        lambda Album: Album.order_by(F("length").asc(nulls_first=True, nulls_last=True)),
        raises=ValueError,
    ),
    case("order_by_again", lambda Album: Album.order_by("title").order_by("-id")),
    case("order_by_taken_back", lambda Genre: Genre.order_by("name").order_by().filter(pk="pop")),
    case("order_by_number", lambda Album: Album.order_by(1), raises=Exception),
    case("order_by_many_to_many", lambda Album: Album.filter(pk=1).order_by("genres")),
    case("order_by_alias", lambda Album: Album.alias(t=Upper("format")).order_by("-t", "id")),
    case("reversed_twice", lambda Genre: Genre.reverse().reverse()),
    case("reversed_without_order", lambda Track: Track.order_by().filter(pk=1).reverse()),
    case("reversed_and_first", lambda Album: Album.order_by("year", "id").reverse().first()),
    case(
        "distinct_ordered_by_relation",
        lambda Album: Album.distinct().order_by("artist__name", "id"),
    ),
    case(
        "distinct_values_ordered_by_more",
        lambda Album: Album.values("format").distinct().order_by("format", "year", "id"),
    ),
    case(
        "distinct_on_of_two",
        lambda Track: Track.order_by("album", "disc", "-position").distinct("album", "disc"),
        needs="can_distinct_on_fields",
    ),
    case(
        "distinct_on_in_another_order",
        lambda Track: Track.order_by("title").distinct("album"),
        raises=DatabaseError,
        fails_on="postgresql",
    ),
    case(
        "distinct_on_of_unknown",
        lambda Track: Track.distinct("titel"),
        raises=FieldError,
    ),
    case(
        "distinct_on_in_bulk",
        lambda Album: Album.order_by("title").distinct("title").in_bulk(field_name="title"),
        needs="can_distinct_on_fields",
    ),
    case("distinct_of_slice", lambda Album: Album.all()[:2].distinct(), raises=TypeError),
    case("first_of_unordered", lambda Album: Album.order_by().filter(pk=1).first()),
    case("last_of_unordered", lambda Album: Album.order_by().filter(pk=1).last()),
    case(
        "first_of_grouped_without_order",
        lambda Album: Album.filter(pk=1).values("year").annotate(n=Count("id")).first(),
        raises=TypeError,
    ),
    case("latest_by_meta", lambda Venue: Venue.latest(), raises=Exception),
    case("latest_by_text", lambda Album: Album.latest("artist__name", "id")),
    case("first_of_slice", lambda Album: Album.order_by("id")[2:4].first()),
    case("last_of_slice", lambda Album: Album.order_by("id")[2:4].last(), raises=TypeError),
]

VALUES = [
    case("values_of_transform", lambda Artist: Artist.values("id", "born__year").order_by("id")),
    case("values_of_two_names", lambda Album: Album.values("artist", "artist_id").order_by("id")),
    case(
        "values_of_aggregate",
        lambda Artist: Artist.values("name", n=Count("albums")).order_by("name", "n"),
    ),
    case(
        "values_of_aggregate_first",
        lambda Artist: Artist.values("albums__format", n=Count("albums")).order_by(
            "n", "albums__format"
        ),
    ),
    case(
        "values_after_extra",
        lambda Genre: Genre.extra(select={"n": "LENGTH(code)"}).values("code"),
    ),
    case(
        "values_before_extra",
        lambda Genre: Genre.values("code").extra(select={"n": "LENGTH(code)"}),
    ),
    case(
        "values_list_with_extra",
        lambda Genre: Genre.extra(select={"n": "LENGTH(code)"}).values_list("n", "code"),
    ),
    case(
        "values_of_taken_name", lambda Album: Album.values(title=Lower("title")), raises=Exception
    ),
    case("values_of_expression", lambda Album: Album.values(Lower("title")), raises=Exception),
    case("values_of_no_name", lambda Album: Album.values(1), raises=Exception),
    case("values_twice", lambda Album: Album.values("id", "title").values("year").order_by("id")),
    case(
        "values_annotated_after",
        lambda Album: Album.values("id").annotate(u=Upper("title")).order_by("id"),
    ),
    case(
        "values_of_all_then_annotated",
        lambda Genre: Genre.values().annotate(n=Count("albums")).order_by("code"),
    ),
    case("values_over_two_manys", lambda Artist: Artist.values("albums__genres__name", "id")),
    case("values_of_reverse_one", lambda Artist: Artist.values("id", "profile__facts")),
    case("values_list_of_reverse", lambda Artist: Artist.values_list("albums").order_by("albums")),
    case("values_list_named_of_pk", lambda Album: Album.values_list("pk", named=True)),
    case("values_list_named_of_all", lambda Genre: Genre.values_list(named=True)),
    case(
        "values_list_named_with_annotation",
        lambda Genre: Genre.annotate(n=Count("albums")).values_list("code", "n", named=True),
    ),
    case(
        "values_list_named_of_positional",
        lambda Genre: Genre.values_list("code", Lower("name"), F("parent"), named=True),
    ),
    case("values_list_of_one_twice", lambda Genre: Genre.values_list("code", "code")),
    case(
        "values_list_named_of_one_twice",
        lambda Genre: Genre.values_list("code", "code", named=True),
    ),
    case(
        "values_list_of_expression_twice",
        lambda Genre: Genre.values_list(Lower("code"), Lower("code")),
    ),
    case(
        "values_list_flat_of_expression", lambda Genre: Genre.values_list(Upper("code"), flat=True)
    ),
    case("values_list_flat_get", lambda Album: Album.values_list("title", flat=True).get(pk=1)),
    case("values_list_named_first", lambda Album: Album.values_list("id", named=True).first()),
    case("values_list_of_number", lambda Album: Album.values_list(1), raises=Exception),
    case(
        "values_list_of_aggregate_positional",
        lambda Album: Album.values_list("format", Count("pk")).order_by("format"),
    ),
    case(
        "values_list_of_m2m_flat",
        lambda Album: Album.values_list("genres", flat=True).order_by("id", "genres"),
    ),
    case(
        "values_in_bulk",
        lambda Album: Album.values("id", "title").in_bulk([1, 2]),
        raises=None if django.VERSION >= (6, 1) else TypeError,
    ),
    case(
        "values_list_in_bulk",
        lambda Album: Album.values_list("title", "year").in_bulk([1, 2]),
        raises=None if django.VERSION >= (6, 1) else TypeError,
    ),
    case(
        "values_list_flat_in_bulk",
        lambda Album: Album.values_list("title", flat=True).in_bulk([1, 2]),
        raises=None if django.VERSION >= (6, 1) else TypeError,
    ),
    case(
        "values_list_named_in_bulk",
        lambda Album: Album.values_list("title", named=True).in_bulk(field_name="barcode"),
        raises=None if django.VERSION >= (6, 1) else TypeError,
    ),
    case("in_bulk_by_constraint", lambda Venue: Venue.in_bulk(["a"], field_name="code")),
    case(
        "in_bulk_by_conditional_constraint",
        lambda Venue: Venue.in_bulk([1], field_name="standing"),
        raises=ValueError,
    ),
    case(
        "in_bulk_by_part_of_a_constraint",
        lambda Album: Album.in_bulk([1], field_name="artist"),
        raises=ValueError,
    ),
    case("in_bulk_by_column", lambda Profile: Profile.in_bulk([1], field_name="artist_id")),
    case("in_bulk_by_unknown", lambda Album: Album.in_bulk([1], field_name="x"), raises=Exception),
    case("in_bulk_of_texts", lambda Album: Album.in_bulk(["1", "2"])),
    case(
        "in_bulk_of_composite", lambda ChartEntry: ChartEntry.in_bulk([(dt.date(1997, 9, 29), 1)])
    ),
    case("in_bulk_of_generator", lambda Genre: Genre.in_bulk(code for code in ("pop", "x"))),
]


def placed_by(kind: str) -> Any:
    """Make the expression that lists when orders were placed."""
    return lambda Order: Order.datetimes("placed", kind, order="DESC", tzinfo=dt.UTC)


DATES = [
    case("dates_of_week", lambda Artist: Artist.dates("born", "week", order="DESC")),
    case("dates_filtered", lambda Artist: Artist.filter(name__contains="r").dates("born", "day")),
    case("dates_filtered_after", lambda Artist: Artist.dates("born", "year").filter(active=True)),
    case("dates_of_unknown", lambda Artist: Artist.dates("bron", "year"), raises=FieldError),
    case("dates_of_number", lambda Album: Album.dates("year", "year"), raises=Exception),
    case("dates_first", lambda Artist: Artist.dates("born", "year").first()),
    case("dates_reversed", lambda Artist: Artist.dates("born", "year").reverse()[:2]),
    case(
        "dates_of_datetime",
        lambda Album: Album.dates("released", "year"),
        needs="has_zoneinfo_database",
    ),
    *(
        case(
            f"datetimes_by_{kind}_in_utc",
            placed_by(kind),
        )
        for kind in ("year", "month", "week", "day", "hour", "minute", "second")
    ),
    case(
        "datetimes_over_relation",
        lambda OrderLine: OrderLine.datetimes("order__placed", "day", tzinfo=dt.UTC),
    ),
    case(
        "datetimes_of_day_in_a_zone",
        lambda Order: Order.datetimes("placed", "day", tzinfo=NEWYORK),
        needs="has_zoneinfo_database",
    ),
    case(
        "datetimes_of_no_kind",
        lambda Order: Order.datetimes("placed", "century"),
        raises=ValueError,
    ),
    case("datetimes_of_nothing", lambda Order: Order.none().datetimes("placed", "day")),
]

# What the parts of a compound may have is each database's own.
COMPOUND = [
    case(
        "union_of_ordered_and_limited",
        lambda Album: (
            Album.order_by("-year", "id")[:2].union(Album.order_by("id")[:2]).order_by("id")
        ),
        fails_on="sqlite",
    ),
    case(
        "union_of_limited_all",
        lambda Label: Label.order_by("id")[1:3].union(Label.filter(pk=1), all=True).order_by("id"),
        fails_on="sqlite",
    ),
    case(
        "union_of_ordered",
        lambda Label: Label.order_by("-id").union(Label.filter(pk=1)).order_by("id"),
        fails_on="" if django.VERSION >= (6, 1) else "sqlite",
    ),
    case("union_of_itself", lambda Genre: Genre.order_by().union().order_by("code")),
    case(
        "union_of_other_columns",
        lambda Album: Album.values_list("id").union(Album.values_list("id", "year")),
        raises=DatabaseError,
    ),
    case(
        "union_ordered_by_unselected",
        lambda Genre: (
            Genre.order_by().values("name").union(Genre.order_by().values("name")).order_by("code")
        ),
        raises=DatabaseError,
    ),
    case(
        "union_prefetched",
        lambda Artist: (
            Artist.filter(pk=1).union(Artist.filter(pk=2)).order_by("id").prefetch_related("albums")
        ),
        raises=NotSupportedError,
    ),
    case(
        "union_of_prefetched",
        lambda Artist: (
            Artist.prefetch_related("albums").filter(pk=1).union(Artist.filter(pk=2)).order_by("id")
        ),
    ),
    case(
        "union_count_of_slice", lambda Album: Album.order_by().union(Album.order_by())[2:5].count()
    ),
    case(
        "union_get",
        lambda Album: Album.filter(pk=1).union(Album.filter(pk=1)).get(),
        raises=None,
    ),
    case(
        "union_earliest", lambda Album: Album.filter(pk=1).union(Album.filter(pk=2)).earliest("id")
    ),
    case("union_none", lambda Album: Album.filter(pk=1).union(Album.filter(pk=2)).none()),
    case(
        "union_using",
        lambda Artist: (
            Artist.filter(pk=1).union(Artist.filter(pk=901)).using("other").order_by("id")
        ),
    ),
    case(
        "union_in_bulk",
        lambda Album: Album.filter(pk=1).union(Album.filter(pk=2)).in_bulk([1]),
        raises=NotSupportedError,
    ),
    case("union_with_manager", lambda Album: Album.union(Album.filter(pk=1)).count()),
    case(
        "union_of_alias",
        lambda Album: (
            Album.filter(pk=1).alias(n=F("year")).union(Album.filter(pk=2)).order_by("id")
        ),
    ),
    case(
        "intersection_of_three",
        lambda Album: Album.intersection(Album.filter(year__gt=1), Album.filter(pk__lt=4)).order_by(
            "id"
        ),
    ),
    case(
        "difference_of_three",
        lambda Album: Album.difference(Album.filter(pk=1), Album.filter(pk=3)).order_by("id"),
    ),
    case("exists_of_union", lambda Album: Album.filter(pk=0).union(Album.filter(pk=-1)).exists()),
    case("and_of_databases", lambda Genre: Genre.using("other") & Genre.all()),
    case("or_of_no_queryset", lambda Genre: Genre.all() | 5, raises=Exception),
    case(
        "or_of_joined",
        lambda Album: (Album.select_related("artist").filter(pk=1) | Album.filter(pk=2)).order_by(
            "id"
        ),
    ),
    case(
        "xor_of_three",
        lambda Album: (
            Album.filter(year__gt=1990) ^ Album.filter(format="lp") ^ Album.filter(pk__lt=5)
        ).order_by("id"),
    ),
]

JOINED = [
    case(
        "select_related_of_unknown_part",
        lambda Album: Album.select_related("artist__x"),
        raises=FieldError,
    ),
    case(
        "select_related_of_column", lambda Album: Album.select_related("title"), raises=FieldError
    ),
    case(
        "select_related_of_reverse_many",
        lambda Artist: Artist.select_related("albums"),
        raises=FieldError,
    ),
    case(
        "select_related_chained",
        lambda Album: Album.select_related("artist").select_related("producer").order_by("id"),
    ),
    case(
        "select_related_with_none",
        lambda Album: Album.select_related(None, "artist"),
        raises=Exception,
    ),
    case(
        "select_related_of_deferred",
        lambda Album: Album.select_related("artist").defer("artist"),
        raises=FieldError,
    ),
    case(
        "select_related_then_values",
        lambda Album: Album.select_related("artist").values("id", "artist__name").order_by("id"),
    ),
    case("only_of_nothing", lambda Genre: Genre.annotate(n=Count("albums")).only()),
    case("only_of_none", lambda Genre: Genre.only(None), raises=TypeError),
    case(
        "only_of_annotation",
        lambda Genre: Genre.annotate(n=Count("albums")).only("n"),
        raises=FieldDoesNotExist,
    ),
    case(
        "defer_of_annotation",
        lambda Genre: Genre.annotate(n=Count("albums")).defer("n"),
        raises=FieldDoesNotExist,
    ),
    case("defer_of_unknown", lambda Genre: Genre.defer("x"), raises=FieldDoesNotExist),
    case("defer_of_pk", lambda Genre: Genre.defer("code", "name")),
    case("defer_twice", lambda Album: Album.defer("title").filter(pk=1).defer("title", "year")),
    case(
        "defer_before_only", lambda Album: Album.defer("title").only("title", "year").order_by("id")
    ),
    case("only_of_column", lambda Album: Album.only("artist_id").order_by("id")),
    case("only_of_joined_only", lambda Album: Album.only("artist__name").filter(pk=1)),
    case(
        "only_of_reverse_one",
        lambda Artist: (
            Artist.select_related("profile").only("name", "profile__facts").order_by("id")
        ),
    ),
    case(
        "defer_of_child_joined",
        lambda Person: (
            Person.select_related("customer").defer("customer__address", "email").order_by("id")
        ),
    ),
    case("only_of_composite", lambda ChartEntry: ChartEntry.only("points")),
    case(
        "extra_many_times",
        lambda Genre: (
            Genre.extra(select={"a": "1"})
            .extra(select={"b": "2"}, where=["1=1"])
            .extra(where=["code = %s"], params=["pop"])
        ),
    ),
    case("extra_order_by_column", lambda Genre: Genre.extra(order_by=["-shop_genre.code"])),
    case(
        "extra_select_of_two_params",
        lambda Genre: Genre.extra(
            select={"a": "%s", "b": "%s"}, select_params=("one", "two")
        ).values("a", "b", "code"),
    ),
    case("extra_percent_s", lambda Genre: Genre.extra(select={"a": "'%%s'"}).values("a", "code")),
    case("extra_count", lambda Genre: Genre.extra(where=["code > 'j'"]).count()),
    case("extra_exists", lambda Genre: Genre.extra(where=["code > 'zz'"]).exists()),
    case(
        "extra_subquery",
        lambda Artist: Artist.extra(
            select={
                "n": "SELECT COUNT(*) FROM shop_album WHERE shop_album.artist_id = shop_artist.id"
            }
        ).order_by("id"),
    ),
    case("extra_of_nothing", lambda Genre: Genre.extra()),
    case("using_none", lambda Genre: Genre.using(None)),
    case(
        "annotate_two_of_a_name",
        lambda Artist: Artist.annotate(Count("albums"), Count("albums")),
    ),
    case(
        "annotate_default_name_taken",
        lambda Artist: Artist.annotate(Count("albums"), albums__count=Value(1)),
        raises=ValueError,
    ),
    case("annotate_of_no_expression", lambda Artist: Artist.annotate(x=5), raises=TypeError),
    case(
        "annotate_complex_unnamed",
        lambda Artist: Artist.annotate(Count(F("albums") + 1)),
        raises=TypeError,
    ),
    case(
        "annotate_reverse_name", lambda Artist: Artist.annotate(albums=Value(1)), raises=ValueError
    ),
    case(
        "annotate_bad_name", lambda Artist: Artist.annotate(**{"a b": Value(1)}), raises=ValueError
    ),
    case(
        "alias_then_aggregate",
        lambda Artist: Artist.alias(n=Count("albums")).aggregate(Max("n")),
        raises=FieldError,
    ),
    case(
        "alias_promoted",
        lambda Artist: Artist.alias(n=Count("albums")).annotate(n=F("n")).aggregate(m=Max("n")),
    ),
    case(
        "alias_in_update", lambda Genre: Genre.alias(n=Lower("code")).filter(n="pop").exclude(n="x")
    ),
    case(
        "alias_unnamed",
        lambda Artist: Artist.alias(Count("albums")).filter(albums__count=2).order_by("id"),
    ),
    case("filter_of_nothing", lambda Genre: Genre.filter().exclude()),
    case("filter_of_none_kind", lambda Genre: Genre.filter("x"), raises=Exception),
    case(
        "filter_of_boolean_expression",
        lambda Album: Album.annotate(b=Q(year__gt=1990)).filter(F("b")).order_by("id"),
        raises=Exception,
    ),
    case(
        "exclude_of_two_conditions",
        lambda Album: Album.exclude(year__gt=1995, format="cd").order_by("id"),
    ),
    case(
        "exclude_over_many_twice",
        lambda Artist: Artist.exclude(albums__year=1993, albums__format="lp").order_by("id"),
    ),
]

if django.VERSION < (6, 1):
    JOINED.append(
        case("select_related_of_all", lambda Track: Track.select_related().order_by("id"))
    )
else:
    EVALUATING.append(
        case(
            "totally_ordered",
            lambda Album, Track, Venue: [
                Album.order_by("title").totally_ordered,
                Album.order_by("title", "pk").totally_ordered,
                Album.order_by("artist", "title").totally_ordered,
                Track.all().totally_ordered,
                Venue.order_by("code").totally_ordered,
            ],
        )
    )

PREFETCHED = [
    case(
        "prefetch_a_part_again",
        lambda Artist: Artist.prefetch_related("albums__tracks", "albums").order_by("id"),
    ),
    case(
        "prefetch_a_part_by_a_queryset",
        lambda Artist, Album: Artist.prefetch_related(
            "albums__tracks", Prefetch("albums", Album.all())
        ),
        raises=ValueError,
    ),
    case(
        "prefetch_of_an_attribute_to_come",
        lambda Artist: Artist.prefetch_related(
            "records__tracks", Prefetch("albums", to_attr="records")
        ),
        raises=AttributeError,
    ),
    case(
        "prefetch_to_two_attributes",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", to_attr="records"),
            Prefetch("albums", Album.filter(format="lp"), to_attr="long_players"),
            "long_players__tracks",
        ).order_by("id"),
    ),
    case(
        "prefetch_single_in_parts",
        lambda Album, Artist: Album.prefetch_related(
            Prefetch("artist", Artist.only("name"))
        ).order_by("id"),
    ),
    case(
        "prefetch_single_some",
        lambda Album, Artist: Album.prefetch_related(
            Prefetch("producer", Artist.filter(pk=1))
        ).order_by("id"),
    ),
    case(
        "prefetch_single_to_attribute",
        lambda Album, Artist: Album.prefetch_related(
            Prefetch("producer", Artist.filter(pk=1), to_attr="made_by")
        ).order_by("id"),
    ),
    case(
        "prefetch_one_to_one_to_attribute",
        lambda Artist: Artist.prefetch_related(Prefetch("profile", to_attr="about")).order_by("id"),
    ),
    case(
        "prefetch_joined",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", Album.select_related("producer"))
        ).order_by("id"),
    ),
    case(
        "prefetch_annotated",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", Album.annotate(n=Count("tracks")))
        ).order_by("id"),
    ),
    case(
        "prefetch_many_annotated",
        lambda Album, Genre: Album.prefetch_related(
            Prefetch("genres", Genre.annotate(n=Count("albums")).order_by("-n", "code"))
        ).order_by("id"),
    ),
    case(
        "prefetch_to_a_field",
        lambda Artist: Artist.prefetch_related(Prefetch("albums", to_attr="website")),
    ),
    case(
        "prefetch_to_attribute_twice",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", to_attr="a"), Prefetch("albums", Album.filter(pk=1), to_attr="a")
        ),
        raises=ValueError,
    ),
    case(
        "prefetch_of_values_is_left_out",
        lambda Artist: Artist.prefetch_related("albums").values("id").order_by("id"),
    ),
    case(
        "prefetch_of_flat_values_is_left_out",
        lambda Artist: (
            Artist.prefetch_related("albums").values_list("id", flat=True).order_by("id")
        ),
    ),
    case(
        "prefetch_after_values",
        lambda Artist: Artist.values("id").prefetch_related("albums").order_by("id"),
    ),
    case(
        "prefetch_in_another_database",
        lambda Artist: Artist.prefetch_related("albums__tracks").using("other").order_by("id"),
    ),
    case(
        "prefetch_by_another_database",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", Album.using("other"))
        ).order_by("id"),
    ),
    case(
        "prefetch_both_other_databases",
        lambda Artist, Album: (
            Artist.prefetch_related(Prefetch("albums", Album.using("default")))
            .using("other")
            .order_by("id")
        ),
    ),
    case("prefetch_of_column", lambda Artist: Artist.prefetch_related("name"), raises=ValueError),
    case(
        "prefetch_of_column_of_relation",
        lambda Artist: Artist.prefetch_related("albums__title"),
        raises=ValueError,
    ),
    case("prefetch_of_unknown", lambda Artist: Artist.prefetch_related("x"), raises=AttributeError),
    case(
        "prefetch_of_unknown_of_nothing", lambda Artist: Artist.filter(pk=0).prefetch_related("x")
    ),
    case(
        "prefetch_with_none",
        lambda Artist: Artist.prefetch_related(None, "albums"),
        raises=Exception,
    ),
    case("prefetch_of_get", lambda Artist: Artist.prefetch_related("albums").get(pk=1)),
    case(
        "prefetch_of_first", lambda Artist: Artist.prefetch_related("albums").order_by("id").first()
    ),
    case(
        "prefetch_of_slice",
        lambda Artist: Artist.prefetch_related("albums__genres").order_by("id")[1:3],
    ),
    case(
        "prefetch_of_union_part",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", Album.filter(pk=1).union(Album.filter(pk=2)))
        ),
        raises=NotSupportedError,
    ),
    case(
        "prefetch_of_nothing_of_nothing",
        lambda Artist, Album: Artist.prefetch_related(Prefetch("albums", Album.none())).order_by(
            "id"
        ),
    ),
    case(
        "prefetch_of_another_model",
        lambda Artist, Genre: Artist.prefetch_related(Prefetch("albums", Genre.all())),
        raises=Exception,
    ),
    case("prefetch_ordered_respect", lambda Track: Track.prefetch_related("clips").order_by("id")),
    case(
        "prefetch_composite_key",
        lambda Album: Album.prefetch_related("chart__album").order_by("id"),
    ),
    case(
        "prefetch_children",
        lambda Person: Person.prefetch_related("customer__orders__lines", "as_employee").order_by(
            "id"
        ),
    ),
    case(
        "prefetch_behind_joined_null",
        lambda Album: (
            Album.select_related("producer").prefetch_related("producer__albums").order_by("id")
        ),
    ),
    case(
        "prefetch_by_own_manager",
        lambda Album: Album.prefetch_related(
            Prefetch("reviews", models.Review.visible.good())
        ).order_by("id"),
    ),
    case(
        "prefetch_by_own_manager_to_attribute",
        lambda Album: Album.prefetch_related(
            Prefetch("reviews", models.Review.visible.good().with_author(), to_attr="good")
        ).order_by("id"),
    ),
    case(
        "prefetch_sliced_many",
        lambda Album, Genre: Album.prefetch_related(
            Prefetch("genres", Genre.order_by("-code")[:1], to_attr="last")
        ).order_by("id"),
    ),
    case(
        "prefetch_sliced_from",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", Album.order_by("-pk")[1:3], to_attr="more")
        ).order_by("id"),
    ),
    case(
        "prefetch_distinct",
        lambda Album, Genre: Album.prefetch_related(
            Prefetch("genres", Genre.filter(albums__year__gt=0).distinct())
        ).order_by("id"),
    ),
    case(
        "prefetch_filtered_relation",
        lambda Artist: Artist.annotate(
            lp=FilteredRelation("albums", condition=Q(albums__format="lp"))
        ).prefetch_related("lp"),
        raises=Exception,
    ),
]


def own_manager_of_relation(do: Any, Album: Any) -> Any:
    """The methods of the default manager of what a relation leads to."""
    album = yield Album.get(pk=1)
    reviews = do.related(album, "reviews")
    return [
        (yield reviews.good()),
        (yield reviews.good().with_author().count()),
        (yield reviews.filter(stars=5).good().exists()),
        (yield reviews.all().good().first()),
    ]


def contains_of(name: str, **lookup: Any) -> Any:
    """Make the expression that asks whether querysets contain an object."""

    def build(do: Any) -> Any:
        manager = do.given(name)
        obj = yield manager.get(**lookup)
        return [
            (yield manager.contains(obj)),
            (yield manager.none().contains(obj)),
            (yield manager.filter(pk=obj.pk).contains(obj)),
            (yield manager.exclude(pk=obj.pk).contains(obj)),
        ]

    return build


RELATED = [
    case("own_manager_of_relation", own_manager_of_relation),
    case("contains_composite", contains_of("ChartEntry", pk=(dt.date(1997, 10, 6), 1))),
    case("contains_child", contains_of("Patron", pk=6)),
    case("contains_uuid", contains_of("Playlist", title="Morning")),
    case("contains_proxy", contains_of("Reissue", pk=2)),
    case("contains_none_object", lambda Album: Album.contains(None), raises=TypeError),
    case("contains_of_parent_of_child", lambda Person: Person.contains(models.Patron(pk=6))),
    case(
        "contains_of_proxied",
        lambda Reissue: Reissue.contains(models.Album(pk=1)),
    ),
    case(
        "contains_of_list",
        lambda Album: Album.values_list("id").contains(models.Album(pk=1)),
        raises=TypeError,
    ),
]

LOCKS = [
    case(
        "lock_values", locking(lambda g: g("Album").select_for_update().values("id").order_by("id"))
    ),
    case("lock_count", locking(lambda g: g("Album").select_for_update().count())),
    case("lock_exists", locking(lambda g: g("Album").select_for_update().filter(pk=1).exists())),
    case("lock_get", locking(lambda g: g("Album").select_for_update().get(pk=1))),
    case("lock_first", locking(lambda g: g("Album").select_for_update().first())),
    case(
        "lock_aggregate", locking(lambda g: g("Album").select_for_update().aggregate(Max("year")))
    ),
    case(
        "lock_nullable",
        locking(lambda g: g("Album").select_for_update().select_related("producer")),
        fails_on="postgresql",
    ),
    case(
        "lock_what_is_not_null",
        locking(
            lambda g: (
                g("Album")
                .select_for_update()
                .select_related("producer")
                .exclude(producer=None)
                .order_by("id")
            )
        ),
    ),
    case(
        "lock_distinct",
        locking(lambda g: g("Album").select_for_update().distinct().order_by("id")),
        fails_on="postgresql",
    ),
    case(
        "lock_grouped",
        locking(
            lambda g: g("Album").select_for_update().annotate(n=Count("tracks")).order_by("id")
        ),
        fails_on="postgresql",
    ),
    case(
        "lock_window",
        locking(
            lambda g: (
                g("Genre").select_for_update().annotate(n=Window(RowNumber(), order_by="code"))
            )
        ),
        fails_on="postgresql",
    ),
    case(
        "lock_union",
        locking(
            lambda g: (
                g("Album")
                .select_for_update()
                .filter(pk=1)
                .union(g("Album").filter(pk=2))
                .order_by("id")
            )
        ),
        fails_on="postgresql",
    ),
    case(
        "lock_of_parents",
        locking(
            lambda g: g("Customer").select_for_update(of=("self", "person_ptr")).order_by("pk")
        ),
        fails_on="mysql",
    ),
    case(
        "lock_of_child",
        locking(lambda g: g("Patron").select_for_update(of=("self",)).order_by("pk")),
        fails_on="mysql",
    ),
    case(
        "lock_of_values",
        locking(
            lambda g: (
                g("Album")
                .select_for_update(of=("self", "artist"))
                .select_related("artist")
                .values("id", "artist__name")
                .order_by("id")
            )
        ),
        fails_on="mysql postgresql",
    ),
    case(
        "lock_of_text",
        locking(
            lambda g: (
                g("Album")
                .select_for_update(of=("self",))
                .select_related("artist")
                .only("title", "artist__name")
                .order_by("id")
            )
        ),
        fails_on="mysql",
    ),
    case(
        "lock_with_nowait",
        locking(lambda g: g("Album").select_for_update(nowait=True).order_by("id")),
    ),
    case(
        "lock_with_no_key",
        locking(lambda g: g("Album").select_for_update(no_key=True).order_by("id")),
        fails_on="mysql",
    ),
    case(
        "lock_taken_over",
        locking(
            lambda g: (
                g("Album")
                .filter(artist__in=g("Artist").select_for_update().filter(pk=1))
                .order_by("id")
            )
        ),
    ),
    case(
        "lock_iterated",
        lambda do, Album: do.listed(Album.select_for_update().iterator()),
        fails_on="mysql postgresql",
    ),
    case(
        "lock_rows_in_autocommit",
        lambda Album: Album.select_for_update().order_by("id"),
        fails_on="mysql postgresql",
    ),
    case("lock_count_in_autocommit", lambda Album: Album.select_for_update().count()),
    case(
        "lock_exists_in_autocommit",
        lambda Album: Album.select_for_update().exists(),
        fails_on="mysql postgresql",
    ),
    case(
        "lock_first_in_autocommit",
        lambda Album: Album.select_for_update().first(),
        fails_on="mysql postgresql",
    ),
    case(
        "lock_in_bulk_in_autocommit",
        lambda Album: Album.select_for_update().in_bulk([1]),
        fails_on="mysql postgresql",
    ),
]


def explained(**options: Any) -> Any:
    """Make the expression that tells how a query would be done."""
    return lambda Genre: Genre.filter(code="pop").order_by().explain(**options)


EXPLAINED = [
    case("explain_as_text", explained(format="text"), fails_on="sqlite"),
    case("explain_as_xml", explained(format="XML"), fails_on="sqlite mysql"),
    case("explain_as_yaml", explained(format="yaml"), fails_on="sqlite mysql"),
    case("explain_traditionally", explained(format="traditional"), fails_on="sqlite postgresql"),
    case("explain_as_tree", explained(format="tree"), fails_on="sqlite postgresql mysql"),
    case("explain_in_options", explained(costs=False, format="json"), fails_on="sqlite mysql"),
    case(
        "explain_and_do",
        explained(analyze=True, costs=False, timing=False, summary=False, buffers=False),
        fails_on="sqlite mysql",
    ),
    case("explain_extended", explained(extended=True), fails_on="sqlite postgresql mysql"),
    case("explain_with_no_option", explained(nothing=True), fails_on="sqlite postgresql mysql"),
    case("explain_with_false_option", explained(verbose=False), fails_on="sqlite mysql"),
    case("explain_values", lambda Genre: Genre.filter(code="pop").values("name").explain()),
    case("explain_union", lambda Label: Label.filter(pk=1).union(Label.filter(pk=2)).explain()),
    case("explain_none", lambda Genre: Genre.none().explain()),
    case("explain_nothing", lambda Genre: Genre.filter(code__in=[]).explain()),
    case("explain_other", lambda Genre: Genre.using("other").filter(code="pop").explain()),
]

FILTERED = [
    case(
        "filtered_relation_filtered",
        lambda Artist: (
            Artist.annotate(lp=FilteredRelation("albums", condition=Q(albums__format="lp")))
            .filter(lp__title__icontains="e")
            .order_by("id", "lp__id")
        ),
    ),
    case(
        "filtered_relation_excluded",
        lambda Artist: (
            Artist.annotate(lp=FilteredRelation("albums", condition=Q(albums__format="lp")))
            .exclude(lp__year=1993)
            .order_by("id")
        ),
    ),
    case(
        "filtered_relation_too_deep",
        lambda Artist: Artist.annotate(
            a=FilteredRelation("albums", condition=Q(albums__tracks__seconds=1))
        ).filter(a__year=1),
        raises=ValueError,
    ),
    case(
        "filtered_relation_of_another",
        lambda Artist: Artist.annotate(
            a=FilteredRelation("albums", condition=Q(profile__biography=""))
        ).filter(a__year=1),
    ),
    case(
        "filtered_relation_by_lookup",
        lambda Artist: Artist.annotate(
            a=FilteredRelation("albums__year", condition=Q(albums__year=1))
        ).filter(a=1),
        raises=Exception,
    ),
    case(
        "filtered_relation_by_exact",
        lambda Artist: Artist.annotate(
            a=FilteredRelation("albums__exact", condition=Q(albums=1))
        ).filter(a=1),
        raises=ValueError,
    ),
    case(
        "filtered_relation_without_name",
        lambda Artist: Artist.annotate(a=FilteredRelation("")),
        raises=ValueError,
    ),
    case(
        "filtered_relation_without_q",
        lambda Artist: Artist.annotate(a=FilteredRelation("albums", condition=F("x"))),
        raises=ValueError,
    ),
    case(
        "filtered_relation_unnamed",
        lambda Artist: Artist.annotate(FilteredRelation("albums")),
        raises=Exception,
    ),
    case(
        "filtered_relation_of_all",
        lambda Artist: (
            Artist.annotate(a=FilteredRelation("albums")).filter(a__year=1993).order_by("id")
        ),
    ),
    case(
        "filtered_relation_of_column",
        lambda Artist: (
            Artist.annotate(
                a=FilteredRelation("albums", condition=Q(albums__title__iexact=F("name")))
            )
            .values("id", "a__title")
            .order_by("id")
        ),
    ),
    case(
        "filtered_relation_only",
        lambda Album: (
            Album.annotate(a=FilteredRelation("artist", condition=Q(artist__active=True)))
            .select_related("a")
            .only("title", "a__name")
        ),
        raises=ValueError,
    ),
    case(
        "filtered_relation_two",
        lambda Artist: (
            Artist.annotate(
                a=FilteredRelation("albums", condition=Q(albums__format="lp")),
                b=FilteredRelation("albums", condition=Q(albums__format="cd")),
            )
            .annotate(n=Count("a", distinct=True), m=Count("b", distinct=True))
            .values_list("id", "n", "m")
            .order_by("id")
        ),
    ),
    case(
        "filtered_relation_ordered",
        lambda Artist: Artist.annotate(
            a=FilteredRelation("albums", condition=Q(albums__format="lp"))
        ).order_by("a__title", "id"),
    ),
    case(
        "filtered_relation_generic",
        lambda Album: (
            Album.annotate(t=FilteredRelation("tags", condition=Q(tags__name="classic")))
            .filter(t__isnull=False)
            .order_by("id")
        ),
    ),
    case(
        "filtered_relation_many",
        lambda Album: (
            Album.annotate(g=FilteredRelation("genres", condition=Q(genres__code__startswith="a")))
            .values_list("id", "g")
            .order_by("id", "g")
        ),
    ),
    case(
        "filtered_relation_forward_joined",
        lambda Album: (
            Album.annotate(p=FilteredRelation("producer", condition=Q(producer__active=True)))
            .select_related("p")
            .order_by("id")
        ),
    ),
    case(
        "filtered_relation_of_subquery",
        lambda Artist, Album: (
            Artist.annotate(
                a=FilteredRelation("albums", condition=Q(albums__in=Album.filter(year__gt=1995)))
            )
            .values_list("id", "a")
            .order_by("id", "a")
        ),
        raises=ValueError,
    ),
]

CASES = [
    *EVALUATING,
    *ORDER,
    *VALUES,
    *DATES,
    *COMPOUND,
    *JOINED,
    *PREFETCHED,
    *RELATED,
    *LOCKS,
    *EXPLAINED,
    *FILTERED,
]
