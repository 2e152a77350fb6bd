"""Writes through the managers of relations to many."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import uuid
from contextlib import suppress
from decimal import Decimal

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError

from tests.differential.table import case


def album_values(number, **values):
    barcode = uuid.UUID(int=number)
    return {
        "title": f"New {number}",
        "year": 2024,
        "price": Decimal(1),
        "barcode": barcode,
    } | values


# --- Reverse foreign keys ----------------------------------------------------------------------


def reverse_add(Artist, Album):
    artist = yield Artist.get(pk=2)
    albums = yield Album.filter(pk__in=[1, 3]).order_by("pk")
    yield artist.albums.add(*albums)
    return albums


def reverse_add_twice(Artist, Album):
    artist = yield Artist.get(pk=2)
    album = yield Album.get(pk=1)
    yield artist.albums.add(album, album)
    yield artist.albums.add(album)


def reverse_add_nothing(Artist):
    artist = yield Artist.get(pk=2)
    yield artist.albums.add()


def reverse_add_saving(Artist, Album):
    artist = yield Artist.get(pk=2)
    album = yield Album.get(pk=1)
    yield artist.albums.add(album, bulk=False)
    return album


def reverse_add_inserting(Artist, Album):
    artist = yield Artist.get(pk=2)
    new = [Album.model(**album_values(number)) for number in (1, 2)]
    yield artist.albums.add(*new, bulk=False)
    return new


def reverse_add_unsaved(Artist, Album):
    artist = yield Artist.get(pk=2)
    album = Album.model(**album_values(1))
    yield artist.albums.add(album)


def reverse_add_wrong_model(Artist, Genre):
    artist = yield Artist.get(pk=2)
    yield artist.albums.add((yield Genre.get(pk="pop")))


def reverse_add_key(Artist):
    artist = yield Artist.get(pk=2)
    yield artist.albums.add(1)


def reverse_add_to_code(Label, Artist):
    label = yield Label.get(pk=3)
    artists = yield Artist.filter(pk__in=[1, 2]).order_by("pk")
    yield label.artists.add(*artists)
    return artists


def reverse_add_child(Album, Customer):
    album = yield Album.get(pk=2)
    customers = yield Customer.order_by("pk")[:2]
    yield album.fans.add(*customers)
    yield album.fans.add(*customers, bulk=False)
    return customers


def reverse_add_composite(Album, ChartEntry):
    album = yield Album.get(pk=2)
    entries = yield ChartEntry.all()[:2]
    yield album.chart.add(*entries)
    return entries


def reverse_add_failing_in_the_middle(Artist, Album):
    artist = yield Artist.get(pk=2)
    first = Album.model(**album_values(1))
    second = Album.model(**album_values(1))
    with suppress(IntegrityError):
        yield artist.albums.add(first, second, bulk=False)
    return (yield Album.count())


def reverse_remove(Label):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    artists = yield label.artists.order_by("pk")
    yield label.artists.remove(artists[0])
    return (yield label.artists.order_by("pk"))


def reverse_remove_one_by_one(Label):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    artists = yield label.artists.order_by("pk")
    yield label.artists.remove(*artists, bulk=False)


def reverse_remove_strangers(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    artist = yield Artist.exclude(label=label).order_by("pk").first()
    yield label.artists.remove(artist)


def reverse_remove_wrong_model(Label):
    label = yield Label.get(pk=1)
    yield label.artists.remove(label)


def reverse_clear(Label):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    yield label.artists.clear()


def reverse_clear_one_by_one(Artist):
    artist = yield Artist.exclude(produced=None).order_by("pk").first()
    yield artist.produced.clear(bulk=False)


def reverse_clear_hidden(Album):
    album = yield Album.exclude(fans=None).order_by("pk").first()
    yield album.fans.clear()


def reverse_set(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    first = yield label.artists.order_by("pk").first()
    others = yield Artist.exclude(label=label).order_by("pk")[:2]
    yield label.artists.set([first, *others])
    return (yield label.artists.order_by("pk"))


def reverse_set_saving(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    others = yield Artist.exclude(label=label).order_by("pk")[:2]
    yield label.artists.set(others, bulk=False)


def reverse_set_clearing(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    others = yield Artist.exclude(label=label).order_by("pk")[:2]
    yield label.artists.set(others, clear=True)


def reverse_set_nothing(Label):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    yield label.artists.set([])


def reverse_set_queryset(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    yield label.artists.set(Artist.filter(pk__lt=4).order_by("pk"))


def reverse_set_where_not_null(Artist, Album):
    artist = yield Artist.get(pk=2)
    yield artist.albums.set((yield Album.filter(pk=1)))


def reverse_set_failing(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    new = Artist.model(name="New")
    with suppress(ValueError):
        yield label.artists.set([new], clear=True)
    return (yield label.artists.order_by("pk"))


def reverse_set_unsaved(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    yield label.artists.set([Artist.model(name="New")], bulk=False)


def reverse_set_unsaved_clearing(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").first()
    yield label.artists.set([Artist.model(name="New")], bulk=False, clear=True)


def reverse_add_inserting_child(Album, Patron):
    album = yield Album.get(pk=2)
    patron = Patron.model(name="New", email="new@example.org", level=3)
    yield album.fans.add(patron, bulk=False)
    return patron


def reverse_of_unsaved(Label, Artist):
    artist = yield Artist.get(pk=1)
    label = Label.model(name="x", code=None)
    yield label.artists.add(artist)


def reverse_of_keyless(Artist, Album):
    album = yield Album.get(pk=1)
    artist = Artist.model(name="x")
    yield artist.albums.add(album)


def reverse_create(Artist):
    artist = yield Artist.get(pk=2)
    return (yield artist.albums.create(**album_values(1)))


def reverse_get_or_create(Artist):
    artist = yield Artist.get(pk=2)
    values = album_values(1)
    new = yield artist.albums.get_or_create(title=values.pop("title"), defaults=values)
    old = yield artist.albums.get_or_create(title="New 1", defaults={"price": 3})
    return new, old


def reverse_update_or_create(Artist):
    artist = yield Artist.exclude(albums=None).order_by("pk").first()
    album = yield artist.albums.order_by("pk").first()
    return (yield artist.albums.update_or_create(title=album.title, defaults={"price": Decimal(3)}))


def reverse_forgets_what_was_prefetched(Label, Artist):
    label = yield Label.exclude(artists=None).order_by("pk").prefetch_related("artists").first()
    artist = yield Artist.exclude(label=label).order_by("pk").first()
    yield label.artists.add(artist)
    added = yield label.artists.order_by("pk")
    yield label.artists.clear()
    return added, (yield label.artists.all())


def reverse_by_another_manager(Album):
    album = yield Album.exclude(reviews=None).order_by("pk").first()
    visible = yield album.reviews.count()
    reviews = yield album.reviews(manager="objects").order_by("pk")
    return visible, reviews


REVERSE = [
    case("reverse_add", reverse_add),
    case("reverse_add_twice", reverse_add_twice),
    case("reverse_add_nothing", reverse_add_nothing),
    case("reverse_add_saving", reverse_add_saving),
    case("reverse_add_inserting", reverse_add_inserting),
    case("reverse_add_of_what_is_not_saved", reverse_add_unsaved, raises=ValueError),
    case("reverse_add_of_another_model", reverse_add_wrong_model, raises=TypeError),
    case("reverse_add_of_a_key", reverse_add_key, raises=TypeError),
    case("reverse_add_by_another_key", reverse_add_to_code),
    case("reverse_add_of_children", reverse_add_child),
    case("reverse_add_by_composite_keys", reverse_add_composite),
    case("reverse_add_that_fails_in_the_middle", reverse_add_failing_in_the_middle),
    case("reverse_remove", reverse_remove),
    case("reverse_remove_one_by_one", reverse_remove_one_by_one),
    case("reverse_remove_of_a_stranger", reverse_remove_strangers, raises=ObjectDoesNotExist),
    case("reverse_remove_of_another_model", reverse_remove_wrong_model, raises=TypeError),
    case("reverse_clear", reverse_clear),
    case("reverse_clear_one_by_one", reverse_clear_one_by_one),
    case("reverse_clear_of_children", reverse_clear_hidden),
    case("reverse_set", reverse_set),
    case("reverse_set_saving", reverse_set_saving),
    case("reverse_set_clearing", reverse_set_clearing),
    case("reverse_set_of_nothing", reverse_set_nothing),
    case("reverse_set_of_a_queryset", reverse_set_queryset),
    case("reverse_set_where_not_null", reverse_set_where_not_null),
    case("reverse_set_that_fails", reverse_set_failing),
    case("reverse_set_of_what_is_not_saved", reverse_set_unsaved, raises=TypeError),
    case("reverse_set_clearing_inserting", reverse_set_unsaved_clearing),
    case("reverse_add_inserting_a_child", reverse_add_inserting_child),
    case("reverse_add_to_what_has_no_code", reverse_of_unsaved, raises=ValueError),
    case("reverse_add_to_what_has_no_key", reverse_of_keyless, raises=ValueError),
    case("reverse_create", reverse_create),
    case("reverse_get_or_create", reverse_get_or_create),
    case("reverse_update_or_create", reverse_update_or_create),
    case("reverse_add_forgets_what_was_prefetched", reverse_forgets_what_was_prefetched),
    case("reverse_by_another_manager", reverse_by_another_manager),
]


# --- Many-to-many ------------------------------------------------------------------------------


def many_add(Album, Genre):
    album = yield Album.get(pk=1)
    genres = yield Genre.order_by("pk")[:3]
    yield album.genres.add(*genres)
    yield album.genres.add(*genres)
    return (yield album.genres.all())


def many_add_keys(Album):
    album = yield Album.get(pk=1)
    yield album.genres.add("pop", "jazz", "pop")


def many_add_nothing(Album):
    album = yield Album.get(pk=1)
    yield album.genres.add()


def many_add_wrong_model(Album, Artist):
    album = yield Album.get(pk=1)
    yield album.genres.add((yield Artist.get(pk=1)))


def many_add_wrong_key(Genre):
    genre = yield Genre.get(pk="pop")
    yield genre.albums.add("x")


def many_add_unsaved(Album, Genre):
    genre = yield Genre.get(pk="pop")
    yield genre.albums.add(Album.model(**album_values(1)))


def many_add_of_other_database(Artist):
    artist = yield Artist.get(pk=1)
    there = yield Artist.using("other").create(name="There")
    yield artist.friends.add(there)


def many_of_unsaved(Album):
    album = Album.model(**album_values(1))
    yield album.genres.add("pop")


def many_add_in_reverse(Album, Genre):
    genre = yield Genre.get(pk="pop")
    yield genre.albums.add(*(yield Album.order_by("pk")[:3]))


def many_add_symmetrical(Artist):
    artist = yield Artist.get(pk=1)
    yield artist.friends.add(2, 3, (yield Artist.get(pk=4)))


def many_remove_symmetrical(Artist):
    artist = yield Artist.exclude(friends=None).order_by("pk").first()
    friend = yield artist.friends.order_by("pk").first()
    yield artist.friends.remove(friend)


def many_clear_symmetrical(Artist):
    artist = yield Artist.exclude(friends=None).order_by("pk").first()
    yield artist.friends.clear()


def many_set_symmetrical(Artist):
    artist = yield Artist.exclude(friends=None).order_by("pk").first()
    yield artist.friends.set([1, 2, artist.pk])


def many_to_self(Artist):
    artist = yield Artist.get(pk=1)
    yield artist.influences.add(2, 3)
    yield artist.influenced.add(2)
    yield artist.influences.remove(3)
    yield artist.influenced.set([4, 2])


def many_remove(Album):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    genres = yield album.genres.all()
    yield album.genres.remove(genres[0], "nothing")


def many_remove_nothing(Album):
    album = yield Album.get(pk=1)
    yield album.genres.remove()


def many_clear(Album):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    yield album.genres.clear()


def many_clear_in_reverse(Genre):
    genre = yield Genre.exclude(albums=None).order_by("pk").first()
    yield genre.albums.clear()


def many_set(Album, Genre):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    first = yield album.genres.first()
    others = yield Genre.exclude(albums=album)[:2]
    yield album.genres.set([first, others[0].pk, others[1]])
    return (yield album.genres.all())


def many_set_clearing(Album):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    yield album.genres.set(["pop", "jazz"], clear=True)


def many_set_nothing(Album):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    yield album.genres.set([])


def many_set_the_same(Album):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    yield album.genres.set((yield album.genres.all()))


def many_set_queryset(Album, Genre):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    yield album.genres.set(Genre.filter(pk__in=["pop", "jazz"]))
    yield album.genres.set(Genre.filter(pk="jazz").values_list("pk", flat=True))


def many_set_failing(Album):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    with suppress(TypeError):
        yield album.genres.set([album], clear=True)
    return (yield album.genres.all())


def many_create(Album):
    album = yield Album.get(pk=1)
    return (yield album.genres.create(code="new", name="New"))


def many_get_or_create(Album):
    album = yield Album.get(pk=1)
    new = yield album.genres.get_or_create(code="new", defaults={"name": "New"})
    old = yield album.genres.get_or_create(code="new")
    return new, old, (yield album.genres.all())


def many_update_or_create(Album):
    album = yield Album.get(pk=1)
    old = yield album.genres.first()
    changed = yield album.genres.update_or_create(code=old.code, defaults={"name": "Changed"})
    return changed


def many_remove_none(Album):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    yield album.genres.remove(None)


def many_set_wrong_key(Genre):
    genre = yield Genre.get(pk="pop")
    yield genre.albums.set(["x"])


def many_set_through_key_as_text(Genre):
    genre = yield Genre.get(pk="pop")
    yield genre.albums.set(["1", "2"])


def many_remove_unsaved(Album):
    genre = yield Album.get(pk=1)
    yield genre.genres.remove(genre.genres.model(name="x", code=None))


def through_add(Track, Artist):
    track = yield Track.get(pk=1)
    artists = yield Artist.order_by("pk")[:2]
    yield track.guests.add(*artists, through_defaults={"role": "bass", "fee": Decimal("1.5")})
    yield track.guests.add(3, *artists)


def through_add_calling(Track):
    track = yield Track.get(pk=2)
    yield track.guests.add(1, 2, through_defaults={"role": lambda: "drums"})


def through_add_unknown_field(Track):
    track = yield Track.get(pk=2)
    yield track.guests.add(1, through_defaults={"nothing": 1})


def through_add_in_reverse(Artist):
    artist = yield Artist.get(pk=1)
    yield artist.guest_on.add(1, 2, through_defaults={"role": "bass"})


def through_set(Track):
    track = yield Track.exclude(guests=None).order_by("pk").first()
    first = yield track.guests.order_by("pk").first()
    yield track.guests.set([first, 5, 6], through_defaults={"role": "bass"})


def through_set_clearing(Track):
    track = yield Track.exclude(guests=None).order_by("pk").first()
    yield track.guests.set([5], clear=True, through_defaults={"role": "bass"})


def through_remove(Track):
    track = yield Track.exclude(guests=None).order_by("pk").first()
    yield track.guests.remove((yield track.guests.order_by("pk").first()))


def through_clear(Artist):
    artist = yield Artist.exclude(guest_on=None).order_by("pk").first()
    yield artist.guest_on.clear()


def through_create(Track):
    track = yield Track.get(pk=1)
    return (yield track.guests.create(name="New", through_defaults={"role": "bass"}))


def through_get_or_create(Track):
    track = yield Track.get(pk=1)
    role = {"role": "bass"}
    new = yield track.guests.get_or_create(name="New", through_defaults=role)
    old = yield track.guests.get_or_create(name="New", through_defaults=role)
    return new, old


def through_fields(Playlist, Track):
    playlist = yield Playlist.order_by("title").first()
    tracks = yield Track.all()[:2]
    yield playlist.tracks.add(*tracks, through_defaults={"place": 9, "remark": "x"})
    yield playlist.tracks.set(tracks[:1], through_defaults={"place": 1})
    yield playlist.tracks.clear()


def through_fields_missing(Playlist):
    playlist = yield Playlist.order_by("title").first()
    yield playlist.tracks.add(1)


def many_by_another_key(Festival, Label):
    festival = yield Festival.create(name="New")
    labels = yield Label.order_by("pk")[:2]
    yield festival.sponsors.add(*labels, "ecm", through_defaults={"amount": 5})
    yield festival.sponsors.remove(labels[0], "ecm")
    yield festival.sponsors.set([labels[0], "smekk"], through_defaults={"amount": lambda: 6})
    yield labels[0].festivals.clear()
    counted = yield festival.sponsors.count()
    yield festival.sponsors.clear()
    return counted


def many_by_a_missing_key(Festival, Label):
    festival = yield Festival.create(name="New")
    yield festival.sponsors.add(Label.model(name="x", code=None))


def many_of_proxy(Reissue):
    reissue = yield Reissue.order_by("pk").first()
    yield reissue.genres.set(["pop", "jazz"])
    yield reissue.genres.remove("pop")


def many_forgets_what_was_prefetched(Album):
    album = yield Album.exclude(genres=None).order_by("pk").prefetch_related("genres").first()
    yield album.genres.clear()
    none = yield album.genres.all()
    yield album.genres.add("pop")
    return none, (yield album.genres.all())


def many_counted(Album):
    album = yield Album.exclude(genres=None).order_by("pk").first()
    return (yield album.genres.count()), (yield album.genres.exists())


MANY = [
    case("many_add", many_add),
    case("many_add_of_keys", many_add_keys),
    case("many_add_of_nothing", many_add_nothing),
    case("many_add_of_another_model", many_add_wrong_model, raises=TypeError),
    case("many_add_of_what_is_no_key", many_add_wrong_key, raises=ValueError),
    case("many_add_of_what_is_not_saved", many_add_unsaved, raises=ValueError),
    case("many_add_across_databases", many_add_of_other_database, raises=ValueError),
    case("many_add_to_what_is_not_saved", many_of_unsaved, raises=ValueError),
    case("many_add_in_reverse", many_add_in_reverse),
    case("many_add_symmetrical", many_add_symmetrical),
    case("many_remove_symmetrical", many_remove_symmetrical),
    case("many_clear_symmetrical", many_clear_symmetrical),
    case("many_set_symmetrical", many_set_symmetrical),
    case("many_to_self", many_to_self),
    case("many_remove", many_remove),
    case("many_remove_of_nothing", many_remove_nothing),
    case("many_clear", many_clear),
    case("many_clear_in_reverse", many_clear_in_reverse),
    case("many_set", many_set),
    case("many_set_clearing", many_set_clearing),
    case("many_set_of_nothing", many_set_nothing),
    case("many_set_of_the_same", many_set_the_same),
    case("many_set_of_a_queryset", many_set_queryset),
    case("many_set_that_fails", many_set_failing),
    case("many_remove_of_none", many_remove_none),
    case("many_remove_of_what_is_not_saved", many_remove_unsaved),
    case("many_set_of_what_is_no_key", many_set_wrong_key, raises=ValueError),
    case("many_set_of_keys_as_text", many_set_through_key_as_text),
    case("many_create", many_create),
    case("many_get_or_create", many_get_or_create),
    case("many_update_or_create", many_update_or_create),
    case("through_add", through_add),
    case("through_add_calling_defaults", through_add_calling),
    case("through_add_of_an_unknown_column", through_add_unknown_field, raises=TypeError),
    case("through_add_in_reverse", through_add_in_reverse),
    case("through_set", through_set),
    case("through_set_clearing", through_set_clearing),
    case("through_remove", through_remove),
    case("through_clear", through_clear),
    case("through_create", through_create),
    case("through_get_or_create", through_get_or_create),
    case("through_with_two_links_to_one_model", through_fields),
    case("through_add_without_a_needed_column", through_fields_missing, raises=IntegrityError),
    case("many_by_another_key", many_by_another_key),
    case("many_by_a_key_that_is_missing", many_by_a_missing_key, raises=ValueError),
    case("many_of_a_proxy", many_of_proxy),
    case("many_clear_forgets_what_was_prefetched", many_forgets_what_was_prefetched),
    case("many_counted_by_the_table_between", many_counted),
]


# --- Generic relations -------------------------------------------------------------------------


def generic_add(Artist, Tag):
    artist = yield Artist.get(pk=2)
    tags = yield Tag.order_by("pk")[:2]
    yield artist.tags.add(*tags)
    return tags


def generic_add_saving(Artist, Tag):
    artist = yield Artist.get(pk=2)
    old = yield Tag.order_by("pk").first()
    new = Tag.model(name="new")
    yield artist.tags.add(old, new, bulk=False)
    return old, new


def generic_add_unsaved(Artist, Tag):
    artist = yield Artist.get(pk=2)
    yield artist.tags.add(Tag.model(name="new"))


def generic_add_wrong_model(Artist):
    artist = yield Artist.get(pk=2)
    yield artist.tags.add(artist)


def generic_remove(Artist):
    artist = yield Artist.exclude(tags=None).order_by("pk").first()
    yield artist.tags.remove((yield artist.tags.first()))


def generic_remove_one_by_one(Artist):
    artist = yield Artist.exclude(tags=None).order_by("pk").first()
    yield artist.tags.remove(*(yield artist.tags.all()), bulk=False)


def generic_remove_strangers(Artist, Tag):
    artist = yield Artist.exclude(tags=None).order_by("pk").first()
    yield artist.tags.remove((yield Tag.exclude(artist=artist).order_by("pk").first()))


def generic_clear(Album):
    album = yield Album.exclude(tags=None).order_by("pk").first()
    yield album.tags.clear()


def generic_clear_one_by_one(Album):
    album = yield Album.exclude(tags=None).order_by("pk").first()
    yield album.tags.clear(bulk=False)


def generic_set(Artist, Tag):
    artist = yield Artist.exclude(tags=None).order_by("pk").first()
    first = yield artist.tags.first()
    others = yield Tag.exclude(artist=artist).order_by("pk")[:1]
    yield artist.tags.set([first, *others])


def generic_set_clearing(Artist, Tag):
    artist = yield Artist.exclude(tags=None).order_by("pk").first()
    others = yield Tag.exclude(artist=artist).order_by("pk")[:1]
    yield artist.tags.set([*others, Tag.model(name="new")], clear=True, bulk=False)


def generic_set_failing(Artist, Tag):
    artist = yield Artist.exclude(tags=None).order_by("pk").first()
    with suppress(ValueError):
        yield artist.tags.set([Tag.model(name="new")], clear=True)
    return (yield artist.tags.all())


def generic_create(Artist):
    artist = yield Artist.get(pk=2)
    return (yield artist.tags.create(name="new"))


def generic_get_or_create(Artist):
    artist = yield Artist.get(pk=2)
    new = yield artist.tags.get_or_create(name="new")
    return new, (yield artist.tags.get_or_create(name="new"))


def generic_update_or_create(Artist):
    artist = yield Artist.exclude(tags=None).order_by("pk").first()
    tag = yield artist.tags.first()
    return (yield artist.tags.update_or_create(name=tag.name, defaults={"name": "newer"}))


def generic_of_proxy(Reissue):
    reissue = yield Reissue.order_by("pk").first()
    tag = yield reissue.tags.create(name="new")
    yield reissue.tags.clear()
    return tag.name


def generic_forgets_what_was_prefetched(Artist):
    artist = yield Artist.exclude(tags=None).order_by("pk").prefetch_related("tags").first()
    yield artist.tags.create(name="new")
    return (yield artist.tags.all())


GENERIC = [
    case("generic_add", generic_add),
    case("generic_add_saving", generic_add_saving),
    case("generic_add_of_what_is_not_saved", generic_add_unsaved, raises=ValueError),
    case("generic_add_of_another_model", generic_add_wrong_model, raises=TypeError),
    case("generic_remove", generic_remove),
    case("generic_remove_one_by_one", generic_remove_one_by_one),
    case("generic_remove_of_a_stranger", generic_remove_strangers),
    case("generic_clear", generic_clear),
    case("generic_clear_one_by_one", generic_clear_one_by_one),
    case("generic_set", generic_set),
    case("generic_set_clearing", generic_set_clearing),
    case("generic_set_that_fails", generic_set_failing),
    case("generic_create", generic_create),
    case("generic_get_or_create", generic_get_or_create),
    case("generic_update_or_create", generic_update_or_create),
    case("generic_of_a_proxy", generic_of_proxy),
    case("generic_create_forgets_what_was_prefetched", generic_forgets_what_was_prefetched),
]

CASES = [*REVERSE, *MANY, *GENERIC]
