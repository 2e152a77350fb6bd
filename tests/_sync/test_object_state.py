# Generated from tests/_async/test_object_state.py by `python tools/unasync_build.py`; never edit.
"""An object after each outcome of a write, and what is refused."""

from __future__ import annotations

import pickle

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError
from django.db.models import ProtectedError, RestrictedError
from django.db.models.fields.files import FieldFile

from tests._sync.recording import recorded
from tests.app.models import Album, Artist, ChartEntry, Customer, Employee, Patron, Person, Tag
from tests.app.stock import stock
from tests.app.written import MEMORY, Creation, Film, Poster, Ticket

pytestmark = pytest.mark.usefixtures("db")


def test_a_failed_insert_leaves_a_new_object() -> None:
    Film.vinyl.create(name="Film", reels=1)
    film = Film.vinyl(name="Other", reels=1)
    before = {name: value for name, value in vars(film).items() if name != "_state"}
    with pytest.raises(IntegrityError):
        film.insert()
    assert {name: value for name, value in vars(film).items() if name != "_state"} == before
    assert film._state.adding
    assert film._state.db is None
    assert film.pk is None
    # No row of the parents has been left, and the object can be inserted yet.
    assert Creation.vinyl.count() == 1
    film.reels = 2
    film.insert()
    assert (film._state.adding, film._state.db) == (False, "default")


def test_a_failed_update_leaves_the_state() -> None:
    Film.vinyl.create(name="Film", reels=1)
    film = Film.vinyl.create(name="Other", reels=2)
    with pytest.raises(IntegrityError):
        film.update(reels=1, name="New")
    assert (film.reels, film.name, film._state.adding) == (1, "New", False)
    assert stock(lambda: Creation.objects.get(pk=film.pk).name) == "Other"


def test_a_failed_delete_leaves_the_key() -> None:
    artist = Artist.vinyl.get(pk=1)
    with pytest.raises(ProtectedError):
        artist.delete()
    assert artist.pk == 1


def test_what_is_in_the_way_of_deleting_is_of_this_twin() -> None:
    artist = Artist.vinyl.get(pk=1)
    with pytest.raises(ProtectedError) as caught:
        artist.delete()
    assert {type(obj) for obj in caught.value.protected_objects} <= {
        type(obj)._twin.model_of(obj._meta.model) for obj in caught.value.protected_objects
    }
    assert caught.value.args[1] is caught.value.protected_objects
    one = min(caught.value.protected_objects, key=lambda obj: obj.pk)
    one.refresh_from_db(fields=["artist" if hasattr(one, "artist_id") else "quantity"])
    with pytest.raises(ProtectedError) as caught:
        Artist.vinyl.filter(pk=1).delete()
    assert {hasattr(obj, "insert") for obj in caught.value.protected_objects} == {True}
    boss = Employee.vinyl.exclude(staff=None).order_by("pk").first()
    with pytest.raises(RestrictedError) as restricted:
        boss.delete()
    assert {hasattr(obj, "insert") for obj in restricted.value.restricted_objects} == {True}


def test_deleting_takes_the_keys_of_loaded_parents() -> None:
    patron = Patron.vinyl.get(pk=6)
    parent = patron.customer_ptr = Customer.vinyl.get(pk=6)
    grandparent = parent.person_ptr = Person.vinyl.get(pk=6)
    patron.delete()
    assert (patron.pk, parent.pk, grandparent.pk) == (None, None, None)


@pytest.mark.parametrize("name", ["pk", "id", "customer_ptr", "customer_ptr_id"])
def test_a_primary_key_is_not_updated(name: str) -> None:
    patron = Patron.vinyl.get(pk=6)
    with recorded() as statements, pytest.raises(ValueError, match="cannot be updated"):
        patron.update(**{name: 7})
    assert statements == []
    assert patron.pk == patron.id == 6


def test_no_part_of_a_composite_key_is_updated() -> None:
    entry = ChartEntry.vinyl.first()
    for values in ({"place": 9}, {"pk": (entry.week, 9)}):
        with pytest.raises(ValueError, match="primary key"):
            entry.update(**values)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Album, "genres"),
        (Album, "tracks"),
        (Album, "tags"),
        (Album, "chart"),
        (Artist, "profile"),
        (Artist, "initials"),
        (Customer, "patron"),
        (Tag, "target"),
        (Album, "nothing"),
    ],
)
def test_what_is_no_column_is_not_updated(model, name: str) -> None:
    obj = model.vinyl.order_by("pk").first()
    before = vars(obj).copy()
    with recorded() as statements, pytest.raises(ValueError, match=f"no column '{name}'"):
        obj.update(**{name: None})
    with pytest.raises(ValueError, match=f"no column '{name}'"):
        obj.save(update_fields=[name])
    assert statements == []
    assert vars(obj) == before


def test_a_generated_column_is_not_updated() -> None:
    ticket = Ticket.vinyl.create()
    with pytest.raises(ValueError, match="The database generates 'doubled'"):
        ticket.update(doubled=1)


def test_arguments_are_those_of_the_model() -> None:
    with pytest.raises(TypeError, match=r"Artist\(\) got unexpected keyword arguments: 'nme'"):
        Artist.vinyl(nme="x")
    assert Artist.vinyl(1, "By place").name == "By place"
    assert Ticket.vinyl(euros=3).price == 3


def test_a_failed_insert_leaves_the_parent_that_was_assigned() -> None:
    person = Person.vinyl.create(name="p")
    employee = Employee.vinyl(person=person, salary=-1)
    with pytest.raises(DatabaseError):
        employee.insert()
    assert employee["person"] is person
    with pytest.raises(DatabaseError):
        Employee.vinyl.bulk_create([employee])
    assert employee["person"] is person


def test_a_file_updates_its_object() -> None:
    def stored() -> str:
        return stock(lambda: Poster.objects.get(pk=poster.pk).image.name)

    poster = Poster.vinyl.create(title="a")
    poster.image.save("x.txt", ContentFile(b"abc"))
    name = poster.image.name
    assert stored() == name
    assert MEMORY.exists(name)
    again = pickle.loads(pickle.dumps(Poster.vinyl.get(pk=poster.pk)))
    assert again.image == poster.image
    again.image.delete()
    assert (stored(), bool(again.image)) == ("", False)
    assert not MEMORY.exists(name)
    again.image.delete()
    again.image.save("y.txt", ContentFile(b"abc"), save=False)
    assert stored() == ""
    again.update(image=again.image)
    assert stored() == again.image.name
    assert type(again.as_django().image) is FieldFile
    with pytest.raises(ValueError, match=r"await obj\.insert"):
        Poster.vinyl(title="new").image.save("z.txt", ContentFile(b"abc"))
