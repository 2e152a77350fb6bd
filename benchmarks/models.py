"""A table as applications have them: a dozen columns of the common types."""

from __future__ import annotations

from django.db import models

from vinyl import VinylManager


class Article(models.Model):
    """What the two tables have in common."""

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

    class Meta:
        """No table of its own."""

        abstract = True


class Item(Article):
    """An article of a shop, to be read."""


class Line(Article):
    """An article of a shop, to be written."""


class Tag(models.Model):
    """A word that authors are found by."""

    name = models.CharField(max_length=50)

    vinyl = VinylManager()


class Author(models.Model):
    """Has many books and tags."""

    name = models.CharField(max_length=100)
    country = models.CharField(max_length=2)
    tags = models.ManyToManyField(Tag, related_name="authors")

    vinyl = VinylManager()


class Book(models.Model):
    """Belongs to an author."""

    title = models.CharField(max_length=200)
    pages = models.IntegerField()
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")

    vinyl = VinylManager()


class Shelf(models.Model):
    """Has many volumes, which have notes: nothing of it can be deleted without being read."""

    name = models.CharField(max_length=50)

    vinyl = VinylManager()


class Volume(models.Model):
    """Stands on a shelf."""

    title = models.CharField(max_length=200)
    shelf = models.ForeignKey(Shelf, models.CASCADE, related_name="volumes")

    vinyl = VinylManager()


class Note(models.Model):
    """Is about a volume."""

    text = models.CharField(max_length=200)
    volume = models.ForeignKey(Volume, models.CASCADE, related_name="notes")

    vinyl = VinylManager()
