# Generated from tests/_async/test_deleting.py by `python tools/unasync_build.py`; never edit.
"""Deleting: what on_delete functions of a project's own may do, and objects loaded in part."""

# ruff: noqa: PT012  what a block does with an error is seen around the whole of it

from __future__ import annotations

import pytest
from django.db import NotSupportedError
from django.db.models import ProtectedError

import vinyl
from tests._sync.recording import recorded
from tests.app.models import Artist, Container, Crate, Depot, Marked, Parcel, Slip, Track
from tests.app.odd import Busy
from tests.app.stock import stock

pytestmark = pytest.mark.usefixtures("db")


def parcels(**conditions):
    return stock(lambda: list(Parcel.objects.filter(**conditions).order_by("pk").values()))


def test_a_function_given_to_set_may_query_as_in_djangos_documentation() -> None:
    Depot.vinyl.filter(pk=12).delete()
    assert [each["found_id"] for each in parcels(pk__in=[3, 13])] == [2, 2]


def test_an_on_delete_function_may_query_the_database_that_it_is_given() -> None:
    Depot.vinyl.filter(pk=13).delete()
    assert [each["near_id"] for each in parcels(pk__in=[4, 14])] == [4, 4]


def test_an_on_delete_function_may_collect_and_build_querysets() -> None:
    assert Depot.vinyl.filter(pk=14).delete() == (
        3,
        {"shop.Slip": 1, "shop.Parcel": 1, "shop.Depot": 1},
    )
    assert [each["sent_id"] for each in parcels(pk__in=[5, 15])] == [None]


def test_on_delete_functions_see_what_the_transaction_around_wrote() -> None:
    with vinyl.atomic():
        Depot.vinyl.filter(pk=4).update(name="Moved")
        made = Depot.vinyl.create(code="n9", name="North by north-west")
        Depot.vinyl.filter(pk=13).delete()
    assert {each["near_id"] for each in parcels(pk__in=[4, 14])} == {made.pk}


def test_djangos_connection_is_itself_again_after_an_on_delete_function() -> None:
    Depot.vinyl.filter(pk=12).delete()
    assert Depot.vinyl.filter(pk=13).count() == 1
    assert stock(lambda: Depot.objects.filter(pk=12).count()) == 0


def test_an_on_delete_function_that_writes_is_told_where_to() -> None:
    Parcel.vinyl.filter(found=2).delete()
    Depot.vinyl.filter(code="lost").update(code="found")
    if not vinyl.is_async():
        # Django's own connection serves it.
        Depot.vinyl.filter(pk=12).delete()
        assert stock(lambda: Depot.objects.get(code="lost").name) == "Made on the way"
        return
    with pytest.raises(NotSupportedError, match="Write beforehand"):
        Depot.vinyl.filter(pk=12).delete()
    assert Depot.vinyl.filter(pk=12).exists()
    assert Depot.vinyl.filter(code="lost").count() == 0


def test_an_object_loaded_without_the_column_that_others_point_to_is_deleted() -> None:
    depot = Depot.vinyl.only("name").get(pk=10)
    with recorded() as statements:
        _, per_model = depot.delete()
    assert per_model["shop.Parcel"] == 2
    assert depot.pk is None
    assert [s for s in statements if '"name"' in s or "`name`" in s] == []
    assert parcels(depot="d0") == []


def test_objects_that_are_compared_by_their_columns_are_deleted() -> None:
    parent = Busy.vinyl.create(title="parent")
    for title in ("one", "two"):
        child = Busy.vinyl.create(title=title, parent=parent)
        Busy.vinyl.create(title=f"below {title}", parent=child)
    with recorded() as statements:
        assert parent.delete() == (5, {"shop.Busy": 5})
    # Django reads the title of each child on its own.
    assert [sql.split()[0] for sql in statements].count("SELECT") == 3


def test_rows_asked_for_without_the_column_that_others_point_to_are_deleted() -> None:
    with recorded() as statements:
        _, per_model = Depot.vinyl.only("name").filter(pk__in=[10, 11, 12]).delete()
    assert per_model["shop.Depot"] == 3
    # What is missing is read in one query, where Django sends one for each object.
    missing = [s for s in statements if s.startswith("SELECT") and "code" in s.split("FROM")[0]]
    assert len([s for s in missing if " IN (" in s]) == 1


def test_a_child_that_goes_with_another_row_takes_all_its_parents_along() -> None:
    _, per_model = Depot.vinyl.filter(pk=10).delete()
    assert per_model["shop.Crate"] == per_model["shop.Container"] == per_model["shop.Marked"] == 1
    found = stock(lambda: [m.objects.count() for m in (Crate, Container, Marked)])
    assert found == [1, 2, 2]


def test_all_that_is_protected_is_named_not_only_the_first_batch() -> None:
    Slip.vinyl.create(parcel_id=1, depot_id=22)
    with pytest.raises(ProtectedError) as caught:
        Depot.vinyl.filter(pk__in=[20, 22]).delete()
    assert "'Parcel.kept', 'Slip.depot'" in str(caught.value)
    assert {type(obj)._meta.object_name for obj in caught.value.protected_objects} == {
        "Parcel",
        "Slip",
    }


def test_a_delete_in_a_block_that_fails_leaves_the_rows() -> None:
    track = Track.vinyl.get(pk=1)
    with pytest.raises(ZeroDivisionError):
        with vinyl.atomic():
            track.delete()
            raise ZeroDivisionError
    assert stock(lambda: Track.objects.filter(pk=1).count()) == 1
    # As in Django, the object does not hear of it.
    assert track.pk is None


def test_a_delete_on_another_database_stays_there() -> None:
    here = stock(lambda: Artist.objects.count())
    assert (Artist.vinyl.using("other").filter(pk=1).delete())[0] == 1
    artist = Artist.vinyl.using("other").get(pk=901)
    assert artist.delete() == (1, {"shop.Artist": 1})
    assert stock(lambda: Artist.objects.count()) == here


def test_an_on_delete_function_reads_of_each_object_what_was_left_out(monkeypatch) -> None:
    def keep_the_dear(collector, field, sub_objs, using):
        dear = [parcel for parcel in sub_objs if parcel.value > 5]
        collector.collect([p for p in sub_objs if p not in dear], source=field.remote_field.model)
        collector.add_field_update(field, None, dear)

    monkeypatch.setattr(Parcel._meta.get_field("near").remote_field, "on_delete", keep_the_dear)
    depot = Depot.vinyl.create(code="z", name="z")
    for number, value in enumerate((9, 1, 7, 2), 100):
        Parcel.vinyl.create(id=number, value=value, near=depot)
    depot.delete()
    left = [(each["id"], each["near_id"]) for each in parcels(pk__gte=100)]
    assert left == [(100, None), (102, None)]


def test_an_object_that_is_gone_and_was_loaded_in_part_cannot_be_deleted() -> None:
    depot = Depot.vinyl.create(code="z", name="z")
    # The code is what parcels refer to.
    part = Depot.vinyl.only("name").get(pk=depot.pk)
    depot.delete()
    with pytest.raises(Depot.DoesNotExist):
        part.delete()
