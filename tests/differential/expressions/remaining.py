"""The corners of the query API: what is refused, sets of sets, and terminals by an order."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import django
from django.core.exceptions import FieldError
from django.db import NotSupportedError
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Length

from tests.app.models import Album as AlbumModel
from tests.app.models import Genre as GenreModel
from tests.differential.table import case


def contains_loaded(Album):
    album = yield Album.get(pk=1)
    found = [(yield Album.filter(year=1993).contains(album))]
    found.append((yield Album.filter(year=1).contains(album)))
    albums = Album.filter(year=1993)
    yield albums
    found.append((yield albums.contains(album)))
    return found


def of_union(call):
    """Make the expression that calls a method of a union."""
    return lambda Album: call(Album.filter(pk=1).union(Album.filter(pk=2)))


def union_of(manager):
    return manager.order_by().union(manager.order_by())


def latest_of_evaluated(Album):
    albums = Album.order_by("id")
    yield albums
    return [(yield albums.latest("year", "id")).pk, (yield albums.first()).pk]


def prefetched_in_bulk(Artist):
    artists = yield Artist.prefetch_related("albums").in_bulk([1, 2])
    return {key: [album.pk for album in artist.albums.all()] for key, artist in artists.items()}


TERMINALS = [
    case("contains_object", contains_loaded),
    case("contains_of_another_model", lambda Album: Album.contains(GenreModel(pk="pop"))),
    case("contains_of_unsaved", lambda Album: Album.contains(AlbumModel()), raises=ValueError),
    case(
        "contains_of_values", lambda Album: Album.values().contains(AlbumModel(1)), raises=TypeError
    ),
    case("contains_of_no_object", lambda Album: Album.contains(1), raises=TypeError),
    case("earliest", lambda Album: Album.earliest("year", "id")),
    case("latest", lambda Album: Album.latest("year", "-id")),
    case("latest_over_relation", lambda Track: Track.latest("album__year", "id")),
    case("latest_of_ordered", lambda Track: Track.order_by("-title").latest("id")),
    case("latest_of_values", lambda Album: Album.values("title").latest("id")),
    case("latest_of_evaluated", latest_of_evaluated),
    case(
        "latest_of_nothing", lambda Album: Album.none().latest("id"), raises=AlbumModel.DoesNotExist
    ),
    case("latest_of_slice", lambda Album: Album.all()[:2].latest("id"), raises=TypeError),
    case("latest_by_nothing", lambda Album: Album.latest(), raises=ValueError),
    case("earliest_by_unknown", lambda Album: Album.earliest("titel"), raises=FieldError),
    case("in_bulk", lambda Album: Album.in_bulk([3, 1, 999])),
    case("in_bulk_of_all", lambda Genre: Genre.in_bulk()),
    case("in_bulk_of_none", lambda Genre: Genre.in_bulk([])),
    case("in_bulk_by_field", lambda Label: Label.in_bulk(["ecm"], field_name="code")),
    case(
        "in_bulk_of_values",
        lambda Album: Album.values("title").in_bulk([1]),
        raises=None if django.VERSION >= (6, 1) else TypeError,
    ),
    case("in_bulk_prefetched", prefetched_in_bulk),
    case("in_bulk_of_joined", lambda Album: Album.select_related("artist").in_bulk([1, 2])),
    case(
        "in_bulk_by_what_is_not_unique",
        lambda Album: Album.in_bulk(["x"], field_name="title"),
        raises=ValueError,
    ),
    case("in_bulk_of_slice", lambda Album: Album.all()[:2].in_bulk([1]), raises=TypeError),
    case(
        "first_of_grouped",
        lambda Album: Album.values("year").annotate(n=Count("id")).order_by("-n", "year").first(),
    ),
]

SETS = [
    case(
        "union_ordered_by_what_values_left_out",
        lambda Genre: union_of(Genre).values("code").order_by("name", "code")[:5],
    ),
    case(
        "union_ordered_by_what_values_list_left_out",
        lambda Genre: union_of(Genre).values_list("code").order_by("name", "code"),
    ),
    case(
        "union_ordered_by_what_a_flat_list_left_out",
        lambda Genre: union_of(Genre).values_list("code", flat=True).order_by("name", "code"),
    ),
    case(
        "last_of_a_union_without_the_key",
        lambda Genre: union_of(Genre).values("name").last(),
    ),
    case(
        "or_of_slice",
        lambda Album: (Album.order_by("id")[:2] | Album.filter(pk=5)).order_by("id"),
        needs="allow_sliced_subqueries_with_in",
    ),
    case(
        "or_with_slice",
        lambda Album: (Album.filter(pk=5) | Album.order_by("id")[:2]).order_by("id"),
        needs="allow_sliced_subqueries_with_in",
    ),
    case(
        "xor_of_slice",
        lambda Album: (Album.order_by("id")[:2] ^ Album.filter(pk__gt=1)).order_by("id"),
        needs="allow_sliced_subqueries_with_in",
    ),
    case(
        "aggregate_of_union",
        of_union(lambda union: union.aggregate(Count("id"))),
        fails_on="postgresql mysql",
    ),
    case("latest_of_union", of_union(lambda union: union.latest("id"))),
    case("or_of_distinct", lambda Album: Album.distinct() | Album.all(), raises=TypeError),
    case(
        "or_of_values",
        lambda Album: (
            Album.values("title").filter(pk=1) | Album.values("title").filter(pk=2)
        ).order_by("id"),
    ),
    case(
        "or_of_other_values",
        lambda Album: Album.values("id") | Album.values("title"),
        raises=TypeError,
    ),
    case(
        "and_over_relation",
        lambda Artist: (
            Artist.filter(albums__year=1993) & Artist.filter(albums__format="lp")
        ).order_by("id"),
    ),
    case(
        "or_of_annotated",
        lambda Artist: (
            Artist.annotate(n=Count("albums")).filter(n__gt=1) | Artist.filter(pk=4)
        ).order_by("id"),
    ),
    case("xor_with_nothing", lambda Genre: Genre.filter(code="pop") ^ Genre.none()),
    case(
        "union_of_nothings",
        lambda Album: Album.none().union(Album.none(), Album.filter(pk=2)),
    ),
    case("intersection_with_nothing", lambda Album: Album.filter(pk=1).intersection(Album.none())),
    case("difference_from_nothing", lambda Album: Album.none().difference(Album.filter(pk=1))),
    case(
        "difference_of_values",
        lambda Album, Track: (
            Album.values_list("id")
            .difference(Track.order_by().values_list("album_id"))
            .order_by("id")
        ),
    ),
    case(
        "union_as_subquery",
        lambda Album: Album.filter(
            pk__in=Album.filter(pk=1).union(Album.filter(pk=2)).values("pk")
        ).order_by("id"),
    ),
    case(
        "union_of_unions",
        lambda Label: (
            Label.filter(pk=1).union(Label.filter(pk=2)).union(Label.filter(pk=3)).order_by("code")
        ),
    ),
    case(
        "union_of_joined",
        lambda Album: (
            Album.select_related("artist")
            .filter(pk=1)
            .union(Album.select_related("artist").filter(pk=2))
            .order_by("id")
        ),
    ),
    case(
        "union_of_constants",
        lambda Album: (
            Album.filter(pk=1)
            .annotate(kind=Length("title"))
            .values_list("title", "kind")
            .union(Album.filter(pk=2).annotate(kind=Length("format")).values_list("title", "kind"))
            .order_by("title")
        ),
    ),
    case("count_of_difference", lambda Album: Album.difference(Album.filter(pk=1)).count()),
    case(
        "last_of_union",
        lambda Label: Label.filter(pk=1).union(Label.filter(pk=2)).order_by("id").last(),
    ),
    *(
        case(
            f"{name}_of_union",
            of_union(call),
            raises=NotSupportedError,
        )
        for name, call in {
            "update": lambda union: union.update(year=1),
            "delete": lambda union: union.delete(),
            "annotate": lambda union: union.annotate(n=Count("id")),
            "exclude": lambda union: union.exclude(pk=1),
            "distinct": lambda union: union.distinct(),
            "select_related": lambda union: union.select_related("artist"),
            "dates": lambda union: union.dates("released", "year"),
            "contains": lambda union: union.contains(AlbumModel(pk=1)),
        }.items()
    ),
]

BUILT = [
    case("dates_over_relation", lambda Track: Track.dates("album__released", "month")),
    case("dates_of_slice", lambda Artist: Artist.dates("born", "year")[:2]),
    case("dates_counted", lambda Artist: Artist.dates("born", "year").count()),
    case("dates_of_none", lambda Artist: Artist.none().dates("born", "year")),
    case("dates_of_no_kind", lambda Artist: Artist.dates("born", "century"), raises=ValueError),
    case("dates_in_no_order", lambda Artist: Artist.dates("born", "year", "x"), raises=ValueError),
    case("datetimes_of_date", lambda Artist: Artist.datetimes("born", "hour"), raises=ValueError),
    case(
        "alias_ordered",
        lambda Genre: Genre.alias(n=Length("name")).order_by("-n", "pk").values("pk"),
    ),
    case(
        "alias_as_value", lambda Genre: Genre.alias(n=Length("name")).values("n"), raises=FieldError
    ),
    case(
        "alias_then_annotated",
        lambda Genre: Genre.alias(n=Length("name")).annotate(m=F("n") + 1).order_by("pk"),
    ),
    case(
        "filtered_relation_counted",
        lambda Artist: (
            Artist.annotate(lp=FilteredRelation("albums", condition=Q(albums__format="lp")))
            .annotate(n=Count("lp"))
            .values_list("id", "n")
            .order_by("id")
        ),
    ),
    case(
        "filtered_relation_of_nothing",
        lambda Artist: Artist.annotate(x=FilteredRelation("titel", condition=Q(pk=1))).filter(x=1),
        raises=FieldError,
    ),
    case(
        "exists_or_condition",
        lambda Artist, Album: Artist.filter(
            Exists(Album.filter(artist=OuterRef("pk"), year=1993)) | Q(pk=4)
        ).order_by("id"),
    ),
    case(
        "outer_reference_alone",
        lambda Album: Album.filter(artist=OuterRef("pk")),
        raises=ValueError,
    ),
    case(
        "subquery_of_whole_rows",
        lambda Artist, Album: Artist.annotate(x=Subquery(Album.filter(artist=OuterRef("pk"))[:1])),
        raises=Exception,
    ),
    case(
        "prefetch_of_values",
        lambda Artist, Album: Artist.prefetch_related(Prefetch("albums", Album.values("id"))),
        raises=ValueError,
    ),
    case(
        "prefetch_of_raw",
        lambda Artist, Album: Artist.prefetch_related(
            Prefetch("albums", Album.raw("SELECT * FROM shop_album"))
        ),
        raises=ValueError,
    ),
    case("complex_filter", lambda Album: Album.complex_filter({"year": 1993}).order_by("id")),
    case("complex_filter_by_q", lambda Album: Album.complex_filter(Q(year=1993)).order_by("id")),
    case("defer_of_values", lambda Album: Album.values("id").defer("id"), raises=TypeError),
    case(
        "select_related_of_values", lambda Album: Album.values().select_related(), raises=TypeError
    ),
    case("reverse_of_slice", lambda Album: Album.order_by("id")[:2].reverse(), raises=TypeError),
    case("using_unknown_field", lambda Album: Album.using("other").filter(x=1), raises=FieldError),
    case("lock_and_skip", lambda Album: Album.select_for_update(True, True), raises=ValueError),
]

CASES = [*TERMINALS, *SETS, *BUILT]
