"""What is linked and unlinked in relations to many, decided with no database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.app.models import Album, Artist, Credit, Label
from vinyl.plans.relating import (
    Inserts,
    changes,
    check_instance,
    check_saved,
    keys_to_unlink,
    rows_between,
    target_key,
    target_keys,
)


def related(**attributes: Any) -> Any:
    return SimpleNamespace(**attributes)


def saved(obj: Any, using: str = "default") -> Any:
    obj._state.adding, obj._state.db = False, using
    return obj


@pytest.mark.parametrize(
    ("wanted", "held", "new", "gone"),
    [
        ([], set(), [], set()),
        ([1, 2], set(), [1, 2], set()),
        ([], {1, 2}, [], {1, 2}),
        ([2, 3], {1, 2}, [3], {1}),
        # As in Django, what is wanted twice is linked again, which changes nothing.
        ([1, 1], {1}, [1], set()),
    ],
)
def test_only_what_differs_changes(wanted: Any, held: Any, new: Any, gone: Any) -> None:
    assert changes(wanted, held) == (new, gone)


def test_what_is_held_is_left_as_it_is() -> None:
    held = {"1", "2"}
    assert changes([1], held, str) == ([], {"2"})
    assert held == {"1", "2"}


def test_what_is_new_is_given_as_it_came() -> None:
    assert changes([1, 2], {"1"}, str) == ([2], set())


def test_another_models_object_is_refused() -> None:
    check_instance(Album(), Album)
    with pytest.raises(TypeError, match="'Album' instance expected, got 1"):
        check_instance(1, Album)


def test_what_has_no_row_there_is_refused() -> None:
    check_saved(saved(Artist()), "default")
    for obj in (Artist(), saved(Artist(), "other")):
        with pytest.raises(ValueError, match=r"instance isn't saved\. Use bulk=False"):
            check_saved(obj, "default")


def test_only_an_instances_own_objects_are_unlinked() -> None:
    manager = related(
        field=Artist._meta.get_field("label"), model=Artist, instance=Label(code="ecm", name="ECM")
    )
    own, other = Artist(pk=1, label_id="ecm"), Artist(pk=2, label_id="olo", name="Other")
    assert keys_to_unlink(manager, [own, own]) == {1}
    with pytest.raises(Label.DoesNotExist, match="<Artist: Other> is not related to <Label: ECM>"):
        keys_to_unlink(manager, [own, other])
    with pytest.raises(TypeError, match="'Artist' instance expected"):
        keys_to_unlink(manager, [1])


def test_objects_stand_for_their_keys() -> None:
    manager = related(target_field=Credit._meta.get_field("artist"), model=Artist)
    assert target_keys(manager, [Artist(pk=1), 2, "3"]) == {1, 2, "3"}
    assert [target_key(manager, obj) for obj in (Artist(pk=1), 2, "3")] == [1, 2, 3]


def test_rows_between_get_defaults_and_both_keys() -> None:
    (row,) = rows_between(Credit, ("track", 5), "artist", [7], {"role": "bass"})
    assert (row.track_id, row.artist_id, row.role) == (5, 7, "bass")


def test_inserts_are_taken_back() -> None:
    artist = Artist(name="x")
    inserts = Inserts()
    inserts.note(artist)
    artist.pk = 5
    artist.sort_name = "changed"
    saved(artist)
    inserts.take_back()
    assert (artist.pk, artist.sort_name, artist.name) == (None, "", "x")
    assert (artist._state.adding, artist._state.db) == (True, None)
