"""Filters: every lookup, on every type of field, with the data set's awkward values."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from django.db.models import F, Q, Value
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact

from tests.app.data import QUOTES, UTC, code
from tests.app.fields import CatalogueNumber
from tests.app.models import Album as AlbumModel
from tests.app.models import Mood
from tests.differential.table import case

TEXT = [
    case("exact", lambda Album: Album.filter(title="Debut").order_by("id")),
    case("exact_of_quotes", lambda Album: Album.filter(title=QUOTES)),
    case("exact_of_empty_text", lambda Album: Album.filter(title="")),
    case("exact_of_four_byte_text", lambda Artist: Artist.filter(name="𝄞 Clef 🎸")),
    case("exact_none", lambda Order: Order.filter(note=None).order_by("id")),
    case("iexact", lambda Album: Album.filter(title__iexact="dEBUT").order_by("id")),
    case("iexact_none", lambda Order: Order.filter(note__iexact=None).order_by("id")),
    case("contains", lambda Album: Album.filter(title__contains="n").order_by("id")),
    case("contains_percent", lambda Album: Album.filter(title__contains="100%").order_by("id")),
    case("contains_underscore", lambda Album: Album.filter(title__contains="_u").order_by("id")),
    case("contains_backslash", lambda Album: Album.filter(title__contains="\\s").order_by("id")),
    case("contains_column", lambda Album: Album.filter(title__contains=F("format")).order_by("id")),
    case("icontains", lambda Artist: Artist.filter(name__icontains="BJ").order_by("id")),
    case("icontains_accent", lambda Artist: Artist.filter(name__icontains="rós").order_by("id")),
    case("startswith", lambda Track: Track.filter(title__startswith="Part").order_by("id")),
    case("istartswith", lambda Track: Track.filter(title__istartswith="pART").order_by("id")),
    case("endswith", lambda Track: Track.filter(title__endswith="b").order_by("id")),
    case("iendswith", lambda Track: Track.filter(title__iendswith="B").order_by("id")),
    case("regex", lambda Track: Track.filter(title__regex=r"^Part I+ [ab]$").order_by("id")),
    case("iregex", lambda Track: Track.filter(title__iregex=r"^part i+ [AB]$").order_by("id")),
    case("in_texts", lambda Genre: Genre.filter(code__in=["pop", "jazz", "nothing"])),
    case("in_with_none", lambda Order: Order.filter(note__in=[None, ""]).order_by("id")),
    case("gt_of_text", lambda Genre: Genre.filter(code__gt="idm")),
    case("range_of_texts", lambda Genre: Genre.filter(code__range=("a", "f"))),
    case("isnull", lambda Order: Order.filter(note__isnull=True).order_by("id")),
    case("is_not_null", lambda Order: Order.filter(note__isnull=False).order_by("id")),
    case("text_choice", lambda Album: Album.filter(format=AlbumModel.Format.EP).order_by("id")),
    case("renamed_column", lambda Artist: Artist.filter(sort_name="dup").order_by("id")),
    case("column_with_a_space", lambda Specimen: Specimen.filter(renamed="x")),
    case("custom_field", lambda Album: Album.filter(number=CatalogueNumber("ECM", 1064))),
    case(
        "custom_field_in",
        lambda Album: Album.filter(
            number__in=[CatalogueNumber("ECM", 1064), CatalogueNumber("TPLP", 31)]
        ).order_by("id"),
    ),
    case("generated_column", lambda Album: Album.filter(title_upper="DEBUT").order_by("id")),
    case("slug", lambda Specimen: Specimen.filter(slug="a-slug_1")),
    case("file", lambda Specimen: Specimen.filter(file="files/a b.txt")),
    case("file_path", lambda Specimen: Specimen.filter(file_path__contains="where")),
    case("email", lambda Person: Person.filter(email__endswith="@example.org").order_by("id")),
    case("url", lambda Artist: Artist.filter(website__contains="%20#")),
    case("long_text", lambda Specimen: Specimen.filter(text__startswith="long long")),
]

NUMBERS = [
    case("integer", lambda Album: Album.filter(year=1993).order_by("id")),
    case("integer_as_text", lambda Album: Album.filter(year="1993").order_by("id")),
    case("negative_integer", lambda Album: Album.filter(year__lt=0)),
    case("largest_integer", lambda Employee: Employee.filter(salary=2147483647)),
    case("integer_out_of_range", lambda Album: Album.filter(year=2**40)),
    case("integer_gt_out_of_range", lambda Album: Album.filter(year__lt=2**40).order_by("id")),
    case("integer_gt_fraction", lambda Album: Album.filter(year__gte=1998.5).order_by("id")),
    case("big_integer", lambda Specimen: Specimen.filter(big=2**63 - 1)),
    case("smallest_big_integer", lambda Specimen: Specimen.filter(big__lte=-(2**63))),
    case("small_integer", lambda Specimen: Specimen.filter(small=-32768)),
    case("positive_integer", lambda Specimen: Specimen.filter(positive=2**31 - 1)),
    case("positive_big_integer", lambda Specimen: Specimen.filter(positive_big=2**63 - 1)),
    case("positive_small_integer", lambda Specimen: Specimen.filter(positive_small__gt=0)),
    case("integer_choice", lambda Specimen: Specimen.filter(choice=Mood.LOUD)),
    case("generated_integer", lambda Specimen: Specimen.filter(integer_or_zero=0)),
    case("database_default", lambda Specimen: Specimen.filter(with_db_default=42)),
    case("decimal", lambda Album: Album.filter(price=Decimal("19.99")).order_by("id")),
    case("decimal_as_text", lambda Album: Album.filter(price="20.00").order_by("id")),
    case("decimal_as_integer", lambda Album: Album.filter(price=20).order_by("id")),
    case("decimal_range", lambda Album: Album.filter(price__range=(7, "20")).order_by("id")),
    case(
        "decimal_in",
        lambda Album: Album.filter(price__in=[Decimal("30"), Decimal("1.1")]).order_by("id"),
    ),
    case("decimal_long", lambda Specimen: Specimen.filter(decimal_long__gt=1)),
    case("float", lambda Artist: Artist.filter(rating=9.5)),
    case("float_inexact", lambda Artist: Artist.filter(rating=0.1 + 0.2)),
    case("float_huge", lambda Artist: Artist.filter(rating__gt=1e308)),
    case("boolean_true", lambda Artist: Artist.filter(active=True).order_by("id")),
    case("boolean_false", lambda Artist: Artist.filter(active=False).order_by("id")),
    case("boolean_null", lambda Artist: Artist.filter(active=None).order_by("id")),
    case("boolean_exclude", lambda Artist: Artist.exclude(active=True).order_by("id")),
    case("boolean_in", lambda Artist: Artist.filter(active__in=[True, False]).order_by("id")),
]

TIMES = [
    case("date", lambda Artist: Artist.filter(born=dt.date(1952, 2, 29))),
    case("date_as_text", lambda Artist: Artist.filter(born="1952-02-29")),
    case("date_extremes", lambda Artist: Artist.filter(born__in=["1000-01-01", "9999-12-31"])),
    case("date_year", lambda Artist: Artist.filter(born__year=1965)),
    case("date_year_gt", lambda Artist: Artist.filter(born__year__gt=1950).order_by("id")),
    case("date_month_in", lambda Artist: Artist.filter(born__month__in=[1, 2]).order_by("id")),
    case("date_day", lambda Artist: Artist.filter(born__day=29)),
    case("date_week_day", lambda Artist: Artist.filter(born__week_day=6).order_by("id")),
    case("date_iso_week", lambda Artist: Artist.filter(born__week=9).order_by("id")),
    case("date_quarter", lambda Artist: Artist.filter(born__quarter=4).order_by("id")),
    case("date_iso_year", lambda Artist: Artist.filter(born__iso_year=1994)),
    case(
        "datetime",
        lambda Album: Album.filter(released=dt.datetime(1993, 7, 5, tzinfo=UTC)),
    ),
    case(
        "datetime_of_another_zone",
        lambda Album: Album.filter(
            released=dt.datetime(1993, 7, 5, 5, 30, tzinfo=dt.timezone(dt.timedelta(hours=5.5)))
        ),
    ),
    case(
        "datetime_with_microseconds",
        lambda Album: Album.filter(
            released=dt.datetime(2001, 8, 27, 23, 59, 59, 999999, tzinfo=UTC)
        ),
    ),
    case(
        "datetime_range_over_the_clock_change",
        lambda Order: Order.filter(
            placed__range=(
                dt.datetime(2024, 3, 31, 0, 30, tzinfo=UTC),
                dt.datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
            )
        ).order_by("id"),
    ),
    case("datetime_year", lambda Order: Order.filter(placed__year=2024).order_by("id")),
    case(
        "datetime_date",
        lambda Order: Order.filter(placed__date=dt.date(2024, 1, 1)).order_by("id"),
        needs="has_zoneinfo_database",
    ),
    case(
        "datetime_hour",
        lambda Order: Order.filter(placed__hour=3).order_by("id"),
        needs="has_zoneinfo_database",
    ),
    case(
        "datetime_month_day",
        lambda Order: Order.filter(placed__month=3, placed__day=31).order_by("id"),
        needs="has_zoneinfo_database",
    ),
    case(
        "datetime_time",
        lambda Order: Order.filter(placed__time__gte=dt.time(2, 0)).order_by("id"),
        needs="has_zoneinfo_database",
    ),
    case("time", lambda Specimen: Specimen.filter(time=dt.time(23, 59, 59, 999999))),
    case("time_hour", lambda Specimen: Specimen.filter(time__hour=23)),
    case("time_second", lambda Specimen: Specimen.filter(time__second__lt=30)),
    case("duration", lambda Album: Album.filter(length=dt.timedelta(hours=1)).order_by("id")),
    case("duration_negative", lambda Album: Album.filter(length__lt=dt.timedelta(0))),
    case(
        "duration_range",
        lambda Album: Album.filter(length__range=(dt.timedelta(0), dt.timedelta(hours=2))).order_by(
            "id"
        ),
    ),
]

OTHER_TYPES = [
    case("uuid", lambda Album: Album.filter(barcode=code("album 3"))),
    case("uuid_as_text", lambda Album: Album.filter(barcode=str(code("album 3")))),
    case("uuid_in", lambda Album: Album.filter(barcode__in=[code("album 3"), uuid.UUID(int=1)])),
    case("uuid_contains", lambda Specimen: Specimen.filter(uuid__icontains="5678-1234")),
    case("uuid_primary_key", lambda Playlist: Playlist.filter(pk=code("list Travel"))),
    case("binary", lambda Album: Album.filter(cover=b"\x00\xff'\"\\%s")),
    case("binary_empty", lambda Album: Album.filter(cover=b"")),
    case("binary_of_memory", lambda Album: Album.filter(cover=memoryview(bytes(range(256))))),
    case("binary_null", lambda Album: Album.filter(cover=None).order_by("id")),
    case("ip4", lambda Specimen: Specimen.filter(ip4="192.168.0.1")),
    case("ip6", lambda Specimen: Specimen.filter(ip="2001:0db8::0001")),
    case("ip_startswith", lambda Specimen: Specimen.filter(ip4__startswith="192.")),
    case("json_exact", lambda Album: Album.filter(notes="text")),
    case("json_exact_list", lambda Album: Album.filter(notes=[])),
    case("json_exact_number", lambda Album: Album.filter(notes=0)),
    case(
        "json_exact_object",
        lambda Profile: Profile.filter(facts__contains={"solo": True}),
        needs="supports_json_field_contains",
    ),
    case(
        "json_contained_by",
        lambda Profile: Profile.filter(facts__contained_by={"solo": True}),
        needs="supports_json_field_contains",
    ),
    case("json_key", lambda Album: Album.filter(notes__mono=True)),
    case("json_key_text", lambda Album: Album.filter(notes__quote=QUOTES)),
    case("json_key_unicode", lambda Album: Album.filter(notes__é="𝄞")),
    case("json_key_null", lambda Album: Album.filter(notes__label=None)),
    case("json_key_isnull", lambda Album: Album.filter(notes__label__isnull=True).order_by("id")),
    case("json_path", lambda Album: Album.filter(notes__sides__a__0=1).order_by("id")),
    case("json_path_list", lambda Album: Album.filter(notes__sides__b=[])),
    case("json_path_icontains", lambda Album: Album.filter(notes__quote__icontains="QUOTED")),
    case("json_key_gt", lambda Album: Album.filter(notes__big__gt=2**52)),
    case("json_key_in", lambda Album: Album.filter(notes__mono__in=[False, True]).order_by("id")),
    case("json_has_key", lambda Album: Album.filter(notes__has_key="mono").order_by("id")),
    case(
        "json_has_keys",
        lambda Album: Album.filter(notes__has_keys=["mono", "label"]).order_by("id"),
    ),
    case(
        "json_has_any_keys",
        lambda Album: Album.filter(notes__has_any_keys=["big", "é"]).order_by("id"),
    ),
    case("json_key_with_space", lambda Profile: Profile.filter(**{"facts__born in": "Reykjavík"})),
    case("json_isnull", lambda Album: Album.filter(notes__isnull=True).order_by("id")),
    case("all_types_full", lambda Specimen: Specimen.filter(name="full")),
    case("all_types_empty", lambda Specimen: Specimen.filter(name="empty")),
    case("all_types_low", lambda Specimen: Specimen.filter(name="low")),
]

LOGIC = [
    case("all", lambda Album: Album.all().order_by("id")),
    case("bare_manager_all", lambda Genre: Genre.all()),
    case("two_filters", lambda Album: Album.filter(year=1993).filter(price__gt=1).order_by("id")),
    case("exclude", lambda Album: Album.exclude(format="lp").order_by("id")),
    case("exclude_null", lambda Album: Album.exclude(length=None).order_by("id")),
    case("exclude_nullable", lambda Album: Album.exclude(producer__name="Björk").order_by("id")),
    case("exclude_two", lambda Album: Album.exclude(year=1993, format="lp").order_by("id")),
    case("q_or", lambda Album: Album.filter(Q(year=1993) | Q(format="ep")).order_by("id")),
    case(
        "q_tree",
        lambda Album: Album.filter(
            (Q(year__lt=1995) & ~Q(format="lp")) | (Q(price=20) ^ Q(format="cd"))
        ).order_by("id"),
    ),
    case("q_not", lambda Album: Album.filter(~Q(artist__name="Björk")).order_by("id")),
    case("q_not_nullable", lambda Artist: Artist.filter(~Q(label__name="x")).order_by("id")),
    case("q_empty", lambda Genre: Genre.filter(Q())),
    case("q_xor", lambda Artist: Artist.filter(Q(active=True) ^ Q(rating=3)).order_by("id")),
    case("f_equals_f", lambda Artist: Artist.filter(name=F("sort_name")).order_by("id")),
    case("f_arithmetic", lambda Album: Album.filter(year__gt=F("price") * 100).order_by("id")),
    case("f_over_relation", lambda Album: Album.filter(title=F("artist__name")).order_by("id")),
    case(
        "f_dates",
        lambda Order: Order.filter(changed__gte=F("created") - dt.timedelta(days=1)).order_by("id"),
    ),
    case("f_modulo", lambda Track: Track.filter(position=F("seconds") % 100).order_by("id")),
    case("f_bits", lambda Album: Album.annotate(b=F("year").bitand(7)).filter(b=1).order_by("id")),
    case("f_slice", lambda Genre: Genre.annotate(start=F("code")[:3]).filter(start="art")),
    case("lookup_as_expression", lambda Genre: Genre.filter(Exact(F("code"), Value("pop")))),
    case(
        "function_in_filter",
        lambda Album: (
            Album.annotate(n=Length("title")).filter(n=Length(Lower("title"))).order_by("id")
        ),
    ),
    case("pk_in_set", lambda Album: Album.filter(pk__in={3}).order_by("id")),
    case("pk_in_generator", lambda Album: Album.filter(pk__in=(i for i in (1, 2))).order_by("id")),
    case("own_queryset_method", lambda Album: Album.expensive().by("Björk").order_by("id")),
    case("alias", lambda Album: Album.alias(n=F("year") + 1).filter(n=1994).order_by("id")),
    case("using_other", lambda Artist: Artist.using("other").order_by("id")),
    case("using_other_count", lambda Artist: Artist.using("other").filter(pk=901).count()),
    case(
        "composite_primary_key",
        lambda ChartEntry: ChartEntry.filter(pk=(dt.date(1997, 9, 29), 2)),
    ),
    case(
        "composite_primary_key_in",
        lambda ChartEntry: ChartEntry.filter(
            pk__in=[(dt.date(1997, 9, 29), 1), (dt.date(1997, 10, 6), 3)]
        ),
    ),
]

CASES = [*TEXT, *NUMBERS, *TIMES, *OTHER_TYPES, *LOGIC]
