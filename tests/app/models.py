"""
A record shop: every kind of field, relation and inheritance that Django's models have.

The first part has the catalogue, the second people and their orders, the third what is attached
to anything (tags), and the last the specimens, which have a column of every type.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Now, Upper

from tests.app.fields import CatalogueNumberField
from vinyl import VinylManager


class Country(models.TextChoices):
    GERMANY = "de", "Germany"
    ICELAND = "is", "Iceland"
    JAPAN = "jp", "Japan"
    USA = "us", "United States"


# --- The catalogue ------------------------------------------------------------------------------


class Genre(models.Model):
    """Has a text as its primary key, and a relation to itself."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )

    vinyl = VinylManager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Label(models.Model):
    """A company that makes records; artists point to its code, not to its primary key."""

    id = models.SmallAutoField(primary_key=True)
    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100, unique=True)
    owner = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="imprints"
    )
    country = models.CharField(max_length=2, choices=Country.choices, blank=True)
    founded = models.PositiveSmallIntegerField(null=True)

    vinyl = VinylManager(model="tests._async.custom.Label", sync_model="tests._sync.custom.Label")

    def __str__(self) -> str:
        return self.name


class Imprint(Label):
    """A proxy whose objects have all writing methods of their own."""

    vinyl = VinylManager(model="tests._async.custom.Diary", sync_model="tests._sync.custom.Diary")

    class Meta:
        proxy = True


class Artist(models.Model):
    name = models.CharField(max_length=100)
    sort_name = models.CharField(max_length=100, db_column="sorted_as", blank=True)
    born = models.DateField(null=True, blank=True)
    website = models.URLField(blank=True)
    active = models.BooleanField(null=True)
    rating = models.FloatField(null=True)
    label = models.ForeignKey(
        Label, models.SET_NULL, null=True, blank=True, to_field="code", related_name="artists"
    )
    friends = models.ManyToManyField("self")
    influences = models.ManyToManyField("self", symmetrical=False, related_name="influenced")
    tags = GenericRelation("Tag", related_query_name="artist")

    vinyl = VinylManager()

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split())


class Profile(models.Model):
    """Shares its artist's primary key."""

    artist = models.OneToOneField(Artist, models.CASCADE, primary_key=True)
    biography = models.TextField(blank=True)
    facts = models.JSONField(default=dict)

    vinyl = VinylManager()


class AlbumQuerySet(models.QuerySet):
    """Has a method of the project's own, which vinyl takes along."""

    def expensive(self) -> Any:
        return self.filter(price__gte=20)

    def by(self, name: str) -> Any:
        return self.filter(artist__name=name)


class Album(models.Model):
    class Format(models.TextChoices):
        LP = "lp", "Long player"
        EP = "ep", "Extended play"
        CD = "cd", "Compact disc"

    title = models.CharField(max_length=200)
    title_upper = models.GeneratedField(
        expression=Upper("title"),
        output_field=models.CharField(max_length=200),
        db_persist=True,
    )
    artist = models.ForeignKey(Artist, models.CASCADE, related_name="albums")
    producer = models.ForeignKey(
        Artist, models.SET_NULL, null=True, blank=True, related_name="produced"
    )
    genres = models.ManyToManyField(Genre, related_name="albums")
    year = models.IntegerField()
    released = models.DateTimeField(null=True, blank=True)
    length = models.DurationField(null=True, blank=True)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    format = models.CharField(max_length=2, choices=Format.choices, default=Format.LP)
    number = CatalogueNumberField(max_length=20, null=True)
    barcode = models.UUIDField(default=uuid.uuid4, unique=True)
    cover = models.BinaryField(null=True)
    notes = models.JSONField(null=True)
    tags = GenericRelation("Tag", related_query_name="album")

    objects = AlbumQuerySet.as_manager()
    vinyl = VinylManager(queryset=AlbumQuerySet)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["artist", "title"], name="album_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="album_price"),
        ]

    def __str__(self) -> str:
        return self.title


class Reissue(Album):
    """A proxy with an order of its own."""

    class Meta:
        proxy = True
        ordering = ["-year"]

    def heading(self) -> str:
        return f"{self.title} (reissue)"


class Track(models.Model):
    album = models.ForeignKey(Album, models.CASCADE, related_name="tracks")
    disc = models.PositiveSmallIntegerField(default=1)
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    seconds = models.IntegerField(null=True)
    guests = models.ManyToManyField(Artist, through="Credit", related_name="guest_on")

    vinyl = VinylManager()

    class Meta:
        ordering = ["album", "disc", "position"]
        unique_together = [("album", "disc", "position")]

    def __str__(self) -> str:
        return self.title


class Credit(models.Model):
    """The table between tracks and their guests."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="credits")
    artist = models.ForeignKey(Artist, models.PROTECT, related_name="credits")
    role = models.CharField(max_length=30, default="vocals")
    fee = models.DecimalField(max_digits=10, decimal_places=3, null=True)

    vinyl = VinylManager()

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Any:
        """Note what was read, as change trackers do."""
        credit = super().from_db(*args, **kwargs)
        credit.role_read = credit.__dict__.get("role", "not read")
        return credit


class Clip(models.Model):
    """Is ordered with respect to its track."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="clips")
    url = models.URLField()

    vinyl = VinylManager()

    class Meta:
        order_with_respect_to = "track"


class ChartEntry(models.Model):
    """Has a primary key of two columns."""

    pk = models.CompositePrimaryKey("week", "place")
    week = models.DateField()
    place = models.PositiveSmallIntegerField()
    album = models.ForeignKey(Album, models.CASCADE, related_name="chart")
    points = models.IntegerField(default=0)

    vinyl = VinylManager()

    class Meta:
        ordering = ["week", "place"]


class Festival(models.Model):
    """Has sponsors through a table with a key of two columns, by a field that is no key."""

    name = models.CharField(max_length=50)
    sponsors = models.ManyToManyField(Label, through="Sponsorship", related_name="festivals")

    vinyl = VinylManager()


class Sponsorship(models.Model):
    pk = models.CompositePrimaryKey("festival", "label")
    festival = models.ForeignKey(Festival, models.CASCADE)
    label = models.ForeignKey(Label, models.CASCADE, to_field="code")
    amount = models.IntegerField(default=0)

    vinyl = VinylManager()


# --- People and orders --------------------------------------------------------------------------


class Person(models.Model):
    name = models.CharField(max_length=100)
    email = models.EmailField(null=True, unique=True)

    vinyl = VinylManager()

    def __str__(self) -> str:
        return self.name


class Customer(Person):
    """A child table of Person."""

    credit = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    address = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    favourite = models.ForeignKey(Album, models.SET_NULL, null=True, related_name="fans")


class Patron(Customer):
    """A grandchild of Person."""

    level = models.SmallIntegerField(default=1)
    since = models.DateField(null=True)


class Employee(Person):
    """A child of Person with a parent link of its own, and its boss."""

    person = models.OneToOneField(
        Person, models.CASCADE, parent_link=True, primary_key=True, related_name="as_employee"
    )
    boss = models.ForeignKey("self", models.RESTRICT, null=True, related_name="staff")
    salary = models.PositiveIntegerField(default=0)


class GenerousPatron(Patron):
    """A proxy of a grandchild."""

    class Meta:
        proxy = True


class Work(models.Model):
    """The top of a diamond."""

    title = models.CharField(max_length=50)
    title_upper = models.GeneratedField(
        expression=Upper("title"), output_field=models.CharField(max_length=50), db_persist=True
    )

    vinyl = VinylManager()


class Printed(Work):
    pages = models.IntegerField(default=1)


class PrintedWork(Printed):
    class Meta:
        proxy = True


class Recorded(Work):
    # Named, for the foot of the diamond has two links to its top.
    work = models.OneToOneField(Work, models.CASCADE, parent_link=True, primary_key=True)
    seconds = models.IntegerField(db_default=60)


class Stored(models.Model):
    """A second root, with keys of its own."""

    stored = models.BigAutoField(primary_key=True)
    shelf = models.CharField(max_length=20)

    vinyl = VinylManager()


class Songbook(PrintedWork, Recorded, Stored):
    """The foot of the diamond, with a second root, and a proxy between."""

    price = models.DecimalField(max_digits=6, decimal_places=2, null=True)


class Dated(models.Model):
    """An abstract parent, from which `vinyl` is inherited."""

    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    vinyl = VinylManager()

    class Meta:
        abstract = True


class Order(Dated):
    class Status(models.IntegerChoices):
        OPEN = 1
        PAID = 2
        SENT = 3

    number = models.CharField(max_length=12, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    clerk = models.ForeignKey(
        Employee, models.SET_DEFAULT, null=True, default=None, related_name="served"
    )
    status = models.IntegerField(choices=Status.choices, default=Status.OPEN)
    currency = models.CharField(max_length=3, db_default=Value("EUR"))
    placed = models.DateTimeField(db_default=Now())
    note = models.TextField(null=True)

    class Meta:
        indexes = [models.Index(fields=["status", "placed"])]


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    album = models.ForeignKey(Album, models.PROTECT, related_name="lines")
    quantity = models.PositiveSmallIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=8, decimal_places=2)
    discount = models.FloatField(default=0.0)
    # Computed by the database, from the columns of its own row.
    ten_fold = models.GeneratedField(
        expression=F("quantity") * 10, output_field=models.IntegerField(), db_persist=True
    )

    vinyl = VinylManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "album"], name="line_once")]


class Payment(models.Model):
    """A one-to-one relation that may be empty, and one that restricts."""

    order = models.OneToOneField(Order, models.SET_NULL, null=True, related_name="payment")
    card = models.ForeignKey(Person, models.RESTRICT, related_name="cards")
    amount = models.DecimalField(max_digits=12, decimal_places=4)

    vinyl = VinylManager()


class Playlist(models.Model):
    """Has a UUID as its primary key, and tracks through a table with two links to people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=100)
    owner = models.ForeignKey(Person, models.CASCADE, related_name="playlists")
    tracks = models.ManyToManyField(
        Track, through="PlaylistEntry", through_fields=("playlist", "track")
    )

    vinyl = VinylManager()

    class Meta:
        ordering = ["title"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first_title = self.__dict__.get("title", "not read")


class PlaylistEntry(models.Model):
    playlist = models.ForeignKey(Playlist, models.CASCADE, related_name="entries")
    track = models.ForeignKey(Track, models.CASCADE, related_name="entries")
    added_by = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    place = models.IntegerField()
    remark = models.CharField(max_length=50, blank=True)

    vinyl = VinylManager()

    class Meta:
        ordering = ["place"]


class ReviewQuerySet(models.QuerySet):
    """What a manager takes over with from_queryset()."""

    def good(self) -> Any:
        return self.filter(stars__gte=3)

    def with_author(self) -> Any:
        return self.select_related("author")


class VisibleManager(models.Manager.from_queryset(ReviewQuerySet)):
    """Leaves out what is hidden, also where it is reached from an album."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(hidden=False)


class Review(models.Model):
    """Has a default manager that does not give all rows."""

    album = models.ForeignKey(Album, models.CASCADE, related_name="reviews")
    author = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="reviews")
    follows = models.OneToOneField("self", models.SET_NULL, null=True, related_name="followed_by")
    stars = models.SmallIntegerField()
    hidden = models.BooleanField(default=False)
    footnotes = GenericRelation("Footnote")

    visible = VisibleManager()
    objects = models.Manager()
    vinyl = VinylManager()


# --- Attached to anything -----------------------------------------------------------------------


class Tag(models.Model):
    name = models.SlugField(max_length=40)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    target = GenericForeignKey("content_type", "object_id")

    vinyl = VinylManager()

    class Meta:
        ordering = ["name", "id"]


class Footnote(models.Model):
    """Is ordered with respect to anything."""

    text = models.CharField(max_length=40)
    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveIntegerField()
    target = GenericForeignKey("content_type", "object_id")

    vinyl = VinylManager()

    class Meta:
        order_with_respect_to = "target"


# --- Specimens: a column of every type ----------------------------------------------------------


class Mood(models.IntegerChoices):
    CALM = 1
    LOUD = 2


class Specimen(models.Model):
    """One nullable column for each type; a test sets the one it is about."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=60)
    big = models.BigIntegerField(null=True)
    binary = models.BinaryField(null=True)
    boolean = models.BooleanField(null=True)
    char = models.CharField(max_length=200, null=True)
    choice = models.IntegerField(choices=Mood.choices, null=True)
    custom = CatalogueNumberField(max_length=40, null=True)
    date = models.DateField(null=True)
    datetime = models.DateTimeField(null=True)
    decimal = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    decimal_long = models.DecimalField(max_digits=30, decimal_places=15, null=True)
    duration = models.DurationField(null=True)
    email = models.EmailField(null=True)
    file = models.FileField(upload_to="files", null=True)
    file_path = models.FilePathField(path="", null=True)
    floating = models.FloatField(null=True)
    integer = models.IntegerField(null=True)
    ip = models.GenericIPAddressField(null=True)
    ip_unpacked = models.GenericIPAddressField(unpack_ipv4=True, null=True)
    ip4 = models.GenericIPAddressField(protocol="ipv4", null=True)
    json = models.JSONField(null=True)
    json_encoded = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    positive = models.PositiveIntegerField(null=True)
    positive_big = models.PositiveBigIntegerField(null=True)
    positive_small = models.PositiveSmallIntegerField(null=True)
    slug = models.SlugField(null=True)
    small = models.SmallIntegerField(null=True)
    text = models.TextField(null=True)
    time = models.TimeField(null=True)
    url = models.URLField(null=True)
    uuid = models.UUIDField(null=True)
    renamed = models.CharField(max_length=20, db_column="other name", null=True)
    with_default = models.CharField(max_length=20, default="python")
    with_db_default = models.IntegerField(db_default=42)
    integer_or_zero = models.GeneratedField(
        expression=Coalesce("integer", 0), output_field=models.IntegerField(), db_persist=True
    )

    vinyl = VinylManager()

    class Meta:
        ordering = ["id"]


# --- Depots: every way in which what points to a deleted row is dealt with -----------------------


def lost_and_found() -> Any:
    """Query without naming a database, as the example for SET() in Django's documentation does."""
    return Depot.objects.get_or_create(code="lost", defaults={"name": "Made on the way"})[0]


def to_the_nearest(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """Do as an on_delete handler of a project's own: read, and name a value to set."""
    others = Depot.objects.using(using).filter(name__startswith="North").order_by("pk")
    if others.exists() and others.count() > 1:
        collector.add_field_update(field, others.last(), sub_objs)


def cheap_ones_too(collector: Any, field: Any, sub_objs: Any, using: str) -> None:
    """Delete some of the objects, and build a queryset for the update of the others."""
    collector.collect(
        sub_objs.filter(value__lt=10),
        source=field.remote_field.model,
        source_attr=field.name,
        fail_on_restricted=False,
    )
    collector.add_field_update(field, None, sub_objs.filter(value__gte=10))


class Depot(models.Model):
    id = models.AutoField(primary_key=True)
    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=50)

    vinyl = VinylManager()


class BusyDepot(Depot):
    class Meta:
        proxy = True


class Parcel(models.Model):
    """Points to depots in many ways, each of which may be empty."""

    id = models.AutoField(primary_key=True)
    value = models.IntegerField(default=0)
    depot = models.ForeignKey(
        Depot, models.CASCADE, to_field="code", null=True, related_name="parcels"
    )
    stored = models.ForeignKey(Depot, models.SET(1), null=True, related_name="+")
    found = models.ForeignKey(Depot, models.SET(lost_and_found), null=True, related_name="+")
    near = models.ForeignKey(Depot, to_the_nearest, null=True, related_name="+")
    sent = models.ForeignKey(Depot, cheap_ones_too, null=True, related_name="+")
    usual = models.ForeignKey(Depot, models.SET_DEFAULT, null=True, default=1, related_name="+")
    kept = models.ForeignKey(Depot, models.PROTECT, null=True, related_name="+")
    held = models.ForeignKey(Depot, models.RESTRICT, null=True, related_name="+")
    noted = models.ForeignKey(
        Depot, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )

    vinyl = VinylManager()


class Slip(models.Model):
    parcel = models.OneToOneField(Parcel, models.CASCADE, related_name="slip")
    depot = models.ForeignKey(Depot, models.PROTECT, null=True, related_name="+")

    vinyl = VinylManager()


class Visit(models.Model):
    """Points to a proxy."""

    depot = models.ForeignKey(BusyDepot, models.CASCADE, related_name="visits")

    vinyl = VinylManager()


class Container(models.Model):
    id = models.AutoField(primary_key=True)
    litres = models.IntegerField(default=1)

    vinyl = VinylManager()


class Marked(models.Model):
    mark_id = models.AutoField(primary_key=True)
    mark = models.CharField(max_length=20)

    vinyl = VinylManager()


class Crate(Container, Marked):
    """Has two parents; the link to the second one is not its primary key."""

    depot = models.ForeignKey(Depot, models.CASCADE, null=True, related_name="crates")

    vinyl = VinylManager()


class Inbox(models.Model):
    """Makes a circle with an outbox."""

    name = models.CharField(max_length=20)
    outbox = models.ForeignKey("Outbox", models.CASCADE, null=True, related_name="inboxes")

    vinyl = VinylManager()


class Outbox(models.Model):
    name = models.CharField(max_length=20)
    inbox = models.ForeignKey(Inbox, models.CASCADE, null=True, related_name="outboxes")
    previous = models.OneToOneField("self", models.CASCADE, null=True, related_name="next")

    vinyl = VinylManager()


class Slot(models.Model):
    """Is pointed to with both columns of its primary key."""

    pk = models.CompositePrimaryKey("shelf", "place")
    shelf = models.IntegerField()
    place = models.IntegerField()
    free = models.BooleanField(default=True)

    vinyl = VinylManager()


class SlotNote(models.Model):
    shelf = models.IntegerField(null=True)
    place = models.IntegerField(null=True)
    slot = models.ForeignObject(
        Slot,
        models.CASCADE,
        from_fields=["shelf", "place"],
        to_fields=["shelf", "place"],
        related_name="notes",
    )
    text = models.CharField(max_length=20)

    vinyl = VinylManager()


if hasattr(models, "DB_CASCADE"):

    class Stamp(models.Model):
        """Is left to the database; new in Django 6.1."""

        depot = models.ForeignKey(Depot, models.DB_CASCADE, null=True, related_name="+")
        last = models.ForeignKey(Depot, models.DB_SET_NULL, null=True, related_name="+")

        vinyl = VinylManager()

    if connection.features.supports_on_delete_db_default:  # InnoDB does not.

        class Seal(models.Model):
            """Gets another office from the database; new in Django 6.1."""

            office = models.ForeignKey(
                "Office", models.DB_SET_DEFAULT, db_default=1, related_name="seals"
            )

            vinyl = VinylManager()

        class Office(models.Model):
            """Is emptied after what refers to it, when the tests put the tables back."""

            name = models.CharField(max_length=20)

            vinyl = VinylManager()


# More models of the app, each group in a module of its own.
from tests.app import odd, written  # noqa: E402, F401
