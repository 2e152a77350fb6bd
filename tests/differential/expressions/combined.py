"""Queries inside queries, and queries put together."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery, Sum

from tests.differential.table import case


def _array_subquery(queryset: Any) -> Any:
    # It can be imported only where psycopg is there.
    from django.contrib.postgres.expressions import ArraySubquery

    return ArraySubquery(queryset)


SUBQUERIES = [
    case(
        "in_queryset",
        lambda Album, Artist: Album.filter(artist__in=Artist.filter(active=True)).order_by("id"),
    ),
    case(
        "in_values",
        lambda Track, Album: Track.filter(album__in=Album.filter(year=1993).values("pk")),
    ),
    case(
        "in_values_of_text",
        lambda Artist, Label: Artist.filter(
            label__in=Label.filter(country="de").values("code")
        ).order_by("id"),
    ),
    case(
        "not_in_queryset",
        lambda Album, Artist: Album.exclude(artist__in=Artist.filter(active=True)).order_by("id"),
    ),
    case(
        "in_sliced_queryset",
        lambda Track, Album: Track.filter(album__in=Album.order_by("id")[:1]),
        needs="allow_sliced_subqueries_with_in",
    ),
    case(
        "exact_queryset",
        lambda Track, Album: Track.filter(album=Album.filter(title="Homogenic")[:1]),
    ),
    case("in_empty_queryset", lambda Track, Album: Track.filter(album__in=Album.none())),
    case(
        "where_exists",
        lambda Artist, Album: Artist.filter(
            Exists(Album.filter(artist=OuterRef("pk"), format="cd"))
        ).order_by("id"),
    ),
    case(
        "not_exists",
        lambda Artist, Album: Artist.filter(~Exists(Album.filter(artist=OuterRef("pk")))).order_by(
            "id"
        ),
    ),
    case(
        "exists_annotated",
        lambda Artist, Album: Artist.annotate(
            x=Exists(Album.filter(producer=OuterRef("pk")))
        ).order_by("id"),
    ),
    case(
        "exists_in_case",
        lambda Artist, Album: Artist.filter(
            Exists(Album.filter(artist=OuterRef("pk"))) | Q(active=None)
        ).order_by("id"),
    ),
    case(
        "exists_nothing",
        lambda Artist, Album: Artist.annotate(x=Exists(Album.none())).order_by("id"),
    ),
    case(
        "subquery",
        lambda Artist, Album: Artist.annotate(
            latest=Subquery(
                Album.filter(artist=OuterRef("pk")).order_by("-year").values("title")[:1]
            )
        ).order_by("id"),
    ),
    case(
        "subquery_of_decimal",
        lambda Artist, Album: (
            Artist.annotate(
                dear=Subquery(
                    Album.filter(artist=OuterRef("pk")).order_by("-price").values("price")[:1]
                )
            )
            .values_list("id", "dear")
            .order_by("id")
        ),
    ),
    case(
        "subquery_of_aggregate",
        lambda Artist, Album: Artist.annotate(
            s=Subquery(
                Album.filter(artist=OuterRef("pk"))
                .order_by()
                .values("artist")
                .annotate(s=Sum("price"))
                .values("s")
            )
        ).order_by("id"),
    ),
    case(
        "subquery_in_filter",
        lambda Album: Album.filter(price=Subquery(Album.order_by("-price").values("price")[:1])),
    ),
    case(
        "subquery_nested",
        lambda Artist, Album, Track: Artist.filter(
            Exists(
                Album.filter(
                    Exists(Track.filter(album=OuterRef("pk"), seconds__gt=1000)),
                    artist=OuterRef("pk"),
                )
            )
        ).order_by("id"),
    ),
    case(
        "outer_of_outer",
        lambda Label, Artist, Album: Label.filter(
            Exists(
                Artist.filter(
                    Exists(Album.filter(artist=OuterRef("pk"), title=OuterRef(OuterRef("name")))),
                    label=OuterRef("code"),
                )
            )
        ).order_by("id"),
    ),
    case(
        "subquery_in_order",
        lambda Artist, Album: Artist.order_by(
            Subquery(Album.filter(artist=OuterRef("pk")).values("year").order_by("year")[:1]).asc(
                nulls_last=True
            ),
            "id",
        ),
    ),
    case(
        "outer_relation",
        lambda Track, Album: Track.annotate(
            n=Subquery(
                Album.filter(artist=OuterRef("album__artist")).order_by("id").values("title")[:1]
            )
        ),
    ),
    case(
        "array_subquery",
        lambda Artist, Album: Artist.annotate(
            titles=_array_subquery(
                Album.filter(artist=OuterRef("pk")).order_by("id").values("title")
            )
        ).order_by("id"),
        needs="can_distinct_on_fields",
    ),
    case(
        "aggregate_over_subquery",
        lambda Artist, Album: (
            Artist.annotate(x=Exists(Album.filter(artist=OuterRef("pk"))))
            .values("x")
            .annotate(n=Count("*"))
            .order_by("x")
        ),
    ),
    case(
        "max_of_subquery",
        lambda Artist, Album: Artist.annotate(
            n=Subquery(Album.filter(artist=OuterRef("pk")).order_by("id").values("year")[:1])
        ).aggregate(Max("n")),
    ),
]

PUT_TOGETHER = [
    case("or", lambda Album: (Album.filter(year=1993) | Album.filter(format="ep")).order_by("id")),
    case("and", lambda Album: (Album.filter(year=1993) & Album.filter(format="lp")).order_by("id")),
    case("xor", lambda Album: (Album.filter(year=1993) ^ Album.filter(artist=1)).order_by("id")),
    case(
        "or_over_relations",
        lambda Artist: (
            (Artist.filter(albums__year=1993) | Artist.filter(profile__biography=""))
            .distinct()
            .order_by("id")
        ),
    ),
    case("or_with_nothing", lambda Genre: Genre.none() | Genre.filter(code="pop")),
    case("and_with_nothing", lambda Genre: Genre.filter(code="pop") & Genre.none()),
    case(
        "union",
        lambda Album: Album.filter(year=1993).union(Album.filter(format="lp")).order_by("id"),
    ),
    case(
        "union_all",
        lambda Album: Album.filter(pk=1).union(Album.filter(format="lp"), all=True).order_by("id"),
    ),
    case(
        "union_of_three",
        lambda Label: (
            Label.filter(pk=1).union(Label.filter(pk=2), Label.filter(pk=3)).order_by("code")
        ),
    ),
    case(
        "union_of_models",
        lambda Artist, Label: (
            Artist.values_list("name").union(Label.values_list("name")).order_by("name")
        ),
        needs="supports_parentheses_in_compound",
    ),
    case(
        "union_values",
        lambda Album: (
            Album.filter(pk=1)
            .values("title", "year")
            .union(Album.filter(pk=4).values("title", "year"))
            .order_by("year")
        ),
    ),
    case(
        "union_values_after",
        lambda Album: (
            Album.filter(pk=1)
            .union(Album.filter(pk=4))
            .order_by("id")
            .values_list("title", flat=True)
        ),
    ),
    case(
        "union_sliced",
        lambda Album: Album.filter(pk__lt=4).union(Album.filter(pk__gt=8)).order_by("-id")[1:3],
    ),
    case("union_count", lambda Album: Album.filter(pk__lt=4).union(Album.filter(pk__lt=6)).count()),
    case("union_exists", lambda Album: Album.filter(pk=1).union(Album.filter(pk=0)).exists()),
    case(
        "union_first",
        lambda Album: Album.filter(pk=1).union(Album.filter(pk=2)).order_by("id").first(),
    ),
    case("union_with_nothing", lambda Album: Album.filter(pk=1).union(Album.none())),
    case(
        "union_annotated",
        lambda Album: (
            Album.filter(pk=1)
            .annotate(n=Count("tracks"))
            .union(Album.filter(pk=2).annotate(n=Count("tracks")))
            .order_by("id")
        ),
    ),
    case(
        "intersection",
        lambda Album: (
            Album.filter(year=1993).intersection(Album.filter(format="lp")).order_by("id")
        ),
        needs="supports_select_intersection",
    ),
    case(
        "difference",
        lambda Album: Album.filter(year=1993).difference(Album.filter(pk=1)).order_by("id"),
        needs="supports_select_difference",
    ),
    case(
        "filter_on_union",
        lambda Album: Album.filter(pk=1).union(Album.filter(pk=2)).filter(pk=1),
        raises=NotSupportedError,
    ),
    case(
        "union_selected_for_models",
        lambda Album: Album.filter(pk=1).union(Album.filter(pk=2)).order_by(F("title").desc()),
    ),
]

CASES = [*SUBQUERIES, *PUT_TOGETHER]
