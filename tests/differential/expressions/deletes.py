"""Deletes: every on_delete there is, and every way of saying what to delete."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, ProtectedError, RestrictedError, Value
from django.db.models.functions import Length

from tests.app.data import code
from tests.app.models import Outbox as OutboxModel
from tests.differential.table import case


def depot(number, **options):
    """Return a case that deletes one of the depots and looks at what pointed to it."""

    def delete(Depot, Parcel):
        found = yield Depot.get(pk=number)
        result = yield found.delete()
        return [result, found, (yield Parcel.order_by("pk"))]

    return delete


def delete_restricted_but_cascading(Depot, Slip):
    yield Slip.filter(pk=4).delete()
    return (yield Depot.filter(pk=23).delete())


def delete_crate(Crate):
    crate = yield Crate.get(pk=1)
    return [(yield crate.delete()), crate.pk, crate.marked_ptr_id]


def delete_crate_keeping(Crate, Container, Marked):
    crate = yield Crate.get(pk=1)
    counts = yield crate.delete(keep_parents=True)
    return [counts, crate, (yield Container.count()), (yield Marked.count())]


def delete_second_parent(Marked):
    marked = yield Marked.get(pk=5)
    return (yield marked.delete())


def delete_many(Depot, Parcel):
    """Delete more than one batch of keys, over more than SQLite's smallest limit."""
    yield Depot.bulk_create(Depot.model(code=f"m{n}", name="many") for n in range(1050))
    depots = yield Depot.filter(name="many").order_by("pk")
    yield Parcel.bulk_create(
        Parcel.model(depot_id=each.code, value=1, found_id=10) for each in depots
    )
    result = yield Depot.filter(name="many").delete()
    return [result, (yield Parcel.count())]


def delete_reads_and_writes(Depot, do):
    made = Depot.model(code="new", name="North three")
    yield do.insert(made)
    first = yield Depot.filter(pk=24).delete()
    second = yield made.delete()
    return [first, second, made]


def delete_evaluated(Track):
    tracks = Track.filter(album=1)
    yield tracks
    result = yield tracks.delete()
    return [result, (yield tracks)]


def delete_loaded_relations(Track):
    track = yield Track.select_related("album__artist").get(pk=1)
    return [(yield track.delete()), track]


def delete_prefetched(Genre):
    genres = yield Genre.filter(pk="electronic").prefetch_related("children")
    return [(yield genres[0].delete()), genres[0]]


def delete_and_insert_again(Genre, do):
    genre = yield Genre.get(pk="jazz")
    yield genre.delete()
    genre.code = "jazz"
    yield do.insert(genre)
    return genre


CASES = [
    case("delete_depot_cascades", depot(10)),
    case("delete_depot_sets_value", depot(11)),
    case("delete_depot_sets_what_a_function_gives", depot(12)),
    case("delete_depot_by_own_handler_that_queries", depot(13)),
    case("delete_depot_by_own_handler_that_collects", depot(14)),
    case("delete_depot_sets_default", depot(15)),
    case("delete_depot_does_nothing", depot(16)),
    case("delete_depot_protected", depot(20), raises=ProtectedError),
    case("delete_depot_restricted", depot(21), raises=RestrictedError),
    case("delete_depot_to_which_nothing_points", depot(22)),
    case("delete_depot_restricted_by_what_goes_with_it", depot(23)),
    case("delete_depot_by_two_own_handlers", depot(24)),
    case("delete_depot_restricted_but_cascading", delete_restricted_but_cascading),
    case("delete_depots", lambda Depot: Depot.filter(pk__in=[10, 11, 12, 13, 14, 15, 16]).delete()),
    case(
        "delete_depots_all", lambda Depot: Depot.order_by("-name").delete(), raises=ProtectedError
    ),
    case("delete_depots_over_handlers", lambda Depot: Depot.filter(code__in=["d2", "d3"]).delete()),
    case("delete_proxy_pointed_to", lambda BusyDepot: BusyDepot.filter(pk=10).delete()),
    case("delete_pointing_to_proxy", lambda Visit: Visit.filter(depot__name="depot_id").delete()),
    case("delete_crate", delete_crate),
    case("delete_crate_keeping_parents", delete_crate_keeping),
    case("delete_crates", lambda Crate: Crate.all().delete()),
    case("delete_first_parent", lambda Container: Container.filter(pk__in=[1, 3]).delete()),
    case("delete_second_parent", delete_second_parent),
    case("delete_second_parents", lambda Marked: Marked.all().delete()),
    case("delete_circle", lambda Inbox: Inbox.filter(pk=1).delete()),
    case("delete_circle_from_the_other_side", lambda Outbox: Outbox.filter(pk=1).delete()),
    case("delete_chain", lambda Outbox: Outbox.filter(previous=None).delete()),
    case("delete_slots", lambda Slot: Slot.filter(shelf=1).delete()),
    case("delete_slot", lambda Slot: Slot.filter(pk=(1, 2)).delete()),
    case("delete_slot_notes", lambda SlotNote: SlotNote.filter(slot__free=True).delete()),
    case("delete_many", delete_many),
    case("delete_after_insert", delete_reads_and_writes),
    case("delete_evaluated", delete_evaluated),
    case("delete_loaded_relations", delete_loaded_relations),
    case("delete_prefetched", delete_prefetched),
    case("delete_and_insert_again", delete_and_insert_again),
    case("delete_distinct", lambda Clip: Clip.filter(track__seconds__gt=1).distinct().delete()),
    case("delete_distinct_on", lambda Clip: Clip.distinct("url").delete(), raises=TypeError),
    case("delete_slice", lambda Clip: Clip.all()[:1].delete(), raises=TypeError),
    case("delete_values", lambda Clip: Clip.values("url").delete(), raises=TypeError),
    case(
        "delete_union",
        lambda Clip: Clip.filter(pk=1).union(Clip.filter(pk=2)).delete(),
        raises=Exception,
    ),
    case("delete_locked", lambda Clip: Clip.select_for_update().filter(pk=1).delete()),
    case("delete_joined", lambda Clip: Clip.select_related("track").filter(pk=1).delete()),
    case(
        "delete_by_own_subquery",
        lambda Clip: Clip.filter(pk__in=Clip.filter(url="").values("pk")).delete(),
    ),
    case(
        "delete_where_exists",
        lambda PlaylistEntry, Track: PlaylistEntry.filter(
            Exists(Track.filter(pk=OuterRef("track"), seconds__gt=300))
        ).delete(),
    ),
    case(
        "delete_by_annotation_over_join",
        lambda PlaylistEntry: (
            PlaylistEntry.annotate(n=F("track__seconds") / 60).filter(n__gt=4).delete()
        ),
    ),
    case(
        "delete_by_aggregate",
        lambda Track: Track.annotate(n=Count("entries")).filter(n__gt=1).delete(),
    ),
    case(
        "delete_ordered_by_annotation",
        lambda Tag: Tag.annotate(n=Length("name")).order_by("-n").delete(),
    ),
    case("delete_by_value", lambda Tag: Tag.alias(one=Value(1)).filter(one=1).delete()),
    case("delete_by_generic_relation", lambda Tag: Tag.filter(album__year__gt=1990).delete()),
    case("delete_none", lambda Tag: Tag.none().delete()),
    case("delete_nothing_below", lambda Genre: Genre.filter(pk="nothing").delete()),
    case("delete_by_relation_object", lambda Track, Clip: Clip.filter(track=5).delete()),
    case("delete_through_rows", lambda Genre: Genre.filter(pk="art-pop").delete()),
    case("delete_by_uuid", lambda Playlist: Playlist.filter(pk=code("list Travel")).delete()),
    case("delete_outbox_gone", lambda Outbox: Outbox.get(pk=99), raises=OutboxModel.DoesNotExist),
]

if hasattr(models, "DB_CASCADE"):

    def stamps(Depot, Stamp):
        result = yield Depot.filter(pk=22).delete()
        return [result, (yield Stamp.order_by("pk").values("pk", "depot", "last"))]

    CASES += [
        case("delete_left_to_database", stamps),
        case("delete_stamp", lambda Stamp: Stamp.filter(pk=1).delete()),
    ]

    def seals(Office, Seal):
        branch = yield Office.get(name="branch")
        result = yield branch.delete()
        return [result, (yield Seal.order_by("pk").values("pk", "office"))]

    CASES.append(
        case("delete_set_default_by_database", seals, needs="supports_on_delete_db_default")
    )
