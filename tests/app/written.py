"""Models about what happens to an object that is written: validation, order, files, inheritance."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import InMemoryStorage
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone

from tests.app.models import Album
from vinyl import VinylManager

MEMORY = InMemoryStorage()


class Venue(models.Model):
    """Has rules of each kind that validation asks the database about."""

    class Size(models.TextChoices):
        SMALL = "s", "Small"
        LARGE = "l", "Large"

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=30, unique_for_date="opened", unique_for_year="renovated")
    city = models.CharField(max_length=30, unique_for_month="opened", blank=True)
    size = models.CharField(max_length=1, choices=Size.choices, default=Size.SMALL)
    opened = models.DateField()
    renovated = models.DateField(null=True, blank=True)
    seats = models.IntegerField(default=0)
    standing = models.IntegerField(default=0)
    label = models.ForeignKey(
        "shop.Label", models.CASCADE, to_field="code", null=True, blank=True, related_name="venues"
    )
    # May name small venues only.
    annex_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, limit_choices_to={"size": "s"}
    )
    capacity = models.GeneratedField(
        expression=F("seats") + F("standing"),
        output_field=models.IntegerField(),
        db_persist=True,
    )

    vinyl = VinylManager()

    class Meta:
        unique_together = [("city", "seats")]
        get_latest_by = "opened"
        constraints = [
            models.UniqueConstraint(Lower("name"), "city", name="venue_name"),
            models.UniqueConstraint(
                fields=["standing"],
                condition=Q(size="l"),
                name="venue_standing",
                violation_error_message="One large venue with %(name)s.",
                violation_error_code="large",
            ),
            models.UniqueConstraint(fields=["code"], name="venue_code"),
            models.CheckConstraint(
                condition=Q(seats__gte=0) & Q(standing__lte=F("seats") + 1000), name="venue_seats"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Count the calls, and refuse one name."""
        calls.append(("clean", self.name))
        self.name = self.name.strip()
        if self.name == "closed":
            raise ValidationError({"name": "Closed for ever."}, code="closed")


# Calls of methods that the project overrides.
calls: list[Any] = []


class StrictVenue(Venue):
    """Overrides the parts of validation, as projects do."""

    class Meta:
        proxy = True

    def clean_fields(self, exclude: Any = None) -> None:
        self.seats += 1
        super().clean_fields(exclude=exclude)
        if self.city == "Atlantis":
            raise ValidationError({"city": "Sunk."})

    def validate_unique(self, exclude: Any = None) -> None:
        super().validate_unique(exclude=exclude)
        # Django's own way to query, in a method of the model.
        if type(self).objects.filter(seats=self.seats).exclude(pk=self.pk).exists():
            raise ValidationError({"seats": "As many as elsewhere."})

    def validate_constraints(self, exclude: Any = None) -> None:
        self.standing += 1
        super().validate_constraints(exclude=exclude)


class CheckedAlbum(Album):
    """Looks at two relations to one model, and at the time, where it is validated."""

    class Meta:
        proxy = True

    def validate_unique(self, exclude: Any = None) -> None:
        labels = [self.artist.label, self.producer.label]
        later = Album.objects.filter(pk=self.pk, released__gt=timezone.now()).exists()
        calls.append((self.artist.pk, self.producer.pk, [each.pk for each in labels], later))


class WholeVenue(Venue):
    """Overrides full_clean() itself."""

    class Meta:
        proxy = True

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        self.seats += 1
        super().full_clean(*args, **kwargs)
        self.standing += 1


class WritingVenue(Venue):
    """Writes while it is validated."""

    class Meta:
        proxy = True

    def validate_unique(self, exclude: Any = None) -> None:
        type(self).objects.create(code=f"copy-{self.code}", name="Copy", opened=self.opened)

    def clean(self) -> None:
        if type(self).objects.filter(pk=self.pk).exists():
            raise ValidationError("Known.")


class CuratedVenue(Venue):
    """Has a class of the project's own for its objects, with methods that query."""

    vinyl = VinylManager(model="tests._async.custom.Venue", sync_model="tests._sync.custom.Venue")

    class Meta:
        proxy = True


class Hall(Venue):
    """A child table, with rules of its own."""

    number = models.IntegerField(unique=True)
    stage = models.IntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(stage__gt=0), name="hall_stage")]


class Seat(models.Model):
    """Has a primary key of two columns, and an order."""

    pk = models.CompositePrimaryKey("row", "number")
    row = models.IntegerField()
    number = models.IntegerField()
    taken = models.BooleanField(default=False)

    vinyl = VinylManager()


class Poster(models.Model):
    """Keeps a file."""

    title = models.CharField(max_length=20)
    image = models.FileField(upload_to="posters", storage=MEMORY, blank=True)

    vinyl = VinylManager()


class Show(models.Model):
    """Asks before it updates, in Django's save()."""

    title = models.CharField(max_length=20, unique=True)
    visitors = models.IntegerField(default=0)

    vinyl = VinylManager()

    class Meta:
        select_on_save = True


class Matinee(Show):
    """A child of a model with select_on_save."""

    hour = models.IntegerField(default=11)

    class Meta:
        select_on_save = True


# A diamond: a film's row, twice removed.


class Creation(models.Model):
    name = models.CharField(max_length=20)

    vinyl = VinylManager()


class Story(Creation):
    work = models.OneToOneField(Creation, models.CASCADE, primary_key=True, parent_link=True)
    pages = models.IntegerField(default=0)


class Picture(Creation):
    parent = models.OneToOneField(Creation, models.CASCADE, primary_key=True, parent_link=True)
    frames = models.IntegerField(default=0)


class Film(Story, Picture):
    reels = models.IntegerField(default=0, unique=True)


class Keyed(models.Model):
    """An abstract parent with a key made on the client's side."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)

    vinyl = VinylManager()

    class Meta:
        abstract = True


class Ticket(Keyed):
    price = models.IntegerField(db_default=5)
    doubled = models.GeneratedField(
        expression=F("price") * 2, output_field=models.IntegerField(), db_persist=True
    )

    @property
    def euros(self) -> int:
        return self.price

    @euros.setter
    def euros(self, value: int) -> None:
        self.price = value


class Discount(Ticket):
    percent = models.IntegerField(default=10)


class Coin(models.Model):
    """Has a key that the database makes."""

    code = models.CharField(primary_key=True, max_length=20, db_default=Value("coin"))
    worth = models.IntegerField(default=1)

    vinyl = VinylManager()


class RareCoin(Coin):
    """A child of a model with such a key."""

    year = models.IntegerField(db_default=1900)


class Counter(models.Model):
    """Is created by many at once."""

    name = models.CharField(max_length=20, unique=True)
    value = models.IntegerField(default=0)

    vinyl = VinylManager()


class OpenSites(models.Manager):
    def get_queryset(self) -> Any:
        return super().get_queryset().filter(closed=False)


class Site(models.Model):
    """Is reached by its own manager only, also from what points to it."""

    name = models.CharField(max_length=20)
    closed = models.BooleanField(default=False)

    open = OpenSites()
    objects = models.Manager()
    vinyl = VinylManager()

    class Meta:
        base_manager_name = "open"
        default_manager_name = "objects"


class Dig(models.Model):
    site = models.ForeignKey(Site, models.CASCADE, related_name="digs")

    vinyl = VinylManager()
