"""Relations: spanning them in filters, joining them into the objects, and what hangs on them."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

from django.db.models import Count, F, FilteredRelation, Q

from tests.app.data import code
from tests.differential.table import case

SPANNING = [
    case("forward", lambda Track: Track.filter(album__title="Debut")),
    case("forward_twice", lambda Track: Track.filter(album__artist__name="Björk")),
    case("forward_thrice", lambda Track: Track.filter(album__artist__label__code="olo")),
    case("forward_pk", lambda Track: Track.filter(album=1)),
    case("forward_id", lambda Track: Track.filter(album_id__in=[1, 2])),
    case("forward_null", lambda Album: Album.filter(producer=None).order_by("id")),
    case("forward_nullable", lambda Album: Album.filter(producer__active=False).order_by("id")),
    case("to_field", lambda Artist: Artist.filter(label="ecm").order_by("id")),
    case("to_field_span", lambda Artist: Artist.filter(label__founded__lt=1980).order_by("id")),
    case("to_field_empty", lambda Artist: Artist.filter(label__code="").order_by("id")),
    case("reverse", lambda Artist: Artist.filter(albums__title="( )")),
    case("reverse_many", lambda Artist: Artist.filter(albums__year__gt=1990).order_by("id")),
    case("reverse_null", lambda Artist: Artist.filter(albums=None).order_by("id")),
    case(
        "reverse_isnull",
        lambda Artist: Artist.filter(albums__isnull=False).distinct().order_by("id"),
    ),
    case("reverse_exclude", lambda Artist: Artist.exclude(albums__format="lp").order_by("id")),
    case(
        "reverse_same_row",
        lambda Artist: Artist.filter(albums__year=1993, albums__price__lt=20).order_by("id"),
    ),
    case(
        "reverse_two_rows",
        lambda Artist: Artist.filter(albums__year=1993).filter(albums__year=2001),
    ),
    case("self_forward", lambda Label: Label.filter(owner__name="Bertelsmann")),
    case("self_reverse", lambda Label: Label.filter(imprints__code="smekk")),
    case("self_twice", lambda Label: Label.filter(owner__owner__code="bertel")),
    case("one_to_one", lambda Profile: Profile.filter(artist__name="Björk")),
    case("one_to_one_reverse", lambda Artist: Artist.filter(profile__biography="")),
    case("one_to_one_missing", lambda Artist: Artist.filter(profile=None).order_by("id")),
    case("one_to_one_nullable", lambda Order: Order.filter(payment__amount__gt=100)),
    case("many_to_many", lambda Album: Album.filter(genres="art-pop").order_by("id")),
    case("many_to_many_span", lambda Album: Album.filter(genres__parent__code="pop")),
    case("many_to_many_reverse", lambda Genre: Genre.filter(albums__title="Debut")),
    case("many_to_many_exclude", lambda Album: Album.exclude(genres__code="pop").order_by("id")),
    case("many_to_many_none", lambda Album: Album.filter(genres=None).order_by("id")),
    case("through", lambda Track: Track.filter(guests__name="Björk")),
    case("through_columns", lambda Track: Track.filter(credits__role="vocals").order_by("id")),
    case("through_fields", lambda Playlist: Playlist.filter(tracks__title="Part I")),
    case("through_reverse", lambda Artist: Artist.filter(guest_on__album=1).order_by("id")),
    case("symmetrical", lambda Artist: Artist.filter(friends=1).order_by("id")),
    case("symmetrical_self", lambda Artist: Artist.filter(friends=F("id"))),
    case("not_symmetrical", lambda Artist: Artist.filter(influences=3).order_by("id")),
    case("not_symmetrical_reverse", lambda Artist: Artist.filter(influenced=2).order_by("id")),
    case("generic_relation", lambda Artist: Artist.filter(tags__name="icelandic").order_by("id")),
    case("generic_reverse", lambda Tag: Tag.filter(artist__name="Björk")),
    case("generic_exclude", lambda Album: Album.exclude(tags__name="classic").order_by("id")),
    case("generic_columns", lambda Tag: Tag.filter(content_type__model="album").order_by("id")),
    case("filter_by_object", lambda Artist, Album: by_object(Artist, Album)),
    case("filter_by_objects", lambda Artist, Album: by_objects(Artist, Album)),
    case(
        "filtered_relation",
        lambda Artist: (
            Artist.annotate(cheap=FilteredRelation("albums", condition=Q(albums__price__lt=20)))
            .filter(cheap__isnull=False)
            .order_by("id", "cheap__id")
        ),
    ),
    case(
        "filtered_relation_values",
        lambda Artist: (
            Artist.annotate(cheap=FilteredRelation("albums", condition=Q(albums__price__lt=20)))
            .values("name", "cheap__title")
            .order_by("id", "cheap__id")
        ),
    ),
    case(
        "filtered_relation_joined",
        lambda Artist: (
            Artist.annotate(prof=FilteredRelation("profile", condition=Q(profile__biography="")))
            .select_related("prof")
            .order_by("id")
        ),
    ),
]


def by_object(Artist, Album):
    artist = yield Artist.get(pk=1)
    return Album.filter(artist=artist).order_by("id")


def by_objects(Artist, Album):
    artists = yield Artist.filter(pk__in=[1, 2]).order_by("id")
    return Album.filter(artist__in=artists).exclude(producer=artists[0]).order_by("id")


JOINED = [
    case("select_related", lambda Album: Album.select_related("artist").order_by("id")),
    case("select_related_null", lambda Album: Album.select_related("producer").order_by("id")),
    case("select_related_nested", lambda Track: Track.select_related("album__artist__label")),
    case(
        "select_related_two",
        lambda Album: Album.select_related("artist__label", "producer__label").order_by("id"),
    ),
    case(
        "select_related_cleared",
        lambda Album: Album.select_related("artist").select_related(None).order_by("id"),
    ),
    case("select_related_to_field", lambda Artist: Artist.select_related("label").order_by("id")),
    case("select_related_self", lambda Label: Label.select_related("owner__owner").order_by("id")),
    case(
        "select_related_reverse_one", lambda Artist: Artist.select_related("profile").order_by("id")
    ),
    case(
        "select_related_reverse_nullable",
        lambda Order: Order.select_related("payment__card").order_by("id"),
    ),
    case(
        "select_related_there_and_back",
        lambda Profile: Profile.select_related("artist__profile").order_by("pk"),
    ),
    case(
        "select_related_child",
        lambda Person: Person.select_related("customer__patron").order_by("id"),
    ),
    case(
        "select_related_parent_link",
        lambda Employee: Employee.select_related("person", "boss").order_by("pk"),
    ),
    case(
        "select_related_to_child",
        lambda Order: Order.select_related("customer", "clerk__boss").order_by("id"),
    ),
    case("select_related_generic_type", lambda Tag: Tag.select_related("content_type")),
    case("select_related_proxy", lambda Reissue: Reissue.select_related("artist").order_by("id")),
    case("select_related_composite", lambda ChartEntry: ChartEntry.select_related("album__artist")),
    case(
        "select_related_annotated",
        lambda Album: Album.select_related("artist").annotate(n=Count("tracks")).order_by("id"),
    ),
    case("select_related_sliced", lambda Track: Track.select_related("album")[3:6]),
    case("select_related_get", lambda Track: Track.select_related("album__producer").get(pk=4)),
    case(
        "select_related_first",
        lambda Artist: Artist.select_related("profile").order_by("id").first(),
    ),
]

INHERITANCE = [
    case("child_table", lambda Customer: Customer.order_by("id")),
    case("grandchild_table", lambda Patron: Patron.order_by("id")),
    case("own_parent_link", lambda Employee: Employee.order_by("pk")),
    case("child_filters_parent", lambda Patron: Patron.filter(name="Patron", credit__gt=1)),
    case("parent_filters_child", lambda Person: Person.filter(customer__credit__lt=0)),
    case("parent_filters_grandchild", lambda Person: Person.filter(customer__patron__level__gt=0)),
    case("relation_to_child", lambda Order: Order.filter(customer__name="Ada").order_by("id")),
    case("relation_of_parent", lambda Customer: Customer.filter(playlists__title="Morning")),
    case("values_of_child", lambda Patron: Patron.values().order_by("id")),
    case(
        "values_list_of_child",
        lambda Employee: Employee.values_list("name", "salary").order_by("pk"),
    ),
    case("proxy", lambda Reissue: Reissue.filter(year__gt=1990).order_by("id")),
    case("proxy_of_grandchild", lambda GenerousPatron: GenerousPatron.order_by("id")),
    case("proxy_relation", lambda Reissue: Reissue.filter(tracks__title="Hunter")),
    case("abstract_parent", lambda Order: Order.filter(created__isnull=False).count()),
    case(
        "self_relation_of_child", lambda Employee: Employee.filter(boss__name="Boss").order_by("pk")
    ),
    case(
        "annotate_over_child",
        lambda Person: Person.annotate(n=Count("customer__orders")).filter(n__gt=0).order_by("id"),
    ),
]


def forward(Track, do):
    track = yield Track.get(pk=1)
    album = yield do.related(track, "album")
    return columns((yield do.related(album, "artist")))


def forward_loaded(Track, do):
    track = yield Track.select_related("album").get(pk=1)
    return do.related(track, "album")


def forward_null(Album, do):
    album = yield Album.get(pk=1)
    return do.related(album, "producer")


def to_field(Artist, do):
    artist = yield Artist.get(pk=1)
    return do.related(artist, "label")


def columns(obj):
    """Return what an object has but for its relations, which vinyl does not cache on access."""
    return [type(obj).__name__, {name: vars(obj)[name] for name in vars(obj) if name != "_state"}]


def reverse_one(Artist, do):
    artist = yield Artist.get(pk=1)
    return columns((yield do.related(artist, "profile")))


def reverse_one_missing(Artist, do):
    artist = yield Artist.get(pk=2)
    return do.related(artist, "profile")


def child_of_parent(Person, do):
    person = yield Person.get(pk=6)
    customer = yield do.related(person, "customer")
    return columns((yield do.related(customer, "patron")))


def parent_of_child(Employee, do):
    employee = yield Employee.get(pk=5)
    return columns((yield do.related(employee, "person")))


def generic(Tag, do):
    tag = yield Tag.get(pk=3)
    return do.related(tag, "target")


def generic_dangling(Tag, do):
    tag = yield Tag.get(pk=6)
    return do.related(tag, "target")


def through_uuid(PlaylistEntry, do):
    entry = yield PlaylistEntry.filter(playlist=code("list Travel")).first()
    return do.related(entry, "playlist")


def missing_error(Artist, do):
    artist = yield Artist.get(pk=2)
    try:
        yield do.related(artist, "profile")
    except Artist.model.profile.RelatedObjectDoesNotExist as error:
        return str(error)
    return "nothing raised"


def tracks(Album, do):
    album = yield Album.get(pk=1)
    return do.related(album, "tracks").all()


def tracks_by_default(Album, do):
    album = yield Album.get(pk=1)
    return [
        (yield do.related(album, "tracks").count()),
        (yield do.related(album, "tracks").exists()),
        (yield do.related(album, "tracks").first()),
        (yield do.related(album, "tracks").filter(seconds__gt=260).values_list("title")),
        (yield do.related(album, "tracks").get(position=2)),
        (yield do.related(album, "tracks").aggregate(Count("id"))),
        (yield do.related(album, "tracks").none()),
    ]


def genres(Album, do):
    album = yield Album.get(pk=1)
    return do.related(album, "genres").order_by("code")


def albums_of_genre(Genre, do):
    genre = yield Genre.get(pk="art-pop")
    return do.related(genre, "albums").select_related("artist").order_by("id")


def guests(Track, do):
    track = yield Track.get(pk=3)
    return do.related(track, "guests").order_by("id")


def friends(Artist, do):
    artist = yield Artist.get(pk=1)
    return do.related(artist, "friends").order_by("id")


def influenced(Artist, do):
    artist = yield Artist.get(pk=3)
    return do.related(artist, "influenced").order_by("id")


def artists_of_label(Label, do):
    label = yield Label.get(pk=3)
    return do.related(label, "artists").order_by("id")


def tags(Album, do):
    album = yield Album.get(pk=6)
    return do.related(album, "tags").all()


def orders_of_child(Customer, do):
    customer = yield Customer.get(pk=1)
    return do.related(customer, "orders").order_by("id")


def playlists_of_grandchild(Patron, do):
    patron = yield Patron.get(pk=6)
    return do.related(patron, "playlists").all()


def visible_reviews(Album, do):
    album = yield Album.get(pk=1)
    return do.related(album, "reviews").order_by("id")


def hidden_review(Review, do):
    review = yield Review.get(pk=3)
    return columns((yield do.related(review, "follows")))


def hidden_other_side(Review, do):
    review = yield Review.get(pk=1)
    return columns((yield do.related(review, "followed_by")))


def unsaved_to_many(Album, do):
    return do.related(Album.model(), "tracks").all()


def related_of_other(Artist, do):
    artist = yield Artist.using("other").get(pk=1)
    return [(yield do.related(artist, "albums").all()), (yield do.related(artist, "tags").all())]


FOLLOWED_TO_MANY = [
    case("follow_reverse", tracks),
    case("follow_reverse_and_ask", tracks_by_default),
    case("follow_many_to_many", genres),
    case("follow_many_to_many_back", albums_of_genre),
    case("follow_through", guests),
    case("follow_symmetrical", friends),
    case("follow_not_symmetrical_back", influenced),
    case("follow_reverse_to_field", artists_of_label),
    case("follow_generic_relation", tags),
    case("follow_reverse_of_child", orders_of_child),
    case("follow_reverse_of_parent", playlists_of_grandchild),
    case("follow_to_filtering_manager", visible_reviews),
    case("follow_forward_past_filtering_manager", hidden_review),
    case("follow_one_to_one_past_filtering_manager", hidden_other_side),
    case("follow_many_of_unsaved", unsaved_to_many, raises=ValueError),
    case("follow_on_other", related_of_other),
]

FOLLOWED = [
    case("follow_forward", forward),
    case("follow_forward_loaded", forward_loaded),
    case("follow_forward_null", forward_null),
    case("follow_to_field", to_field),
    case("follow_reverse_one_to_one", reverse_one),
    case("follow_reverse_one_to_one_missing", missing_error),
    case("follow_to_child", child_of_parent),
    case("follow_parent_link", parent_of_child),
    case("follow_generic", generic),
    case("follow_generic_dangling", generic_dangling),
    case("follow_to_uuid", through_uuid),
]

CASES = [*SPANNING, *JOINED, *INHERITANCE, *FOLLOWED, *FOLLOWED_TO_MANY]
