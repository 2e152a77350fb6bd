"""What is selected, in which order, and how many: shapes of rows and slices."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt

from django.db.models import Count, F, Sum, Value
from django.db.models.functions import Length, Lower, Upper

from tests.differential.table import case

VALUES = [
    case("values", lambda Album: Album.values().order_by("id")),
    case("values_of_names", lambda Album: Album.values("id", "title", "price").order_by("id")),
    case("values_over_relation", lambda Album: Album.values("artist__label__name").order_by("id")),
    case("values_of_relation", lambda Album: Album.values("artist", "producer").order_by("id")),
    case("values_of_pk", lambda Genre: Genre.values("pk")),
    case("values_with_expression", lambda Genre: Genre.values("code", shout=Upper("code"))),
    case("values_after_annotate", lambda Genre: Genre.annotate(n=Length("code")).values("n")),
    case("values_of_json_key", lambda Album: Album.values("notes__sides__a").order_by("id")),
    case(
        "values_of_reverse",
        lambda Artist: Artist.values("name", "albums__title").order_by("id", "albums__id"),
    ),
    case("values_of_m2m", lambda Album: Album.values("id", "genres").order_by("id", "genres")),
    case("values_list", lambda Album: Album.values_list().order_by("id")),
    case("values_list_of_names", lambda Album: Album.values_list("title", "number").order_by("id")),
    case("values_list_flat", lambda Album: Album.values_list("price", flat=True).order_by("id")),
    case("values_list_flat_pk", lambda ChartEntry: ChartEntry.values_list("pk", flat=True)),
    case(
        "values_list_named",
        lambda Album: Album.values_list("id", "released", named=True).order_by("id"),
    ),
    case(
        "values_list_with_expression",
        lambda Album: Album.values_list("id", Lower("title"), F("year") + 1).order_by("id"),
    ),
    case("values_list_of_all_types", lambda Specimen: Specimen.values_list()),
    case("values_of_composite_key", lambda ChartEntry: ChartEntry.values("pk", "points")),
    case("values_of_other_name", lambda Artist: Artist.values("sort_name").order_by("id")),
    case("values_of_constant", lambda Genre: Genre.values(x=Value(1), y=Value("%s"))),
    case("dates", lambda Artist: Artist.dates("born", "year")),
    case("dates_descending", lambda Artist: Artist.dates("born", "month", order="DESC")),
    case("dates_of_weeks", lambda ChartEntry: ChartEntry.dates("week", "week")),
    case(
        "datetimes",
        lambda Order: Order.datetimes("placed", "hour"),
        needs="has_zoneinfo_database",
    ),
    case("datetimes_in_utc", lambda Order: Order.datetimes("placed", "minute", tzinfo=dt.UTC)),
]

PARTS = [
    case("only", lambda Album: Album.only("title").order_by("id")),
    case("only_pk", lambda Album: Album.only("pk").order_by("id")),
    case(
        "only_over_relation",
        lambda Album: Album.select_related("artist").only("title", "artist__name").order_by("id"),
    ),
    case("defer", lambda Album: Album.defer("cover", "notes").order_by("id")),
    case("defer_nothing", lambda Album: Album.defer("cover").defer(None).order_by("id")),
    case(
        "defer_over_relation",
        lambda Album: (
            Album.select_related("artist").defer("artist__website", "notes").order_by("id")
        ),
    ),
    case("only_then_defer", lambda Album: Album.only("title", "year").defer("year").order_by("id")),
    case("only_of_child_table", lambda Customer: Customer.only("name", "credit").order_by("id")),
    case("defer_of_child_table", lambda Patron: Patron.defer("email", "address").order_by("id")),
    case("all_types_in_parts", lambda Specimen: Specimen.only("json", "decimal", "duration")),
]

ORDER = [
    case("order_by", lambda Album: Album.order_by("year", "id")),
    case("order_by_descending", lambda Album: Album.order_by("-price", "-id")),
    case("order_by_relation", lambda Track: Track.order_by("album__artist__name", "id")),
    case("order_by_default_of_relation", lambda Album: Album.order_by("artist", "id")),
    case("order_by_ordered_relation", lambda PlaylistEntry: PlaylistEntry.order_by("track", "id")),
    case("order_by_expression", lambda Artist: Artist.order_by(Lower("name").desc(), "id")),
    case("order_by_annotation", lambda Genre: Genre.annotate(n=Length("code")).order_by("n", "pk")),
    case("nulls_first", lambda Album: Album.order_by(F("length").asc(nulls_first=True), "id")),
    case("nulls_last", lambda Album: Album.order_by(F("length").desc(nulls_last=True), "id")),
    case("reversed", lambda Genre: Genre.all().reverse()),
    case("reverse_of_expression", lambda Genre: Genre.order_by(Length("code"), "pk").reverse()),
    case("meta_ordering", lambda Track: Track.all()),
    case("no_ordering", lambda Track: Track.order_by().filter(pk=3)),
    case("order_with_respect_to", lambda Clip: Clip.filter(track_id=4)),
    case("proxy_ordering", lambda Reissue: Reissue.all().order_by("-year", "id")),
    case("order_by_composite_key", lambda ChartEntry: ChartEntry.order_by("-pk")),
    case("order_by_json_key", lambda Album: Album.order_by("notes__mono", "id")),
]

SLICES = [
    case("slice", lambda Album: Album.order_by("id")[2:5]),
    case("slice_of_start", lambda Album: Album.order_by("id")[:3]),
    case("slice_of_rest", lambda Album: Album.order_by("id")[8:]),
    case("slice_of_slice", lambda Album: Album.order_by("id")[2:8][1:3]),
    case("slice_beyond", lambda Album: Album.order_by("id")[100:200]),
    case("slice_empty", lambda Album: Album.order_by("id")[3:3]),
    case("slice_of_values", lambda Album: Album.order_by("id").values_list("id", flat=True)[1:3]),
    case("count_of_slice", lambda Album: Album.order_by("id")[2:5].count()),
    case("exists_of_slice", lambda Album: Album.order_by("id")[20:].exists()),
    case("first_of_ordered", lambda Album: Album.order_by("-year")[:4].first()),
    case("distinct", lambda Track: Track.order_by("album_id").values("album_id").distinct()),
    case(
        "distinct_objects",
        lambda Artist: Artist.filter(albums__year__gt=1990).distinct().order_by("id"),
    ),
    case(
        "distinct_on",
        lambda Track: Track.order_by("album_id", "-seconds").distinct("album_id"),
        needs="can_distinct_on_fields",
    ),
    case("distinct_count", lambda Track: Track.values("album").distinct().count()),
]

EXTRA = [
    case("extra_select", lambda Genre: Genre.extra(select={"n": "LENGTH(code)"})),
    case(
        "extra_select_params",
        lambda Genre: Genre.extra(select={"x": "%s"}, select_params=["100%"]).values("code", "x"),
    ),
    case("extra_where_with_percent", lambda Genre: Genre.extra(where=["code LIKE '%%p'"])),
    case(
        "extra_select_with_percent",
        lambda Genre: Genre.extra(select={"x": "'100%%'"}).filter(name="Jazz"),
    ),
    case("overridden_init", lambda Playlist: Playlist.order_by("title")),
    case("overridden_init_in_parts", lambda Playlist: Playlist.only("owner").order_by("id")),
    case("overridden_from_db", lambda Credit: Credit.order_by("id")),
    case("overridden_from_db_in_parts", lambda Credit: Credit.defer("role").order_by("id")),
    case(
        "overridden_init_joined",
        lambda PlaylistEntry: PlaylistEntry.select_related("playlist").order_by("id"),
    ),
    case("db_manager", lambda Artist: Artist.db_manager("other").order_by("id")),
    case("ordered_by_nothing_then_reversed", lambda Genre: Genre.order_by("pk").reverse()[:2]),
    case("extra_where", lambda Genre: Genre.extra(where=["code LIKE %s"], params=["%p%"])),
    case(
        "extra_order",
        lambda Genre: Genre.extra(select={"n": "LENGTH(code)"}, order_by=["-n", "code"]),
    ),
    case(
        "extra_tables",
        lambda Genre: Genre.extra(
            tables=["shop_label"], where=["shop_label.country = shop_genre.code"]
        ),
    ),
    case(
        "extra_then_aggregate",
        lambda Genre: Genre.extra(select={"n": "LENGTH(code)"}).aggregate(x=Count("code")),
    ),
    case(
        "extra_values",
        lambda Track: (
            Track.extra(select={"m": "seconds / 60"}).values_list("id", "m").order_by("id")
        ),
    ),
    case("sum_of_slice", lambda Track: Track.order_by("id")[:5].aggregate(s=Sum("seconds"))),
]

CASES = [*VALUES, *PARTS, *ORDER, *SLICES, *EXTRA]
