# Generated from tests/_async/test_bridging.py by `python tools/unasync_build.py`; never edit.
"""as_django() and from_django(): copies with the same state and relations, and no query."""

from __future__ import annotations

import copy
import pickle

import pytest
from django.core import serializers
from django.core.files.base import ContentFile
from django.db.models import Count, Prefetch, QuerySet, signals
from django.forms import ModelForm

import vinyl
from tests._sync.recording import recorded
from tests.app.models import (
    Album,
    AlbumQuerySet,
    Artist,
    Country,
    Customer,
    Employee,
    Genre,
    Label,
    Patron,
    Person,
    Playlist,
    Profile,
    Reissue,
    Review,
    Specimen,
    Tag,
    Track,
)
from tests.app.stock import stock, stock_recorded

pytestmark = pytest.mark.usefixtures("db")


def silently(look):
    """Return what stock Django sees with no query."""
    found, statements = stock_recorded(look)
    assert statements == []
    return found


# The state that as_django() keeps


def test_the_instance_is_of_the_users_own_class() -> None:
    album = Album.vinyl.get(pk=1)
    with recorded() as statements:
        theirs = album.as_django()
    assert statements == []
    assert type(theirs) is Album
    assert theirs == album
    assert theirs.title == "Debut"
    assert (theirs._state.db, theirs._state.adding) == ("default", False)


def test_proxies_and_children_keep_their_class() -> None:
    assert type((Reissue.vinyl.get(pk=1)).as_django()) is Reissue
    patron = (Patron.vinyl.get(pk=6)).as_django()
    assert type(patron) is Patron
    assert silently(lambda: (patron.name, patron.credit, patron.level))


def test_a_new_object_stays_new() -> None:
    theirs = Artist.vinyl(name="New").as_django()
    assert theirs._state.adding
    assert theirs._state.db is None
    stock(theirs.save)
    assert stock(lambda: Artist.objects.get(name="New")) == theirs


def test_the_database_that_an_object_came_from_is_kept() -> None:
    artist = Artist.vinyl.using("other").get(pk=901)
    theirs = artist.as_django()
    assert theirs._state.db == "other"
    theirs.name = "Changed"
    stock(theirs.save)
    assert stock(lambda: Artist.objects.using("other").get(pk=901).name) == "Changed"


def test_deferred_fields_stay_deferred() -> None:
    album = Album.vinyl.only("title").get(pk=1)
    theirs = album.as_django()
    assert theirs.get_deferred_fields() == album.get_deferred_fields()
    year, statements = stock_recorded(lambda: theirs.year)
    assert (year, len(statements)) == (1993, 1)
    with pytest.raises(vinyl.NotLoaded):
        _ = album.year


def test_annotations_and_attributes_of_the_users_come_along() -> None:
    album = Album.vinyl.annotate(n=Count("tracks")).get(pk=1)
    album.remark = "mine"
    theirs = album.as_django()
    assert theirs.n == album.n
    assert theirs.remark == "mine"
    playlist = Playlist.vinyl.first()
    assert playlist.as_django().first_title == playlist.title


def test_a_copy_is_independent() -> None:
    profile = Profile.vinyl.select_related("artist").get(pk=1)
    theirs = profile.as_django()
    theirs.facts["bands"].append("x")
    theirs.biography = "x"
    theirs.artist.name = "x"
    assert profile.facts["bands"] == ["Tappi Tíkarrass", "Kukl"]
    assert profile.biography.startswith("Singer")
    assert profile["artist"].name == "Björk"


def test_a_file_belongs_to_the_copy() -> None:
    specimen = Specimen.vinyl(name="file")
    specimen.file = ContentFile(b"x", name="x.txt")
    ours = specimen.file
    theirs = specimen.as_django()
    assert theirs.file.instance is theirs
    assert theirs.file is not ours
    assert not theirs.file._committed
    assert ours.instance is specimen
    assert theirs.file.read() == b"x"


# The relations that as_django() keeps


def test_loaded_relations_to_one_are_loaded() -> None:
    track = Track.vinyl.select_related("album__artist__label").get(pk=1)
    theirs = track.as_django()
    label = silently(lambda: theirs.album.artist.label)
    assert type(label) is Label
    assert label.name == "One Little Independent"


def test_a_relation_that_is_not_loaded_is_queried_by_django() -> None:
    theirs = (Album.vinyl.get(pk=1)).as_django()
    name, statements = stock_recorded(lambda: theirs.artist.name)
    assert (name, len(statements)) == ("Björk", 1)


def test_an_empty_relation_that_was_looked_up_stays_known() -> None:
    artists = Artist.vinyl.select_related("profile").filter(pk__in=(1, 2)).order_by("pk")
    with_one, without = (artist.as_django() for artist in artists)
    assert silently(lambda: with_one.profile.artist) is with_one
    assert not silently(lambda: hasattr(without, "profile"))


def test_prefetched_relations_are_querysets_of_djangos() -> None:
    artist = Artist.vinyl.prefetch_related("albums__tracks", "influences").get(pk=1)
    theirs = artist.as_django()
    albums = silently(lambda: list(theirs.albums.all()))
    assert [type(album) for album in albums] == [Album] * 3
    assert type(theirs.albums.all()) is AlbumQuerySet
    assert type(theirs.influences.all()) is QuerySet
    assert silently(lambda: albums[0].artist) is theirs
    assert silently(lambda: {type(each) for each in albums[0].tracks.all()}) == {Track}
    # A filter asks the database, and the objects it gives know the artist.
    cheap, statements = stock_recorded(lambda: list(theirs.albums.filter(year=1993)))
    assert len(statements) == 1
    assert silently(lambda: cheap[0].artist) is theirs
    assert type(artist["albums"][0]) is Album.vinyl.model


def test_prefetched_querysets_keep_the_users_filter_and_methods() -> None:
    lookup = Prefetch("albums", queryset=Album.vinyl.filter(year__gt=1995))
    theirs = (Artist.vinyl.prefetch_related(lookup).get(pk=1)).as_django()
    assert silently(lambda: len(theirs.albums.all())) == 2
    assert stock(lambda: [a.pk for a in theirs.albums.all().expensive().order_by("pk")]) == [2, 3]


def test_lists_of_to_attr_are_converted() -> None:
    lookup = Prefetch("albums", queryset=Album.vinyl.order_by("-pk"), to_attr="newest")
    single = Prefetch("label", to_attr="home")
    artist = Artist.vinyl.prefetch_related(lookup, single).get(pk=1)
    theirs = artist.as_django()
    assert type(theirs.newest) is list
    assert [(type(a), a.pk) for a in theirs.newest] == [(Album, 3), (Album, 2), (Album, 1)]
    assert type(theirs.home) is Label
    assert type(artist.newest[0]) is Album.vinyl.model


def test_many_to_many_and_generic_relations() -> None:
    list(Tag.vinyl.prefetch_related("target"))  # Knows the content types from here on.
    album = Album.vinyl.prefetch_related("genres", "tags").get(pk=6)
    theirs = album.as_django()
    tags = silently(lambda: list(theirs.tags.all()))
    assert {type(tag) for tag in tags} == {Tag}
    assert len(tags) == len(album["tags"]) == 2
    assert {type(g) for g in silently(lambda: list(theirs.genres.all()))} == {Genre}
    assert stock(lambda: theirs.tags.filter(pk=tags[0].pk).get()) == tags[0]


def test_generic_foreign_keys() -> None:
    tags = list(Tag.vinyl.prefetch_related("target").order_by("pk"))
    instances = [tag.as_django() for tag in tags]
    targets = [theirs._state.fields_cache["target"] for theirs in instances]
    assert targets == [tag["target"] for tag in tags]
    assert [type(t) for t in targets] == [Artist, Artist, Album, Album, Album, type(None)]
    stock(instances[0].save)
    assert stock(lambda: instances[0].target) is targets[0]


def test_a_generic_relation_that_was_assigned_is_kept() -> None:
    list(Tag.vinyl.prefetch_related("target").filter(album=6))
    album = Album.vinyl.get(pk=1)
    theirs = Tag.vinyl(name="new", target=album).as_django()
    stock(theirs.save)
    assert stock(lambda: Album.objects.filter(tags__name="new").get()) == album


def test_a_generic_relation_whose_type_is_unknown_is_not_lost() -> None:
    from django.contrib.contenttypes.models import ContentType

    album = Album.vinyl.get(pk=1)
    ContentType.objects.clear_cache()
    try:
        tag = Tag.vinyl(name="new")
        # As assigning leaves it where the type has not been read.
        tag.object_id = album.pk
        Tag._meta.get_field("target").set_cached_value(tag, album)
        with pytest.raises(vinyl.NotLoaded, match=r"content type of shop\.Album, .* 'target'"):
            tag.as_django()
        tag.insert()
        assert stock(lambda: tag.as_django().target) == album
    finally:
        ContentType.objects.clear_cache()


def test_parents_of_inherited_models() -> None:
    employee = Employee.vinyl.select_related("person", "boss__person").get(pk=5)
    theirs = employee.as_django()
    assert type(silently(lambda: theirs.person)) is Person
    person = Person.vinyl.select_related("customer__patron").get(pk=6)
    stocked = person.as_django()
    assert type(silently(lambda: stocked.customer.patron)) is Patron
    assert silently(lambda: stocked.customer.patron.name) == person.name


def test_shared_objects_are_converted_once_and_circles_close() -> None:
    albums = list(Album.vinyl.prefetch_related("artist").filter(artist=1))
    artist = albums[0]["artist"]
    assert all(album["artist"] is artist for album in albums)
    artist.mine = list(albums)
    artist.best = {"first": albums[0]}
    theirs = albums[0].as_django()
    assert theirs.artist.mine[0] is theirs
    assert theirs.artist.best["first"] is theirs
    assert all(album.artist is theirs.artist for album in theirs.artist.mine)


def test_long_chains_do_not_overflow() -> None:
    first = last = Genre.vinyl(code="0", name="0")
    for number in range(1, 5000):
        last.parent = Genre.vinyl(code=str(number), name="x")
        last = last["parent"]
    last.parent = first
    there = first.as_django()
    back = Genre.vinyl.from_django(there)
    count = 1
    genre, twin = there.parent, back["parent"]
    while genre is not there:
        assert (type(genre), genre.code) == (Genre, twin.code)
        genre, twin = genre.parent, twin["parent"]
        count += 1
    assert twin is back
    assert count == 5000
    # Cut, for the chains to be freed.
    for each in (first, there, back):
        link = each
        while (following := link._state.fields_cache.pop("parent", None)) is not None:
            link = following


def test_nested_plain_data_of_any_depth_is_copied() -> None:
    profile = Profile.vinyl(artist_id=1)
    inner = profile.facts = []
    for _ in range(5000):
        inner.append([])
        inner = inner[0]
    copied = profile.as_django().facts
    depth = 0
    while copied:
        copied, depth = copied[0], depth + 1
    assert depth == 5000


def test_peers_are_the_copies() -> None:
    queryset = Album.vinyl.fetch_mode(vinyl.FETCH_PEERS).order_by("pk")
    artist = Artist.vinyl.prefetch_related(Prefetch("albums", queryset=queryset)).get(pk=1)
    theirs = artist.as_django()
    albums = list(theirs.albums.all())
    assert all(album._state.fetch_mode is vinyl.FETCH_PEERS for album in albums)
    assert {id(peer()) for peer in albums[0]._state.peers} == {id(album) for album in albums}


# What as_django() is for


class LabelForm(ModelForm):
    class Meta:
        model = Label
        fields = ["name", "country"]


def test_a_form_edits_what_vinyl_has_read() -> None:
    label = Label.vinyl.get(pk=3)
    form = LabelForm({"name": "ECM", "country": Country.JAPAN}, instance=label.as_django())
    assert stock(form.is_valid), form.errors
    saved = stock(form.save)
    assert type(saved) is Label
    label.refresh_from_db()
    assert (label.name, label.country) == ("ECM", "jp")


def test_django_sends_its_signals_for_the_instance() -> None:
    received = []

    def receiver(signal, sender, instance, **kwargs):
        received.append((signal, sender, type(instance)))

    watched = [signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete]
    for signal in watched:
        signal.connect(receiver)
    try:
        genre = Genre.vinyl.get(pk="none")
        theirs = genre.as_django()
        stock(theirs.save)
        stock(theirs.delete)
    finally:
        for signal in watched:
            signal.disconnect(receiver)
    assert received == [(signal, Genre, Genre) for signal in watched]


def test_an_action_of_the_admin_takes_instances() -> None:
    def rename(queryset):
        """Do as an action does: write each object, and log it."""
        for obj in queryset:
            obj.name += "!"
            obj.save(update_fields=["name"])
        return [f"{obj._meta.verbose_name}: {obj}" for obj in queryset]

    rows = [genre.as_django() for genre in Genre.vinyl.filter(pk__in=["pop", "jazz"])]
    assert sorted(stock(lambda: rename(rows))) == ["genre: Jazz!", "genre: Pop!"]
    assert (Genre.vinyl.get(pk="pop")).name == "Pop!"


def test_serializers_take_instances() -> None:
    album = Album.vinyl.prefetch_related("genres").get(pk=2)
    expected = stock(lambda: serializers.serialize("json", [Album.objects.get(pk=2)]))
    assert stock(lambda: serializers.serialize("json", [album.as_django()])) == expected


def test_an_instance_is_pickled_copied_and_refreshed() -> None:
    artist = Artist.vinyl.prefetch_related("albums").get(pk=1)
    theirs = artist.as_django()
    again = pickle.loads(pickle.dumps(theirs))
    assert type(again) is Artist
    assert silently(lambda: [type(a) for a in again.albums.all()]) == [Album] * 3
    assert copy.copy(theirs) == copy.deepcopy(theirs) == theirs
    theirs.name = "x"
    stock(theirs.refresh_from_db)
    assert theirs.name == "Björk"
    assert len(stock(lambda: list(theirs.albums.all()))) == 3


# from_django


def test_from_django_gives_an_object_of_this_twin() -> None:
    theirs = stock(lambda: Album.objects.defer("year").select_related("artist__label").get(pk=1))
    with recorded() as statements:
        album = Album.vinyl.from_django(theirs)
        assert type(album) is Album.vinyl.model
        assert type(album["artist"]["label"]) is Label.vinyl.model
    assert statements == []
    assert (album._state.db, album._state.adding) == ("default", False)
    with pytest.raises(vinyl.NotLoaded):
        _ = album.year
    album.update(title="New")
    assert stock(lambda: Album.objects.get(pk=1).title) == "New"
    assert theirs.title == "Debut"


def test_from_django_takes_prefetched_relations_along() -> None:
    lookups = ("albums__tracks", Prefetch("influences", to_attr="idols"), "tags")
    theirs = stock(lambda: Artist.objects.prefetch_related(*lookups).get(pk=1))
    artist = Artist.vinyl.from_django(theirs)
    loaded = Artist.vinyl.prefetch_related(*lookups).get(pk=1)
    with recorded() as statements:
        albums = list(artist.albums.all())
        assert albums == artist["albums"] == list(loaded.albums.all())
        assert albums[0]["artist"] is artist
        assert {type(track) for track in albums[0]["tracks"]} == {Track.vinyl.model}
        assert artist.idols == loaded.idols
        assert artist["tags"] == loaded["tags"]
        assert type(artist.albums.all()) is type(loaded.albums.all())
    assert statements == []
    found = artist.albums.filter(year=1993)
    assert [type(album) for album in found] == [Album.vinyl.model]
    assert found[0]["artist"] is artist


def test_from_django_inserts_a_new_instance() -> None:
    genre = Genre.vinyl.from_django(Genre(code="new", name="New"))
    genre.insert()
    assert stock(lambda: Genre.objects.get(pk="new").name) == "New"


def test_there_and_back_is_the_same() -> None:
    lookup = Prefetch("albums", queryset=Album.vinyl.prefetch_related("tracks"))
    artist = Artist.vinyl.select_related("label").prefetch_related(lookup).get(pk=1)
    back = Artist.vinyl.from_django(artist.as_django())
    assert back is not artist
    assert type(back) is type(artist)
    assert state_of(back) == state_of(artist)
    assert back["albums"] == artist["albums"]
    assert back["albums"][0]["tracks"] == artist["albums"][0]["tracks"]
    assert back["label"] == artist["label"]


def state_of(obj):
    left_out = {"_state", "_prefetched_objects_cache"}
    return {name: value for name, value in vars(obj).items() if name not in left_out}


def test_objects_of_the_other_twin_are_taken() -> None:
    theirs = stock(lambda: Artist.objects.prefetch_related("albums").get(pk=1))
    with vinyl.async_mode(not vinyl.is_async()):
        foreign = Artist.vinyl.from_django(theirs)
        assert type(foreign) is Artist.vinyl.model
    artist = Artist.vinyl.from_django(foreign)
    assert type(artist) is Artist.vinyl.model is not type(foreign)
    assert {type(album) for album in artist["albums"]} == {Album.vinyl.model}
    assert type(foreign.as_django()) is Artist


def test_a_child_is_an_instance_of_its_parents_model() -> None:
    theirs = stock(lambda: Customer.objects.get(pk=6))
    assert type(Person.vinyl.from_django(theirs)) is Customer.vinyl.model


@pytest.mark.parametrize("given", [None, 1, "x", Genre, Person(name="x"), Album.objects.all()])
def test_what_is_no_instance_of_the_model_is_refused(given) -> None:
    with recorded() as statements, pytest.raises(TypeError) as refused:
        Album.vinyl.from_django(given)
    name = "the class Genre" if given is Genre else type(given).__name__
    assert str(refused.value) == (
        f"Album.vinyl.from_django() takes an instance of shop.Album, not {name}."
    )
    assert statements == []
    with pytest.raises(TypeError, match="Customer"):
        Customer.vinyl.from_django(given)


def test_a_lazy_instance_is_taken() -> None:
    from django.utils.functional import SimpleLazyObject

    customer = stock(lambda: Customer.objects.get(pk=6))
    review = Review.vinyl.from_django(Review(author=SimpleLazyObject(lambda: customer), stars=1))
    assert type(review["author"]) is Customer.vinyl.model
    lazy = SimpleLazyObject(lambda: customer)
    assert type(Customer.vinyl.from_django(lazy)) is Customer.vinyl.model
