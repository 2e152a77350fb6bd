# Generated from tests/_async/test_regressions.py by `python tools/unasync_build.py`; never edit.
"""Rules that once were broken, in both modes."""

# ruff: noqa: PT012  what a transaction does with an error is seen around its whole block

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, IntegrityError, connections, models
from django.db.models.fields.files import ImageFieldFile
from django.db.models.lookups import Exact
from django.template import Context, Engine
from django.test.utils import override_settings, register_lookup

import vinyl
from tests._sync.recording import recorded
from tests.app.models import (
    Album,
    Artist,
    ChartEntry,
    Customer,
    Employee,
    Genre,
    Order,
    Patron,
    Person,
    Specimen,
    Tag,
    Track,
)
from tests.app.stock import stock
from vinyl import VinylManager

pytestmark = pytest.mark.usefixtures("db")

APP = __name__.replace(".", "_")


class Oops(Exception):
    """What the tests raise to break a block."""


def render(source: str, **context: Any) -> str:
    return Engine().from_string(source).render(Context(context))


def in_a_new_thread(function: Any) -> Any:
    """Call the function where Django connects anew."""

    def call() -> Any:
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as executor:
        return executor.submit(call).result()


# The statement cache of get()


def test_get_takes_its_conditions_in_any_order() -> None:
    first = stock(lambda: ChartEntry.objects.values("week", "place").first())
    found = ChartEntry.vinyl.get(week=first["week"], place=first["place"])
    assert found.pk == (first["week"], first["place"])


def test_get_by_a_text_and_a_foreign_key_in_any_order() -> None:
    expected = stock(lambda: Track.objects.values("pk", "title", "album_id").first())
    found = Track.vinyl.get(title=expected["title"], album=expected["album_id"])
    assert found.pk == expected["pk"]


def test_get_never_swaps_values_of_one_type() -> None:
    # The first pair is equal, so that the order in which they are bound cannot be seen in it.
    with pytest.raises(Track.DoesNotExist):
        Track.vinyl.get(position=7, disc=7, album=7)
    expected = stock(lambda: Track.objects.filter(album_id=1, position=2).values().first())
    found = Track.vinyl.get(position=2, disc=1, album=1)
    assert found.pk == expected["id"]


def test_an_update_never_hits_a_row_that_get_was_not_asked_for() -> None:
    a, b = stock(lambda: [Specimen.objects.create(name="x", big=x, integer=3 - x) for x in (1, 2)])
    with pytest.raises(Specimen.DoesNotExist):
        Specimen.vinyl.get(integer=5, big=5)
    found = Specimen.vinyl.get(integer=2, big=1)
    assert (found.pk, found.big, found.integer) == (a.pk, 1, 2)
    assert b.pk != a.pk


def test_get_uses_an_exact_lookup_registered_meanwhile() -> None:
    class Loose(Exact):
        """Compares without the first character."""

        lookup_name = "exact"

        def as_sql(self, compiler: Any, connection: Any) -> Any:
            return "1 = 0", []

    assert (Genre.vinyl.get(name="Pop")).pk == "pop"
    with register_lookup(models.CharField, Loose), pytest.raises(Genre.DoesNotExist):
        Genre.vinyl.get(name="Pop")
    assert (Genre.vinyl.get(name="Pop")).pk == "pop"


class EmptyIsNull(models.CharField):
    """Stores an empty text as NULL."""

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value) or None


class Slip(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=60)
    char = EmptyIsNull(max_length=200, null=True)

    vinyl = VinylManager()

    class Meta:
        managed = False
        db_table = Specimen._meta.db_table
        app_label = APP


def test_get_by_a_value_that_is_prepared_to_null_asks_for_null() -> None:
    key = stock(lambda: Specimen.objects.create(name="slip", char=None).pk)
    with pytest.raises(Slip.DoesNotExist):
        Slip.vinyl.get(char="something", name="slip")
    assert stock(lambda: Slip.objects.get(char="", name="slip").pk) == key
    assert (Slip.vinyl.get(char="", name="slip")).pk == key


def test_values_come_back_as_djangos_under_use_tz_false() -> None:
    key = stock(
        lambda: (
            Specimen.objects.create(
                name="tz", datetime=dt.datetime(2024, 7, 1, 12, tzinfo=dt.UTC)
            ).pk
        )
    )
    assert (Specimen.vinyl.get(pk=key)).datetime.tzinfo is not None
    with override_settings(USE_TZ=False):
        expected = in_a_new_thread(lambda: Specimen.objects.get(pk=key).datetime)
        assert (Specimen.vinyl.get(pk=key)).datetime == expected


# Templates


def test_a_template_cannot_delete_insert_or_save() -> None:
    genre = Genre.vinyl.create(code="tmpl", name="x")
    for name in ("delete", "insert", "save", "update", "adelete", "asave"):
        assert render("{{ genre." + name + " }}", genre=genre) == "", name
    assert stock(lambda: Genre.objects.filter(pk="tmpl").exists())


@pytest.mark.parametrize("name", ["delete", "insert", "save", "update", "adelete"])
def test_what_writes_an_object_is_marked_for_templates(name: str) -> None:
    assert getattr(getattr(Genre.vinyl.model, name), "alters_data", False)


@pytest.mark.parametrize(
    "name", ["create", "get_or_create", "update_or_create", "bulk_create", "update", "delete"]
)
def test_what_writes_by_a_queryset_is_marked_for_templates(name: str) -> None:
    assert getattr(getattr(Genre.vinyl.all(), name), "alters_data", False)


# Objects


def test_update_or_create_sets_what_fields_set_at_each_save() -> None:
    before = stock(lambda: Order.objects.order_by("pk").values("number", "changed").first())
    Order.vinyl.update_or_create({"note": "x"}, number=before["number"])
    after = stock(lambda: Order.objects.values("note", "changed").get(number=before["number"]))
    assert after["note"] == "x"
    assert after["changed"] > before["changed"]


def test_update_or_create_leaves_alone_what_was_not_loaded() -> None:
    columns = ("number", "created", "changed", "placed", "note")
    before = stock(lambda: Order.objects.order_by("pk").values(*columns).first())
    with recorded() as statements:
        order, created = Order.vinyl.only("number").update_or_create(
            {"note": "x"}, number=before["number"]
        )
    assert [sql.split()[0] for sql in statements] == ["SELECT", "UPDATE"]
    assert (created, order.note) == (False, "x")
    after = stock(lambda: Order.objects.values(*columns).get(number=before["number"]))
    assert after.pop("changed") > before.pop("changed")
    assert after == {**before, "note": "x"}


def test_update_or_create_of_nothing_writes_nothing() -> None:
    with recorded() as statements:
        _, created = Genre.vinyl.update_or_create(code="pop")
    assert created is False
    assert [sql for sql in statements if sql.startswith("UPDATE")] == []


class Singer(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)

    vinyl = VinylManager()

    class Meta:
        managed = False
        db_table = Artist._meta.db_table
        app_label = APP

    @property
    def title(self) -> str:
        return f"Dame {self.name}"

    @title.setter
    def title(self, value: str) -> None:
        self.name = value.removeprefix("Dame ")

    def __getitem__(self, key: Any) -> Any:
        return ("own", key)


def test_update_or_create_takes_a_property_as_django_does() -> None:
    obj, created = Singer.vinyl.update_or_create({"title": "Dame Shirley"}, pk=1)
    assert (obj.name, created) == ("Shirley", False)
    assert stock(lambda: Artist.objects.get(pk=1).name) == "Shirley"


def test_a_models_own_items_hold_where_the_name_is_no_relation() -> None:
    singer = Singer.vinyl.get(pk=1)
    assert singer["anything"] == ("own", "anything")


def test_an_insert_that_fails_leaves_the_key_as_it_was() -> None:
    taken = Person.vinyl.create(name="x", email="taken@example.org")
    person = Person.vinyl(name="y", email=taken.email)
    with pytest.raises(IntegrityError):
        person.insert()
    assert (person.pk, person._state.adding, person._state.db) == (None, True, None)


def test_an_insert_that_fails_in_the_childs_table_leaves_the_key_as_it_was() -> None:
    customer = Customer.vinyl(name="y", favourite_id=987654)
    customer.credit = None
    with pytest.raises(IntegrityError):
        customer.insert()
    assert (customer.pk, customer.id) == (None, None)
    assert (customer._state.adding, customer._state.db) == (True, None)


def test_the_second_try_of_such_an_insert_inserts_both_rows() -> None:
    before = stock(Person.objects.count)
    customer = Customer.vinyl(name="y", credit=None)
    with pytest.raises(IntegrityError):
        customer.insert()
    customer.credit = Decimal(1)
    with recorded() as statements:
        customer.insert()
    assert [sql.split()[0] for sql in statements] == ["INSERT", "INSERT"]
    assert stock(Person.objects.count) == before + 1


def test_a_bulk_create_that_fails_leaves_the_objects_as_they_were() -> None:
    genres = [Genre.vinyl(code="bulk", name="a"), Genre.vinyl(code="pop", name="b")]
    with pytest.raises(IntegrityError):
        Genre.vinyl.bulk_create(genres, batch_size=1)
    assert [genre._state.adding for genre in genres] == [True, True]
    assert stock(lambda: Genre.objects.filter(pk="bulk").exists()) is False


def test_a_new_objects_generic_relation_is_reached() -> None:
    kind = stock(lambda: ContentType.objects.get_for_model(Album))
    tag = Tag.vinyl(name="x", content_type_id=kind.pk, object_id=1)
    assert (tag.target).pk == 1


def test_a_generic_relation_is_assigned_before_its_type_is_known() -> None:
    album = Album.vinyl.get(pk=1)
    ContentType.objects.clear_cache()
    tag = Tag.vinyl(name="x", target=album)
    tag.insert()
    assert stock(lambda: Tag.objects.get(pk=tag.pk).object_id) == 1


def test_an_inherited_relation_to_a_sibling_table_is_a_relation() -> None:
    customer = Customer.vinyl.order_by("pk").first()
    with pytest.raises(vinyl.NotLoaded):
        customer["as_employee"]


def test_an_inherited_relation_to_a_sibling_table_is_queried() -> None:
    both = stock(lambda: Employee.objects.order_by("pk").first().pk)
    stock(lambda: Customer(person_ptr_id=both).save_base(raw=True, force_insert=True))
    customer = Customer.vinyl.get(pk=both)
    assert (customer.as_employee).pk == both
    assert (customer.R("as_employee")).pk == both


def test_errors_of_an_object_can_be_pickled() -> None:
    error = Album.vinyl.model.NotUpdated("gone")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, vinyl.NotUpdated)
    assert str(again) == "gone"


def test_copies_of_an_object_write_to_the_same_row() -> None:
    genre = Genre.vinyl.get(pk="pop")
    for other in (copy.copy(genre), copy.deepcopy(genre), pickle.loads(pickle.dumps(genre))):
        assert type(other) is type(genre)
        assert other == genre
        other.update(name="Popular")
        assert other._state is not genre._state
        genre.update(name="Pop")


def test_an_object_with_a_loaded_relation_that_is_null_can_be_compared() -> None:
    album = Album.vinyl.select_related("producer").get(pk=1)
    assert album["producer"] is None
    assert album.producer is None


def test_refreshing_a_relation_by_name_drops_the_loaded_one() -> None:
    album = Album.vinyl.select_related("artist").get(pk=1)
    stock(lambda: Album.objects.filter(pk=1).update(artist=2))
    album.refresh_from_db(fields=["artist"])
    assert album.artist_id == 2
    assert (album.artist).pk == 2


def test_a_delete_of_a_child_leaves_it_as_django_does() -> None:
    def by_django() -> Any:
        child = Customer.objects.create(name="gone")
        child.delete()
        return child.pk is None, child.id is None, child._state.adding

    expected = stock(by_django)
    child = Customer.vinyl.create(name="gone")
    child.delete()
    assert (child.pk is None, child.id is None, child._state.adding) == expected


# Connections and transactions


def test_the_default_connection_can_be_told_to_record() -> None:
    vinyl.connection.force_debug_cursor = True
    try:
        assert vinyl.connections["default"].force_debug_cursor is True
        Genre.vinyl.count()
        assert "COUNT" in vinyl.connection.queries[-1]["sql"]
    finally:
        vinyl.connection.force_debug_cursor = False
        vinyl.connections["default"].force_debug_cursor = False


def test_blocks_of_two_databases_may_end_in_any_order() -> None:
    one, two = vinyl.atomic(), vinyl.atomic("other")
    one.__enter__()
    two.__enter__()
    Genre.vinyl.create(code="two", name="x")
    one.__exit__(None, None, None)
    Artist.vinyl.using("other").create(name="x")
    two.__exit__(None, None, None)
    assert stock(lambda: Genre.objects.filter(pk="two").exists())


def test_one_block_object_serves_nested_blocks() -> None:
    block = vinyl.atomic()
    with pytest.raises(Oops):
        with block:
            Genre.vinyl.create(code="one", name="x")
            with block:
                Genre.vinyl.create(code="two", name="x")
            raise Oops
    assert stock(lambda: Genre.objects.filter(name="x").count()) == 0


def test_an_error_in_a_block_without_savepoint_condemns_the_block_around() -> None:
    with vinyl.atomic():
        Genre.vinyl.create(code="one", name="x")
        with pytest.raises(Oops):
            with vinyl.atomic(savepoint=False):
                raise Oops
        assert vinyl.get_rollback() is True
        with pytest.raises(DatabaseError):
            Genre.vinyl.count()
        vinyl.set_rollback(False)
        assert Genre.vinyl.filter(pk="one").exists()
        vinyl.set_rollback(True)
    assert not stock(lambda: Genre.objects.filter(pk="one").exists())


def test_a_hook_that_fails_stops_the_others_as_in_django() -> None:
    seen: list[str] = []

    def fails() -> None:
        raise Oops

    with pytest.raises(Oops):
        with vinyl.atomic():
            Genre.vinyl.create(code="one", name="x")
            vinyl.on_commit(lambda: seen.append("robust"), robust=True)
            vinyl.on_commit(fails)
            vinyl.on_commit(lambda: seen.append("after"))
    assert seen == ["robust"]
    assert stock(lambda: Genre.objects.filter(pk="one").exists())


def test_a_hook_can_query_and_open_a_block() -> None:
    seen: list[Any] = []

    def hook() -> None:
        seen.append(vinyl.connection.in_atomic_block)
        with vinyl.atomic(durable=True):
            seen.append(Genre.vinyl.filter(pk="one").count())

    with vinyl.atomic():
        Genre.vinyl.create(code="one", name="x")
        vinyl.on_commit(hook)
    assert seen == [False, 1]


# What a model brings along


class Shelf(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)

    vinyl = VinylManager()

    class Meta:
        managed = False
        app_label = APP
        db_table = Artist._meta.db_table

    def __iter__(self) -> Any:
        return iter(self.name)


class Measured(ImageFieldFile):
    """An image whose size is told, not read."""

    def _get_image_dimensions(self) -> tuple[int, int]:
        return len(self.name), 8


class Picture(models.ImageField):
    attr_class = Measured


class Sleeve(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = Picture(max_length=100, width_field="width")
    width = models.FloatField(null=True, db_column="rating")

    vinyl = VinylManager()

    class Meta:
        managed = False
        app_label = APP
        db_table = Artist._meta.db_table


def test_objects_are_not_iterable_unless_their_model_is() -> None:
    genre = Genre.vinyl.get(pk="pop")
    for touch in (iter, list, lambda obj: "name" in obj):
        with pytest.raises(TypeError, match="iter"):
            touch(genre)
    shelf = Shelf.vinyl.get(pk=1)
    assert "".join(shelf) == shelf.name


def test_the_size_of_an_image_is_set_as_the_object_is_made() -> None:
    sleeve = Sleeve.vinyl(name="four")
    assert sleeve.width == 4
    sleeve.name = "longer"
    assert sleeve.width == 6
    assert {sleeve.width is None for sleeve in Sleeve.vinyl.all()} == {False}


def test_a_parent_is_made_of_the_columns_that_a_child_has_loaded() -> None:
    with recorded() as statements:
        patron = Patron.vinyl.fetch_mode(vinyl.FETCH_PEERS).first()
        customer = patron.customer_ptr
        assert customer is patron["customer_ptr"] is patron.customer_ptr
        assert customer.patron is patron
        assert customer.person_ptr.name == patron.name
        assert customer._state.fetch_mode is vinyl.FETCH_PEERS
    assert len(statements) == 1
    patron.update(name="renamed")
    assert (patron.customer_ptr).name in {"renamed", customer.name}
    partly = Patron.vinyl.only("level").first()
    with recorded() as statements:
        assert (partly.customer_ptr).credit == patron.credit
    assert len(statements) == 1


def test_a_new_child_is_updated_by_the_key_of_any_of_its_tables() -> None:
    patron = Patron.vinyl.first()
    key = patron.pk
    for given in ({"id": key}, {"person_ptr_id": key}, {"customer_ptr_id": key}):
        Patron.vinyl(**given, name=str(given)).update(level=3)
        Patron.vinyl(**given, name=str(given)).save(update_fields=["name"])
        again = Patron.vinyl.get(pk=key)
        assert (again.level, again.name) == (3, str(given))
    with pytest.raises(Patron.vinyl.model.NotUpdated, match="Save with update_fields did not"):
        Patron.vinyl(id=999_999).save(update_fields=["name"])


class Bare(models.Model):
    """A table of which nothing but the key is known."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        managed = False
        app_label = APP
        db_table = Person._meta.db_table


class BareCustomer(Bare):
    link = models.OneToOneField(
        Bare, models.CASCADE, parent_link=True, primary_key=True, db_column="person_ptr_id"
    )

    vinyl = VinylManager()

    class Meta:
        managed = False
        app_label = APP
        db_table = Customer._meta.db_table


def test_saving_an_object_with_nothing_to_update_asks_whether_it_is_there() -> None:
    there = BareCustomer.vinyl.first()
    with recorded() as statements:
        there.save()
    assert len([sql for sql in statements if sql.startswith("SELECT")]) == 1
    gone = BareCustomer.vinyl.model.from_db("default", ["id", "link_id"], [999_999, 999_999])
    with pytest.raises(BareCustomer.vinyl.model.NotUpdated):
        gone.save()


class Named(models.Model):
    """The people again, so that no relation of theirs is added."""

    name = models.CharField(max_length=100)

    class Meta:
        managed = False
        app_label = APP
        db_table = Person._meta.db_table


class NamedCustomer(Named):
    """A child whose own table has no columns to update."""

    link = models.OneToOneField(
        Named, models.CASCADE, parent_link=True, primary_key=True, db_column="person_ptr_id"
    )

    vinyl = VinylManager()

    class Meta:
        managed = False
        app_label = APP
        db_table = Customer._meta.db_table


def test_saving_a_child_without_columns_asks_whether_its_row_is_there() -> None:
    there = NamedCustomer.vinyl.first()
    with recorded() as statements:
        there.save()
        there.save(update_fields=["name"])
    assert [sql.split()[0] for sql in statements] == ["UPDATE", "SELECT", "UPDATE"]
    person = Person.vinyl(name="No customer")
    person.insert()
    gone = NamedCustomer.vinyl.model.from_db(
        "default", ["id", "name", "link_id"], [person.pk, "changed", person.pk]
    )
    with pytest.raises(NamedCustomer.vinyl.model.NotUpdated):
        gone.save()


def test_an_update_that_misses_the_childs_row_leaves_the_parents_as_it_was() -> None:
    person = Person.vinyl(name="No customer")
    person.insert()
    customer = Customer.vinyl(id=person.pk, name="changed", credit=1)
    for save in (customer.save, lambda: customer.update(name="changed", credit=2)):
        with pytest.raises(Customer.vinyl.model.NotUpdated):
            save()
        assert (Person.vinyl.get(pk=person.pk)).name == "No customer"


def test_an_update_that_has_written_nothing_leaves_the_block_as_it_was() -> None:
    with vinyl.atomic():
        with pytest.raises(Customer.vinyl.model.NotUpdated):
            Customer.vinyl(id=4000, name="changed", credit=1).save()
        assert Person.vinyl.exists()


def test_a_block_in_which_an_update_missed_the_childs_row_is_rolled_back() -> None:
    person = Person.vinyl.create(name="No customer")
    customer = Customer.vinyl(id=person.pk, name="changed", credit=1)
    with vinyl.atomic():
        with pytest.raises(Customer.vinyl.model.NotUpdated):
            customer.save()
    assert (Person.vinyl.get(pk=person.pk)).name == "No customer"


def test_the_key_of_no_table_of_an_object_can_be_updated() -> None:
    patron = Patron.vinyl.first()
    for name in ("id", "person_ptr", "customer_ptr_id", "pk", "nope", "playlists"):
        with pytest.raises(ValueError, match=f"or are non-concrete fields: {name}"):
            patron.save(update_fields=[name])


# Wrong arguments


def test_an_unknown_field_is_named() -> None:
    for wrong in (
        lambda: Genre.vinyl.filter(nope=1),
        lambda: Genre.vinyl.order_by("nope"),
        lambda: Genre.vinyl(nope=1),
    ):
        with pytest.raises(Exception, match="nope") as caught:
            wrong()
        assert type(caught.value).__module__ != "vinyl"
    genre = Genre.vinyl.get(pk="pop")
    with pytest.raises(ValueError, match="nope"):
        genre.update(name="changed", nope=1)
    assert genre.name == "Pop"


def test_an_unknown_alias_is_named() -> None:
    for wrong in (
        lambda: Genre.vinyl.using("nope").count(),
        lambda: Genre.vinyl(code="x").insert(using="nope"),
    ):
        with pytest.raises(Exception, match="nope"):
            wrong()
    with pytest.raises(Exception, match="nope"):
        with vinyl.atomic("nope"):
            Genre.vinyl.count()


def test_objects_of_djangos_serve_as_values() -> None:
    artist = stock(lambda: Artist.objects.get(pk=1))
    album = Album.vinyl.filter(artist=artist).first()
    assert album.artist_id == 1
    album.artist = artist
    assert album.artist is artist
    assert Artist.vinyl.get(pk=1) == artist
    assert hash(Artist.vinyl.get(pk=1)) == hash(artist)
    assert Artist.vinyl.contains(artist)
    assert Album.vinyl.get(artist=artist, pk=1) == album


def test_json_says_what_it_cannot_write() -> None:
    genre = Genre.vinyl.get(pk="pop")
    with pytest.raises(TypeError, match="Genre"):
        json.dumps(genre)
