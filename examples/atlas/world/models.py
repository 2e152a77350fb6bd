"""
Models of the atlas.

Plain Django models. The one line in each that is vinyl's is `vinyl = VinylManager()`; `objects` is
there as ever.
"""

from __future__ import annotations

from django.db import models

from vinyl import VinylManager


class Named(models.Model):
    """A thing that has a name."""

    name = models.CharField(max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Continent(Named):
    """One of the seven."""

    code = models.CharField(max_length=2, primary_key=True)

    vinyl = VinylManager()


class Country(Named):
    """A country or dependent territory, those of the past that GeoNames keeps included."""

    code = models.CharField(max_length=2, primary_key=True)
    code3 = models.CharField(max_length=3, unique=True)
    continent = models.ForeignKey(Continent, models.PROTECT, related_name="countries")
    capital = models.ForeignKey(
        "City", models.SET_NULL, null=True, blank=True, related_name="capital_of"
    )
    capital_name = models.CharField(max_length=100, blank=True)
    neighbours = models.ManyToManyField("self", through="Border", blank=True)
    population = models.BigIntegerField()
    area = models.PositiveIntegerField(help_text="in square kilometres")
    currency_code = models.CharField(max_length=3, blank=True)
    currency_name = models.CharField(max_length=50, blank=True)
    languages = models.CharField(max_length=200, blank=True)
    phone_prefix = models.CharField(max_length=20, blank=True)
    internet_domain = models.CharField(max_length=10, blank=True)

    vinyl = VinylManager()

    class Meta:
        verbose_name_plural = "countries"


class Border(models.Model):
    """A country's border with a neighbour; each border is here from both sides."""

    country = models.ForeignKey(Country, models.CASCADE, related_name="borders")
    neighbour = models.ForeignKey(Country, models.CASCADE, related_name="+")

    vinyl = VinylManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "neighbour"], name="world_border_once")
        ]

    def __str__(self) -> str:
        return f"{self.country_id} beside {self.neighbour_id}"


class City(Named):
    """A city with its place on the map; its number is GeoNames' own."""

    id = models.PositiveIntegerField(primary_key=True)
    country = models.ForeignKey(Country, models.CASCADE, related_name="cities")
    region_code = models.CharField(max_length=20, blank=True)
    population = models.PositiveIntegerField()
    latitude = models.FloatField()
    longitude = models.FloatField()
    time_zone = models.CharField(max_length=40)
    visit_count = models.PositiveIntegerField(default=0)

    vinyl = VinylManager()

    class Meta:
        verbose_name_plural = "cities"
        indexes = [models.Index(fields=["-population", "id"], name="world_city_by_size")]


class AlternateName(Named):
    """What a city is called in another language, script or time."""

    city = models.ForeignKey(City, models.CASCADE, related_name="alternate_names")

    vinyl = VinylManager()


class Visit(models.Model):
    """A traveller has been to a city; once is enough."""

    traveller = models.SlugField(max_length=50)
    city = models.ForeignKey(City, models.CASCADE, related_name="visits")

    vinyl = VinylManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["traveller", "city"], name="world_visit_once")
        ]

    def __str__(self) -> str:
        return f"{self.traveller} in {self.city_id}"
