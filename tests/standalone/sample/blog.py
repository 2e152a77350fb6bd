from __future__ import annotations

from django.db import models

from vinyl import VinylManager


class Post(models.Model):
    title = models.CharField(max_length=50)
    author = models.ForeignKey("accounts.User", models.CASCADE, related_name="posts")

    vinyl = VinylManager()
