"""Writing through relations to many: reverse foreign keys, many-to-many, generic relations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, OperationalError, connections
from django.db.models import signals
from django.db.transaction import TransactionManagementError
from django.test import override_settings

import vinyl
from tests._async.recording import recorded
from tests.app.models import (
    Album,
    Artist,
    Credit,
    Customer,
    Festival,
    Genre,
    Label,
    Review,
    Sponsorship,
    Tag,
    Track,
)
from tests.app.stock import stock
from vinyl import async_mode, is_async

pytestmark = pytest.mark.usefixtures("db")


def keys(objects: Any) -> list[Any]:
    return sorted(obj.pk for obj in objects)


def of_the_other(build: Any) -> Any:
    """Build something with the other twin."""
    with async_mode(not is_async()):
        return build()


def album(number: int, **values: Any) -> Any:
    return Album.vinyl(title=f"New {number}", year=2024, price=1, **values)


# Objects of all kinds


async def test_objects_of_django_and_of_the_other_twin_are_added() -> None:
    label = await Label.vinyl.get(pk=3)
    djangos = stock(lambda: Artist.objects.get(pk=1))
    theirs = of_the_other(lambda: Artist.vinyl.model.from_db("default", ["id"], [2]))
    await label.artists.clear()
    await label.artists.add(djangos, theirs)
    assert keys(await label.artists.all()) == [1, 2]
    assert djangos.label_id == theirs.label_id == "ecm"
    await label.artists.remove(djangos, theirs)
    assert await label.artists.count() == 0


async def test_objects_of_django_and_of_the_other_twin_are_inserted() -> None:
    artist = await Artist.vinyl.get(pk=1)
    djangos = Album(title="Theirs", year=2024, price=1)
    theirs = of_the_other(lambda: album(1))
    await artist.albums.add(djangos, theirs, bulk=False)
    stored = stock(lambda: keys(Album.objects.filter(artist=1, year=2024)))
    assert stored == keys([djangos, theirs])
    assert (djangos._state.adding, djangos._state.db) == (False, "default")
    assert type(djangos) is Album
    djangos.title = "Changed"
    await artist.albums.add(djangos, bulk=False)
    assert (await Album.vinyl.get(pk=djangos.pk)).title == "Changed"


async def test_objects_of_django_and_of_the_other_twin_are_linked() -> None:
    one = await Album.vinyl.get(pk=4)
    djangos = stock(lambda: Genre.objects.get(pk="pop"))
    theirs = of_the_other(lambda: Genre.vinyl.model.from_db("default", ["code"], ["jazz"]))
    await one.genres.set([djangos, theirs, "idm"])
    assert keys(await one.genres.all()) == ["idm", "jazz", "pop"]
    await one.genres.remove(djangos, theirs)
    assert keys(await one.genres.all()) == ["idm"]


async def test_set_takes_querysets_managers_and_iterators() -> None:
    one = await Album.vinyl.get(pk=4)
    for given in (
        Genre.vinyl.filter(pk="pop"),
        Genre.objects.filter(pk="pop"),
        of_the_other(lambda: Genre.vinyl.filter(pk="pop")),
        Genre.objects.filter(pk="pop").values_list("pk", flat=True),
        Genre.vinyl.raw("SELECT * FROM shop_genre WHERE code = 'pop'"),
        iter(["pop"]),
    ):
        await one.genres.clear()
        await one.genres.set(given)
        assert keys(await one.genres.all()) == ["pop"]
    other = await Album.vinyl.get(pk=3)
    await other.genres.set(one.genres)
    assert keys(await other.genres.all()) == ["pop"]


async def test_set_with_clear_takes_what_is_related_now() -> None:
    one = await Album.vinyl.get(pk=1)
    await one.genres.set(one.genres.all(), clear=True)
    assert keys(await one.genres.all()) == ["art-pop", "pop"]


async def test_an_object_that_is_gone_is_not_saved() -> None:
    artist = await Artist.vinyl.get(pk=1)
    one = await Album.vinyl.get(pk=9)
    stock(lambda: Album.objects.filter(pk=9).delete())
    with pytest.raises(Album.vinyl.model.NotUpdated):
        await artist.albums.add(one, bulk=False)


async def test_children_and_composite_keys_are_pointed_here() -> None:
    one = await Album.vinyl.get(pk=2)
    customers = list(await Customer.vinyl.order_by("pk"))[:2]
    await one.fans.set(customers)
    assert keys(await one.fans.all()) == keys(customers)
    festival = await Festival.vinyl.create(name="New")
    await festival.sponsors.add("ecm", through_defaults={"amount": 3})
    assert (await Sponsorship.vinyl.get(pk=(festival.pk, "ecm"))).amount == 3


# Classes of the user's


async def test_insert_of_a_class_of_ones_own_is_called() -> None:
    owner = await Label.vinyl.get(pk=3)
    made = await owner.imprints.create(code="a", name="  A  ")
    got, _ = await owner.imprints.get_or_create(code="b", defaults={"name": "  B  "})
    updated, _ = await owner.imprints.update_or_create(code="c", defaults={"name": "  C  "})
    own, djangos = Label.vinyl(code="d", name="  D  "), Label(code="e", name="  E  ")
    await owner.imprints.add(own, djangos, bulk=False)
    assert [each.name for each in (made, got, updated, own, djangos)] == ["A", "B", "C", "D", "E"]
    festival = await Festival.vinyl.create(name="New")
    linked = await festival.sponsors.create(code="f", name="  F  ")
    assert linked.name == "F"
    assert await owner.imprints.count() == 5


async def test_update_and_delete_are_called_where_objects_are_taken_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[Any] = []
    of_artist, of_tag = Artist.vinyl.model, Tag.vinyl.model
    own_update, own_delete = of_artist.update, of_tag.delete

    async def update(self: Any, /, **values: Any) -> None:
        called.append((self.pk, values))
        await own_update(self, **values)

    async def delete(self: Any, **options: Any) -> Any:
        called.append(self.pk)
        return await own_delete(self, **options)

    monkeypatch.setattr(of_artist, "update", update)
    monkeypatch.setattr(of_tag, "delete", delete)
    label, artist = await Label.vinyl.get(pk=3), await Artist.vinyl.get(pk=1)
    others = [await Artist.vinyl.get(pk=key) for key in (2, 3)]
    await label.artists.set(others)
    await label.artists.clear()
    tag = await artist.tags.create(name="new")
    await artist.tags.clear()
    assert called == []
    await label.artists.set(others, bulk=False)
    assert called == [(2, {}), (3, {})]
    called.clear()
    await label.artists.remove(others[0], bulk=False)
    await label.artists.clear(bulk=False)
    assert called == [(2, {"label": None}), (3, {"label": None})]
    called.clear()
    tag = await artist.tags.create(name="new")
    await artist.tags.remove(tag, bulk=False)
    assert called == [tag.pk]


async def test_no_signals_are_sent() -> None:
    sent: list[Any] = []

    def receive(signal: Any, **kwargs: Any) -> None:
        sent.append(signal)

    kinds = [signals.m2m_changed, signals.pre_save, signals.post_save, signals.pre_delete]
    for kind in kinds:
        kind.connect(receive)
    try:
        one, artist = await Album.vinyl.get(pk=1), await Artist.vinyl.get(pk=1)
        with recorded() as statements:
            await one.genres.add("jazz")
        assert [sql.split()[0] for sql in statements] == ["INSERT"]
        await one.genres.set(["pop"])
        await one.genres.clear()
        await artist.albums.add(album(1), bulk=False)
        await artist.tags.create(name="new")
        await artist.tags.clear(bulk=False)
    finally:
        for kind in kinds:
            kind.disconnect(receive)
    assert sent == []


# What is loaded


async def test_writes_forget_what_was_prefetched() -> None:
    label = await Label.vinyl.prefetch_related("artists").get(pk=2)
    assert label["artists"]
    await label.artists.clear()
    with pytest.raises(vinyl.NotLoaded):
        label["artists"]
    assert list(await label.artists.all()) == []


@pytest.mark.parametrize("write", ["add", "remove", "clear", "set", "create"])
async def test_each_write_of_a_many_to_many_relation_forgets(write: str) -> None:
    one = await Album.vinyl.prefetch_related("genres").get(pk=1)
    arguments = {"add": ("jazz",), "remove": ("pop",), "set": (["jazz"],)}.get(write, ())
    options = {"code": "new", "name": "New"} if write == "create" else {}
    await getattr(one.genres, write)(*arguments, **options)
    with pytest.raises(vinyl.NotLoaded):
        one["genres"]
    assert await one.genres.all() is not None


async def test_a_prefetched_relation_still_makes_objects() -> None:
    one = await Album.vinyl.prefetch_related("genres").get(pk=1)
    prefetched = one.genres.all()
    genre, created = await one.genres.get_or_create(code="new", defaults={"name": "New"})
    assert created is True
    assert genre in await one.genres.all()
    made, created = await prefetched.get_or_create(code="newer", defaults={"name": "Newer"})
    assert created is True
    assert made not in await one.genres.all()


async def test_objects_that_were_added_know_whom_they_belong_to() -> None:
    artist = await Artist.vinyl.get(pk=2)
    one = await Album.vinyl.get(pk=1)
    await artist.albums.add(one)
    assert one["artist"] is artist


async def test_another_manager_of_the_model_is_built_on() -> None:
    one = await Album.vinyl.get(pk=1)
    hidden = await Review.vinyl.create(album_id=1, stars=1, hidden=True)
    assert hidden not in await one.reviews.all()
    assert hidden in await one.reviews(manager="objects").all()
    assert hidden in await one.reviews(manager="vinyl").all()
    made = await one.reviews(manager="objects").create(stars=2)
    assert type(made) is Review.vinyl.model
    assert made.album_id == 1


# What is refused


async def test_what_may_not_be_null_is_not_let_go() -> None:
    artist = await Artist.vinyl.get(pk=1)
    assert not hasattr(artist.albums, "remove")
    assert not hasattr(artist.albums, "clear")


async def test_what_has_no_key_is_not_written_through() -> None:
    with pytest.raises(ValueError, match='needs to have a value for field "id"'):
        await Artist.vinyl(name="x").albums.create(title="x")
    with pytest.raises(ValueError, match="needs to have a value for field"):
        Album.vinyl(title="x").genres  # noqa: B018


async def test_an_object_of_another_database_is_refused() -> None:
    there = await Artist.vinyl.using("other").create(name="There")
    here = await Artist.vinyl.get(pk=1)
    with pytest.raises(ValueError, match="the current database router prevents this relation"):
        await there.albums.add(await Album.vinyl.get(pk=1))
    with pytest.raises(ValueError, match='value is on database "other"'):
        await here.friends.add(there)


async def test_writes_go_where_the_object_is() -> None:
    there = await Artist.vinyl.using("other").create(name="There")
    friend = await there.friends.create(name="Friend")
    assert friend._state.db == "other"
    made = await there.albums.create(title="New", year=2024, price=1)
    assert made._state.db == "other"
    stored = stock(lambda: Artist.objects.using("other").get(name="There").friends.count())
    assert (stored, await there.friends.count()) == (1, 1)


class LinksElsewhere:
    """A router that writes the rows between albums and genres to another database."""

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "other" if model is Album.genres.through else None


async def test_routers_are_asked_with_the_users_classes() -> None:
    stock(lambda: Genre.objects.using("other").create(code="there", name="x"))
    there = stock(lambda: Artist.objects.using("other").first().pk)
    values = {"pk": 1, "title": "x", "artist_id": there, "year": 1, "price": 1}
    stock(lambda: Album.objects.using("other").create(**values))
    one = await Album.vinyl.get(pk=1)
    with override_settings(DATABASE_ROUTERS=[LinksElsewhere()]):
        await one.genres.add("there")
    rows = Album.genres.through.objects
    assert stock(lambda: rows.using("other").filter(genre="there").count()) == 1
    assert stock(lambda: rows.filter(genre="there").count()) == 0


# All or nothing


@contextmanager
def failing_at(number: int, error: Exception) -> Iterator[list[str]]:
    """Let the statement of this number fail, on both databases; collect those before."""
    sent: list[str] = []

    async def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET SESSION")):
            sent.append(sql)
            if len(sent) == number:
                raise error
        return await execute(sql, params, many, context)

    with vinyl.connections["default"].execute_wrapper(fail):
        yield sent


async def add_saving() -> None:
    artist = await Artist.vinyl.get(pk=2)
    await artist.albums.add(await Album.vinyl.get(pk=1), album(1), album(2), bulk=False)


async def clear_saving() -> None:
    label = await Label.vinyl.get(pk=2)
    await label.artists.clear(bulk=False)


async def set_reverse() -> None:
    label = await Label.vinyl.get(pk=2)
    await label.artists.set(Artist.vinyl.filter(pk__in=[4, 5]))


async def set_clearing() -> None:
    one = await Album.vinyl.get(pk=1)
    await one.genres.set(["jazz", "idm"], clear=True)


async def set_many() -> None:
    one = await Album.vinyl.get(pk=1)
    await one.genres.set(["jazz", "pop"])


async def add_symmetrical() -> None:
    artist = await Artist.vinyl.get(pk=1)
    await artist.friends.add(5, 6)


async def create_linked() -> None:
    track = await Track.vinyl.get(pk=1)
    await track.guests.create(name="New")


async def get_or_create_linked() -> None:
    track = await Track.vinyl.get(pk=1)
    await track.guests.get_or_create(name="New")


async def update_or_create_linked() -> None:
    track = await Track.vinyl.get(pk=1)
    await track.guests.update_or_create(name="New", through_defaults={"role": "bass"})


async def set_generic() -> None:
    artist = await Artist.vinyl.get(pk=1)
    await artist.tags.set([await Tag.vinyl.order_by("-pk").first()], clear=True)


SEVERAL = [
    add_saving,
    clear_saving,
    set_reverse,
    set_clearing,
    set_many,
    add_symmetrical,
    create_linked,
    get_or_create_linked,
    update_or_create_linked,
    set_generic,
]


@pytest.mark.parametrize("write", SEVERAL, ids=lambda write: str(write.__name__))
async def test_a_statement_that_fails_leaves_nothing_half_done(write: Any, snapshots: Any) -> None:
    number, writes = 0, 0
    while True:
        number += 1
        assert number < 20
        with failing_at(number, OperationalError("down")) as sent:
            try:
                await write()
            except OperationalError:
                writes += not sent[-1].startswith("SELECT")
                assert stock(lambda: snapshots["default"].changes()) == {}
            else:
                break
    assert stock(lambda: snapshots["default"].changes())
    assert writes >= 2


async def test_an_error_inside_a_transaction_marks_it_for_rollback() -> None:
    track = await Track.vinyl.get(pk=1)

    async def fail(write: Any) -> None:
        async with vinyl.atomic():
            try:
                await write()
            finally:
                with pytest.raises(TransactionManagementError):
                    await Genre.vinyl.count()

    for write in (
        lambda: track.guests.add(5, through_defaults={"role": None}),
        lambda: track.guests.set([5], through_defaults={"role": None}),
        lambda: track.guests.create(name="New", through_defaults={"role": None}),
    ):
        with pytest.raises(IntegrityError):
            await fail(write)
    assert not await Artist.vinyl.filter(name="New").exists()


async def test_writes_are_part_of_the_callers_transaction() -> None:
    one, artist = await Album.vinyl.get(pk=1), await Artist.vinyl.get(pk=1)
    async with vinyl.atomic():
        await one.genres.set(["jazz"])
        await artist.albums.create(title="New", year=2024, price=1)
        await artist.tags.set([])
        await artist.friends.clear()
        vinyl.set_rollback(True)
    assert keys(await one.genres.all()) == ["art-pop", "pop"]
    assert await artist.tags.exists()


async def test_objects_whose_insert_was_undone_are_new_again() -> None:
    artist = await Artist.vinyl.get(pk=1)
    first, second = album(1), album(1)
    with pytest.raises(IntegrityError):
        await artist.albums.add(first, second, bulk=False)
    for each in (first, second):
        assert (each.pk, each._state.adding) == (None, True)
    second.title = "Another"
    await artist.albums.add(first, second, bulk=False)
    assert await Album.vinyl.filter(pk__in=[first.pk, second.pk]).count() == 2


async def test_an_object_that_cannot_be_linked_is_not_made() -> None:
    track = await Track.vinyl.get(pk=1)
    for write in (track.guests.create, track.guests.get_or_create, track.guests.update_or_create):
        with pytest.raises(IntegrityError):
            await write(name="New", through_defaults={"role": None})
    assert not await Artist.vinyl.filter(name="New").exists()


async def test_a_new_object_is_linked_with_the_defaults_once() -> None:
    track = await Track.vinyl.get(pk=1)
    made, created = await track.guests.update_or_create(
        name="New", defaults={"active": True}, through_defaults={"role": lambda: "bass"}
    )
    assert (created, made.active) == (True, True)
    again, created = await track.guests.update_or_create(name="New", defaults={"active": False})
    assert (again.pk, again.active, created) == (made.pk, False, False)
    assert [credit.role for credit in await Credit.vinyl.filter(artist=made)] == ["bass"]


# Content types


@pytest.fixture
def untold_types() -> Iterator[None]:
    """Empty Django's cache of content types, before and after."""
    ContentType.objects.clear_cache()
    yield
    ContentType.objects.clear_cache()


@pytest.mark.usefixtures("untold_types")
async def test_a_generic_relation_has_the_manager_of_the_model_that_it_leads_to() -> None:
    review = await Review.vinyl.first()
    await review.footnotes.create(text="indeed")
    assert [note.text for note in await review.footnotes.all()] == ["indeed"]
    assert [note.text for note in await review.footnotes] == ["indeed"]


async def test_a_generic_relation_is_written_before_its_type_is_known() -> None:
    artist = await Artist.vinyl.get(pk=1)
    ContentType.objects.clear_cache()
    manager = artist.tags
    made = await manager.create(name="new")
    assert made in await manager.all()
    ContentType.objects.clear_cache()
    await artist.tags.remove(made)
    ContentType.objects.clear_cache()
    await artist.tags.clear()
    ContentType.objects.clear_cache()
    await artist.tags.set([await Tag.vinyl.first()])
    assert await artist.tags.count() == 1


@pytest.fixture
def missing_type(db: None, untold_types: None) -> Iterator[None]:
    """Delete the content type of artists, and give it back its key."""
    kind = stock(lambda: ContentType.objects.get(app_label="shop", model="artist").pk)

    def remove() -> None:
        with connections["default"].constraint_checks_disabled():
            ContentType.objects.filter(pk=kind).delete()
        ContentType.objects.clear_cache()

    def put_back() -> None:
        Tag.objects.all().delete()
        types = ContentType.objects.filter(app_label="shop", model="artist")
        if not types.update(id=kind):
            ContentType.objects.create(id=kind, app_label="shop", model="artist")

    stock(remove)
    yield
    stock(put_back)


@pytest.mark.usefixtures("missing_type")
async def test_a_content_type_that_is_missing_is_made() -> None:
    artist = await Artist.vinyl.get(pk=1)
    made = await artist.tags.create(name="new")
    assert list(await artist.tags.all()) == [made]
    assert type(made["content_type"]) is ContentType
    assert stock(lambda: ContentType.objects.get(pk=made.content_type_id).model) == "artist"


@pytest.mark.usefixtures("missing_type")
async def test_the_missing_content_type_of_what_is_assigned_is_made() -> None:
    artist = await Artist.vinyl.get(pk=1)
    tag = Tag.vinyl(name="new", target=artist)
    await tag.insert()
    assert stock(lambda: ContentType.objects.get(pk=tag.content_type_id).model) == "artist"
    assert await (await Tag.vinyl.get(pk=tag.pk)).target == artist


@pytest.mark.usefixtures("missing_type")
async def test_the_missing_content_type_of_many_is_made_once() -> None:
    artist = await Artist.vinyl.get(pk=1)
    tags = [Tag.vinyl(name=f"t{n}", target=artist) for n in range(3)]
    await Tag.vinyl.bulk_create(tags)
    (kind,) = {tag.content_type_id for tag in tags}
    assert stock(lambda: ContentType.objects.get(pk=kind).model) == "artist"


@pytest.mark.usefixtures("missing_type")
async def test_nothing_refers_to_a_type_that_is_missing() -> None:
    (artist,) = await Artist.vinyl.filter(pk=1).prefetch_related("tags")
    assert artist["tags"] == []


@pytest.mark.usefixtures("untold_types")
async def test_objects_of_a_generic_relation_are_prefetched_before_its_type_is_known() -> None:
    albums = Album.vinyl.order_by("pk")
    expected = stock(
        lambda: [
            [tag.pk for tag in album.tags.all()]
            for album in Album.objects.order_by("pk").prefetch_related("tags")
        ]
    )
    ContentType.objects.clear_cache()
    found = await albums.prefetch_related("tags")
    assert [[tag.pk for tag in album["tags"]] for album in found] == expected
    assert any(expected)
    with recorded() as statements:
        list(await albums.prefetch_related("tags"))
    assert len(statements) == 2
