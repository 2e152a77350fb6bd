"""A table as applications have them: a dozen columns of the common types."""

from __future__ import annotations

from django.db import models

from vinyl import VinylManager


class Item(models.Model):
    """An article of a shop."""

    title = models.CharField(max_length=200)
    description = models.TextField()
    status = models.CharField(max_length=20, db_index=True)
    active = models.BooleanField(default=True)
    views = models.IntegerField(default=0)
    rating = models.FloatField(default=0)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    created = models.DateTimeField()
    released = models.DateField(null=True)
    uid = models.UUIDField()
    data = models.JSONField(default=dict)

    vinyl = VinylManager()
