"""The models that the documentation shows and uses."""

from __future__ import annotations

from django.db import models

from vinyl import VinylManager


class Maker(models.Model):
    name = models.CharField(max_length=100, unique=True)

    vinyl = VinylManager()


class Tag(models.Model):
    label = models.CharField(max_length=50, unique=True)

    vinyl = VinylManager()


class Artifact(models.Model):
    title = models.CharField(max_length=100)
    year = models.IntegerField()
    maker = models.ForeignKey(Maker, models.CASCADE, related_name="artifacts")
    tags = models.ManyToManyField(Tag, related_name="artifacts")

    vinyl = VinylManager()
