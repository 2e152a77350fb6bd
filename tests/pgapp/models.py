"""An archive: a column of every type that django.contrib.postgres has."""

from __future__ import annotations

from django.contrib.postgres.fields import (
    ArrayField,
    BigIntegerRangeField,
    DateRangeField,
    DateTimeRangeField,
    DecimalRangeField,
    HStoreField,
    IntegerRangeField,
)
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from vinyl import VinylManager


class CaseInsensitiveField(models.CharField):
    """A text whose case does not count."""

    def db_type(self, connection: object) -> str:
        return "citext"


class Shelf(models.Model):
    title = models.CharField(max_length=100)
    text = models.TextField(default="")
    words = ArrayField(models.CharField(max_length=20), default=list)
    grid = ArrayField(ArrayField(models.IntegerField()), null=True)
    dates = ArrayField(models.DateField(), null=True)
    labels = HStoreField(default=dict)
    label_sets = ArrayField(HStoreField(), null=True)
    nick = CaseInsensitiveField(max_length=20, default="")
    nicks = ArrayField(CaseInsensitiveField(max_length=20), null=True)
    years = IntegerRangeField(null=True)
    numbers = BigIntegerRangeField(null=True)
    prices = DecimalRangeField(null=True)
    opened = DateTimeRangeField(null=True)
    days = DateRangeField(null=True)
    vector = SearchVectorField(null=True)

    vinyl = VinylManager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title
