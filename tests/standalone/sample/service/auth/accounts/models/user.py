from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from vinyl import VinylManager


class Named(models.Model):
    name = models.CharField(max_length=50, db_index=True)

    vinyl = VinylManager()

    class Meta:
        abstract = True


class User(Named):
    age = models.IntegerField(default=0)
    motto = models.CharField(max_length=50, db_default='it\'s 100% \\ "fine"')
    data = models.JSONField(default=dict)
    boss = models.ForeignKey("self", models.CASCADE, null=True, related_name="team")
    friends = models.ManyToManyField("accounts.User")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name="no'b%o\\dy"), name="somebody"),
        ]
        indexes = [models.Index(F("age") + 1, name="next_age")]

    def __str__(self) -> str:
        return self.name
