"""Models as a user writes them, for the samples of user code; they are read, never imported."""

from __future__ import annotations

from typing import Any

from django.db import models

from vinyl import VinylManager
from vinyl.typing import AsyncRelatedManager, Model, SyncVinylManager


class AlbumQuerySet(models.QuerySet[Any]):
    def recent(self) -> AlbumQuerySet:
        return self.filter(year__gt=2000)


class Artist(Model):
    name: models.CharField[str, str] = models.CharField(max_length=100)

    albums: AsyncRelatedManager[Album]

    vinyl = VinylManager()


class Album(Model):
    title: models.CharField[str, str] = models.CharField(max_length=100)
    artist: models.ForeignKey[Artist, Artist] = models.ForeignKey(
        Artist, models.CASCADE, related_name="albums"
    )

    vinyl = VinylManager()


class Track(models.Model):
    """Derives from Django's Model."""

    title: models.CharField[str, str] = models.CharField(max_length=100)
    album: models.ForeignKey[Album, Album] = models.ForeignKey(Album, models.CASCADE)

    vinyl = VinylManager()


class Extended(Model):
    """Has a queryset class of its own."""

    title: models.CharField[str, str] = models.CharField(max_length=100)

    vinyl = VinylManager(queryset=AlbumQuerySet)


class Custom(Model):
    """Has a class of its own for the objects."""

    vinyl = VinylManager(model="somewhere.Custom", sync_model="elsewhere.Custom")


class OnlySync(Model):
    title: models.CharField[str, str] = models.CharField(max_length=100)

    vinyl = SyncVinylManager()
