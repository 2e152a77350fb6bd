"""Validation: Django's checks and errors, each of the project's methods called once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import connections as django_connections
from django.db.models import CheckConstraint, F, Func, IntegerField, Q

import vinyl
from tests._async.recording import recorded
from tests.app import written
from tests.app.models import Album, Artist, Clip, Footnote, Genre, Label, Track
from tests.app.stock import stock
from tests.app.written import CheckedAlbum, CuratedVenue, Hall, StrictVenue, Venue, WholeVenue

OPENED = dt.date(2023, 1, 1)

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def calls():
    written.calls.clear()
    return written.calls


def new_venue(model=Venue, **values):
    given = {"code": "hall", "name": "Hall", "city": "Bern", "opened": dt.date(2024, 2, 29)}
    return model.vinyl(**given | values)


async def test_what_is_valid_raises_nothing(calls) -> None:
    venue = new_venue(name=" Hall ", seats="12", label_id="ecm")
    assert await venue.full_clean() is None
    assert (venue.name, venue.seats) == ("Hall", 12)
    assert calls == [("clean", " Hall ")]


async def test_all_errors_come_together_with_djangos_codes(calls) -> None:
    await new_venue().insert()
    venue = new_venue(label_id="none", seats=-1, size="x", city="")
    with pytest.raises(ValidationError) as caught:
        await venue.full_clean()
    found = {name: [e.code for e in errors] for name, errors in caught.value.error_dict.items()}
    assert found == {
        "label": ["invalid"],
        "size": ["invalid_choice"],
        "code": ["unique"],
        "name": ["unique_for_date"],
        NON_FIELD_ERRORS: [None],
    }
    assert len(calls) == 1


async def test_an_error_is_about_the_object() -> None:
    await new_venue().insert()
    venue = new_venue(name="Other")
    with pytest.raises(ValidationError) as caught:
        await venue.validate_unique()
    (error,) = caught.value.error_dict["code"]
    assert error.params["model"] is venue


async def test_excluded_fields_are_not_asked_about() -> None:
    venue = new_venue(label_id="none")
    with recorded() as statements:
        await venue.clean_fields(exclude={"label"})
    assert statements == []
    await venue.full_clean(exclude=["label"], validate_unique=False, validate_constraints=False)


async def test_each_query_is_sent_once() -> None:
    artist = await Artist.vinyl.get(pk=1)
    album = Album.vinyl(title="New", artist=artist, producer_id=2, year=2000, price=1)
    with recorded() as statements:
        await album.clean_fields(exclude=["cover", "number", "notes"])
    assert len(statements) == 2
    with recorded() as statements:
        await album.validate_unique()
    assert len(statements) == 1
    with recorded() as statements:
        await album.validate_constraints()
    assert len(statements) == 2


async def test_fields_that_were_left_out_are_read_in_one_query() -> None:
    album = await Album.vinyl.only("title").get(pk=1)
    with recorded() as statements:
        await album.clean_fields(exclude=["artist", "producer", "cover", "notes"])
    assert len(statements) == 1
    assert album.get_deferred_fields() == {
        *("artist_id", "producer_id", "cover", "notes", "title_upper")
    }


async def test_a_child_answers_for_its_parents() -> None:
    await new_venue(Hall, number=1).insert()
    with pytest.raises(ValidationError) as caught:
        await new_venue(Hall, number=1, seats=1, city="").full_clean()
    assert set(caught.value.error_dict) == {"code", "number", "name"}


async def test_an_object_is_not_in_its_own_way() -> None:
    venue = new_venue()
    await venue.insert()
    await venue.full_clean()


async def test_each_query_goes_to_its_own_database(settings_router) -> None:
    venue = new_venue(label_id="ecm")
    with recorded("other") as others, recorded() as own, pytest.raises(ValidationError) as caught:
        await venue.full_clean()
    # The label is in the one database only.
    assert set(caught.value.error_dict) == {"label"}
    assert any("shop_label" in statement for statement in others)
    assert all("shop_label" not in statement for statement in own)
    assert any("shop_venue" in statement for statement in own)


class LabelsElsewhere:
    """Reads labels from another database, and compares classes as routers may."""

    def db_for_read(self, model, **hints):
        assert model.__module__ != "vinyl.model"
        return "other" if model.__name__ == "Label" else None

    def db_for_write(self, model, **hints):
        assert model.__module__ != "vinyl.model"
        return


@pytest.fixture
def settings_router(monkeypatch):
    from django.db import router

    monkeypatch.setattr(router, "routers", [LabelsElsewhere()])


async def test_djangos_connections_are_left_as_they_were() -> None:
    before = django_connections.all(initialized_only=True)
    with pytest.raises(ValidationError):
        await new_venue(label_id="none").full_clean()
    after = django_connections.all(initialized_only=True)
    assert list(map(id, after)) == list(map(id, before))


# What a project overrides


async def test_overridden_parts_run_as_in_django(calls) -> None:
    venue = new_venue(StrictVenue, seats=8, label_id="ecm", city="Bern")
    await venue.full_clean()
    # Each adds one, though it was run again after each of its queries.
    assert (venue.seats, venue.standing) == (9, 1)
    assert calls == [("clean", "Hall")]


async def test_an_overridden_part_may_query_as_in_django() -> None:
    await new_venue(seats=9).insert()
    venue = new_venue(StrictVenue, code="b", name="B", city="Atlantis", seats=1, opened=OPENED)
    with pytest.raises(ValidationError) as caught:
        await venue.full_clean()
    assert caught.value.message_dict == {"city": ["Sunk."]}
    venue.city = "Thun"
    await venue.validate_unique()
    venue.seats = 9
    with pytest.raises(ValidationError) as caught:
        await venue.validate_unique(exclude={"city"})
    assert caught.value.message_dict == {"seats": ["As many as elsewhere."]}


async def test_an_overridden_full_clean_takes_each_step_once(calls) -> None:
    venue = new_venue(WholeVenue, label_id="ecm")
    await venue.full_clean()
    assert (venue.seats, venue.standing) == (1, 1)
    assert calls == [("clean", "Hall")]
    venue.name = "closed"
    with pytest.raises(ValidationError) as caught:
        await venue.full_clean()
    assert caught.value.message_dict == {"name": ["Closed for ever."]}
    assert (venue.seats, venue.standing) == (2, 1)


async def test_a_class_of_the_users_may_query_in_its_clean(calls) -> None:
    venue = new_venue(CuratedVenue, name="New")
    await venue.full_clean()
    assert venue.checked == ["clean_fields", "clean", "validate_unique"]
    assert calls == [("clean", "New")]
    await new_venue(code="x", name="New", city="", opened=dt.date(2023, 1, 1)).insert()
    with pytest.raises(ValidationError) as caught:
        await venue.full_clean()
    assert caught.value.message_dict == {NON_FIELD_ERRORS: ["The name is taken."]}


# Inside transactions


async def test_validation_sees_its_transaction() -> None:
    async with vinyl.atomic():
        await new_venue().insert()
        with pytest.raises(ValidationError):
            await new_venue().full_clean()
        vinyl.set_rollback(True)
    await new_venue().full_clean()


class Broken(Func):
    """An expression that every database fails to evaluate."""

    template = "no_such_function(%(expressions)s)"
    output_field = IntegerField()


async def test_a_check_that_the_database_cannot_answer_passes_and_harms_nothing(
    monkeypatch, caplog
) -> None:
    broken = CheckConstraint(condition=Q(seats__gt=Broken(F("seats"))), name="broken")
    monkeypatch.setattr(Venue._meta, "constraints", [broken])
    async with vinyl.atomic():
        await new_venue().validate_constraints()
        assert await Venue.vinyl.count() == 0
    assert "Got a database error calling check()" in caplog.text


# The objects before and after


async def test_the_next_object_is_of_this_twin() -> None:
    for month in (1, 2):
        opened = dt.date(2024, month, 1)
        await new_venue(code=f"c{month}", name=str(month), seats=month, opened=opened).insert()
    first, second = await Venue.vinyl.order_by("opened")
    with recorded() as statements:
        found = await first.get_next_by_opened()
    assert len(statements) == 1
    assert type(found) is type(first)
    assert found == second
    assert await second.get_previous_by_opened(seats=1) == first
    with pytest.raises(Venue.DoesNotExist, match="Venue matching query does not exist"):
        await second.get_next_by_opened()
    with pytest.raises(ValueError, match="cannot be used on unsaved objects"):
        await new_venue().get_next_by_opened()


async def test_the_next_in_order_is_kept() -> None:
    for url in "ab":
        await Clip.vinyl.create(track_id=4, url=f"https://{url}.example")
    clips = list(await Clip.vinyl.filter(track=4))
    first, second = clips[-2:]
    with recorded() as statements:
        assert await first.get_next_in_order() == second
        assert await first.get_next_in_order() == second
    assert len(statements) == 1
    assert type(await second.get_previous_in_order()) is type(first)
    with pytest.raises(Clip.DoesNotExist):
        await clips[0].get_previous_in_order()


async def test_what_is_ordered_by_a_generic_relation_needs_no_content_type_loaded() -> None:
    of_track = stock(lambda: ContentType.objects.get_for_model(Track))
    shared = {"content_type_id": of_track.pk, "object_id": 4}
    one = await Footnote.vinyl.create(text="one", **shared)
    two, other = await Footnote.vinyl.bulk_create(
        [
            Footnote.vinyl(text="two", **shared),
            Footnote.vinyl(text="other", content_type_id=of_track.pk, object_id=12),
        ]
    )
    three = await Footnote.vinyl.create(text="three", **shared)
    assert [each._order for each in (one, two, three, other)] == [0, 1, 2, 0]
    two = await Footnote.vinyl.get(text="two")
    assert await two.get_next_in_order() == three
    assert await two.get_previous_in_order() == one
    with pytest.raises(Footnote.DoesNotExist):
        await three.get_next_in_order()


async def test_the_order_of_the_children_is_a_queryset_of_keys() -> None:
    await Clip.vinyl.create(track_id=4, url="https://a.example")
    track = await Track.vinyl.get(pk=4)
    keys = list(await track.get_clip_order())
    assert keys == stock(lambda: list(Track.objects.get(pk=4).get_clip_order()))
    assert await track.get_clip_order().count() == len(keys) == 3


async def test_the_order_of_the_children_is_set() -> None:
    await Clip.vinyl.create(track_id=4, url="https://a.example")
    track = await Track.vinyl.get(pk=4)
    keys = list(await track.get_clip_order())
    with recorded() as statements:
        await track.set_clip_order(keys[::-1])
    assert len([sql for sql in statements if "UPDATE" in sql]) == 1
    assert list(await track.get_clip_order()) == keys[::-1]
    assert stock(lambda: list(Track.objects.get(pk=4).get_clip_order())) == keys[::-1]


async def test_only_the_children_of_the_object_are_put_in_order() -> None:
    track = await Track.vinyl.get(pk=4)
    others = await Clip.vinyl.exclude(track=4).values_list("pk", "_order")
    keys = list(await track.get_clip_order())
    await track.set_clip_order((key for key in [*[pk for pk, _ in others], *keys]), using="default")
    assert sorted(await Clip.vinyl.exclude(track=4).values_list("pk", "_order")) == sorted(others)
    assert list(await track.get_clip_order()) == keys
    await track.set_clip_order([])
    assert list(await track.get_clip_order()) == keys


@pytest.mark.parametrize("loaded", [[], ["artist__label"]])
async def test_each_relation_that_a_method_looks_at_is_its_own_row(calls, loaded) -> None:
    labels = [await Label.vinyl.create(code=code, name=code) for code in "ab"]
    artist, producer = [await Artist.vinyl.create(name=each.name, label=each) for each in labels]
    made = await Album.vinyl.create(
        title="t",
        artist=artist,
        producer=producer,
        year=1,
        price=1,
        released=dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
    )
    album = await CheckedAlbum.vinyl.prefetch_related(*loaded).get(pk=made.pk)
    await album.validate_unique()
    assert calls == [(artist.pk, producer.pk, [each.pk for each in labels], False)]
    assert album["producer"].pk == producer.pk


async def test_related_objects_need_not_be_loaded() -> None:
    genre = await Genre.vinyl.get(pk="pop")
    await genre.full_clean()
    genre.parent_id = "no such"
    with pytest.raises(ValidationError) as caught:
        await genre.full_clean()
    assert caught.value.error_dict["parent"][0].code == "invalid"
    assert caught.value.error_dict["parent"][0].params["value"] == "no such"
