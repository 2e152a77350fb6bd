"""Writing one object: inheritance, keys, files, expressions, and its state after each outcome."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import uuid

from django.core.exceptions import ObjectDoesNotExist
from django.core.files.base import ContentFile
from django.db import IntegrityError
from django.db.models import F, ProtectedError, RestrictedError, Value
from django.db.models.functions import Upper

from tests.app.written import MEMORY
from tests.differential.table import case

KEY = uuid.UUID("00000000-0000-4000-8000-000000000001")


def diamond_insert(Film, do):
    film = Film.model(name="Film", pages=1, frames=2, reels=3)
    yield do.insert(film)
    return film


def diamond_update(Film, do):
    yield Film.create(name="Film", pages=1, frames=2, reels=3)
    film = yield Film.get()
    film.name, film.pages, film.frames, film.reels = "New", 4, 5, 6
    yield do.save(film)
    yield do.update(film, frames=F("frames") + 10, name=Upper("name"))
    return film, (yield Film.get())


def diamond_delete(Film):
    film = yield Film.create(name="Film")
    counts = yield film.delete()
    # Django reads the parents, to which its object holds on.
    return counts, {name: value for name, value in vars(film).items() if name != "_state"}


def diamond_refresh(Film, Creation):
    film = yield Film.create(name="Film")
    yield Creation.update(name="New")
    yield film.refresh_from_db()
    return film


def fails_in_child(Film):
    yield Film.create(name="Film", reels=1)
    try:
        yield Film.create(name="Other", reels=1)
    except IntegrityError:
        return "refused"


def client_key(Ticket, do):
    ticket = Ticket.model(key=KEY)
    yield do.insert(ticket)
    return ticket


def client_key_of_child(Discount, do):
    discount = Discount.model(key=KEY, percent=5)
    yield do.insert(discount)
    return discount


def insert_expressions(Ticket, do):
    ticket = Ticket.model(key=KEY, price=Value(3) + Value(4))
    yield do.insert(ticket)
    return ticket


def update_expressions(Ticket, do):
    yield Ticket.create(key=KEY, price=3)
    ticket = yield Ticket.get(pk=KEY)
    yield do.update(ticket, price=F("price") + 1)
    state = {name: value for name, value in vars(ticket).items() if name != "_state"}
    stored = yield Ticket.get(pk=KEY)
    return {name: str(value) for name, value in state.items()}, stored


def update_expressions_of_child(Discount, do):
    yield Discount.create(key=KEY, price=3)
    discount = yield Discount.get(pk=KEY)
    discount.price, discount.percent = F("price") * 2, F("percent") + 1
    yield do.save(discount)
    state = {name: str(value) for name, value in vars(discount).items() if name != "_state"}
    return state, (yield Discount.get(pk=KEY))


def property_as_argument(Ticket, do):
    ticket = Ticket.model(key=KEY, euros=9)
    yield do.insert(ticket)
    return ticket


def property_in_update_or_create(Ticket):
    yield Ticket.create(key=KEY, price=1)
    ticket, created = yield Ticket.update_or_create({"euros": 7}, key=KEY)
    return ticket.price, created, (yield Ticket.get(pk=KEY))


def empty_storage():
    for name in MEMORY.listdir("")[0]:
        for file in MEMORY.listdir(name)[1]:
            MEMORY.delete(f"{name}/{file}")


def file_insert(Poster, do):
    empty_storage()
    poster = Poster.model(title="A", image=ContentFile(b"one", name="a.txt"))
    yield do.insert(poster)
    return poster.image.name, poster.image._committed, MEMORY.open("posters/a.txt").read()


def file_update(Poster, do):
    empty_storage()
    poster = yield Poster.create(title="A", image=ContentFile(b"one", name="a.txt"))
    yield do.update(poster, image=ContentFile(b"two", name="b.txt"))
    again = yield Poster.get()
    return again.image.name, again.image.read(), poster.image.name


def file_refresh(Poster):
    empty_storage()
    poster = yield Poster.create(title="A", image=ContentFile(b"one", name="a.txt"))
    yield Poster.update(image="posters/none.txt")
    yield poster.refresh_from_db()
    return poster.image.name, type(poster.image).__name__, poster.image.instance.pk


def select_on_save(Show, do):
    show = yield Show.create(title="A")
    show.visitors = 3
    yield do.save(show)
    return show


def select_on_save_of_parent(Matinee, Show, do):
    show = yield Show.create(title="A")
    matinee = Matinee.model(show_ptr_id=show.pk, title="B", hour=9)
    yield do.insert(matinee)
    return matinee


def select_on_save_of_missing_parent(Matinee, do):
    matinee = Matinee.model(id=77, title="B", hour=9)
    yield do.insert(matinee)
    return matinee


def composite_delete(Seat):
    yield Seat.create(row=1, number=2)
    seat = yield Seat.get(pk=(1, 2))
    return (yield seat.delete()), seat.pk, seat.row, seat.number


def composite_save(Seat, do):
    seat = yield Seat.create(row=1, number=2)
    seat.taken = True
    yield do.save(seat)
    return seat


def unsaved(build):
    def steps(Artist, Album, do):
        artist = Artist.model(name="unsaved")
        yield from build(artist, Album, do)

    return steps


def insert_with_unsaved(artist, Album, do):
    yield do.insert(Album.model(title="x", artist=artist, year=1, price=1))


def save_with_unsaved(artist, Album, do):
    album = yield Album.get(pk=1)
    album.producer = artist
    yield do.save(album)


def update_with_unsaved(artist, Album, do):
    album = yield Album.get(pk=1)
    yield do.update(album, producer=artist)


def create_with_unsaved(artist, Album, do):
    yield Album.create(title="x", artist=artist, year=1, price=1)


def saved_after_assigning(Artist, Album, do):
    artist = Artist.model(name="late")
    album = Album.model(title="x", artist=artist, year=1, price=1, barcode=KEY)
    yield do.insert(artist)
    yield do.insert(album)
    return album


def deferred_save(Album, do):
    album = yield Album.only("title").get(pk=1)
    album.title = "New"
    # Django: a deferred object writes what is loaded.
    yield do.save(album, update_fields=["title"])
    return sorted(vars(album)), album.get_deferred_fields()


def refreshing(**arguments):
    def build(Album):
        album = yield Album.select_related("artist").get(pk=1)
        yield Album.filter(pk=1).update(title="New", artist=2, year=1)
        yield album.refresh_from_db(**arguments)
        return album

    return build


def refresh_from_queryset(Album):
    album = yield Album.get(pk=1)
    yield album.refresh_from_db(from_queryset=Album.select_related("artist", "producer"))
    return album


def refresh_from_queryset_of_none(Album):
    album = yield Album.get(pk=1)
    yield album.refresh_from_db(from_queryset=Album.filter(year=0))


def refresh_deferred(Album):
    album = yield Album.defer("year", "artist").get(pk=1)
    yield album.refresh_from_db()
    first = album.get_deferred_fields()
    yield album.refresh_from_db(fields=["artist"])
    return first, album


def refresh_generic(Tag):
    tag = (yield Tag.prefetch_related("target").order_by("pk"))[0]
    yield tag.refresh_from_db()
    return tag


def refresh_prefetched(Album):
    album = (yield Album.prefetch_related("genres", "tracks").filter(pk=1))[0]
    yield album.refresh_from_db(fields=["genres"])
    first = sorted(album._prefetched_objects_cache)
    yield album.refresh_from_db()
    return first, album._prefetched_objects_cache


def refresh_reverse(Artist):
    artist = yield Artist.select_related("profile").get(pk=1)
    yield artist.refresh_from_db()
    return artist


def refresh_child(Patron, Person):
    patron = yield Patron.get(pk=6)
    yield Person.filter(pk=6).update(name="New")
    yield patron.refresh_from_db()
    return patron


def refresh_of_a_lookup(Album):
    album = yield Album.get(pk=1)
    yield album.refresh_from_db(fields=["artist__name"])


def refresh_unsaved(Album):
    yield Album.model(pk=1).refresh_from_db()


def refresh_using(Album):
    album = yield Album.get(pk=1)
    yield album.refresh_from_db(using="other")
    return album


def deleted(name, **lookup):
    def build(do):
        manager = do.given(name)
        obj = yield manager.get(**lookup)
        counts = yield obj.delete()
        return counts, obj

    return build


def refused(name, error, **lookup):
    def build(do):
        obj = yield do.given(name).get(**lookup)
        try:
            yield obj.delete()
        except error as exc:
            found = getattr(exc, "protected_objects", None) or exc.restricted_objects
            return str(exc), sorted(found, key=lambda each: (each._meta.label, each.pk)), obj

    return build


def refused_by_queryset(Artist):
    try:
        yield Artist.filter(pk=1).delete()
    except ProtectedError as exc:
        return sorted(exc.protected_objects, key=lambda each: each.pk)


def restricted(do):
    boss = yield do.given("Employee").exclude(staff=None).order_by("pk").first()
    try:
        yield boss.delete()
    except RestrictedError as exc:
        return sorted(exc.restricted_objects, key=lambda each: each.pk)


def changed_class(Playlist):
    playlist = yield Playlist.create(id=KEY, title="N", owner_id=1)
    first = playlist.first_title
    playlist.title = "Other"
    yield playlist.refresh_from_db()
    return first, playlist


def through_the_base_manager(Site, Dig, do):
    open_one = yield Site.create(name="open")
    closed = yield Site.create(name="closed", closed=True)
    found = []
    for site in (open_one, closed):
        dig = yield Dig.create(site=site)
        dig = yield Dig.get(pk=dig.pk)
        found.append((yield do.related(dig, "site")))
    return found


def joined_past_the_base_manager(Site, Dig):
    closed = yield Site.create(name="closed", closed=True)
    yield Dig.create(site=closed)
    yield Dig.select_related("site").order_by("id")
    yield Dig.prefetch_related("site").order_by("id")
    yield Site.prefetch_related("digs").order_by("id")


OBJECTS = [
    case("insert_diamond", diamond_insert),
    case("update_diamond", diamond_update),
    case("delete_diamond", diamond_delete),
    case("refresh_diamond", diamond_refresh),
    case("insert_fails_in_child", fails_in_child),
    case("insert_client_key", client_key),
    case("insert_client_key_of_child", client_key_of_child),
    case("insert_expressions", insert_expressions),
    case("update_expressions", update_expressions),
    case("update_expressions_of_child", update_expressions_of_child),
    case("insert_property", property_as_argument),
    case("update_or_create_property", property_in_update_or_create),
    case("insert_file", file_insert),
    case("update_file", file_update),
    case("refresh_file", file_refresh),
    case("select_on_save", select_on_save),
    case("select_on_save_of_parent", select_on_save_of_parent),
    case("select_on_save_of_missing_parent", select_on_save_of_missing_parent),
    case("delete_composite_key", composite_delete),
    case("save_composite_key", composite_save),
    case("insert_with_unsaved", unsaved(insert_with_unsaved), raises=ValueError),
    case("save_with_unsaved", unsaved(save_with_unsaved), raises=ValueError),
    case("update_with_unsaved", unsaved(update_with_unsaved), raises=ValueError),
    case("create_with_unsaved", unsaved(create_with_unsaved), raises=ValueError),
    case("insert_saved_after_assigning", saved_after_assigning),
    case("own_save_deferred", deferred_save),
    case("own_refresh", refreshing()),
    case("own_refresh_fields", refreshing(fields=["year"])),
    case("refresh_relation", refreshing(fields=["artist"])),
    case("refresh_key_of_relation", refreshing(fields=["artist_id"])),
    case("refresh_from_queryset", refresh_from_queryset),
    case("refresh_from_empty", refresh_from_queryset_of_none, raises=ObjectDoesNotExist),
    case("refresh_deferred", refresh_deferred),
    case("refresh_generic", refresh_generic),
    case("refresh_prefetched", refresh_prefetched),
    case("refresh_reverse", refresh_reverse),
    case("refresh_child", refresh_child),
    case("refresh_of_a_lookup", refresh_of_a_lookup, raises=ValueError),
    case("refresh_new", refresh_unsaved),
    case("refresh_using", refresh_using, raises=ObjectDoesNotExist),
    case("refresh_by_own_init", changed_class),
    case("delete_fast", deleted("Clip", pk=1)),
    case("delete_slow", deleted("Track", pk=1)),
    case("own_delete_protected", refused("Artist", ProtectedError, pk=1)),
    case("delete_protected_by_queryset", refused_by_queryset),
    case("own_delete_restricted", restricted),
    case("unexpected_arguments", lambda Artist: Artist.model(nme="x"), raises=TypeError),
    case("too_many_arguments", lambda Genre: Genre.model(1, 2, 3, 4, 5), raises=IndexError),
    case("argument_twice", lambda Genre: Genre.model("a", "b", code="c"), raises=TypeError),
    case("arguments_by_place", lambda Genre: Genre.model("a", "b")),
    case("base_manager", through_the_base_manager, raises=ObjectDoesNotExist),
    case("base_manager_joined", joined_past_the_base_manager),
]
