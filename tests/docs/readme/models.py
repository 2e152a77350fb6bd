"""The model that README.md shows, made from the page itself, and the one that it refers to."""

from __future__ import annotations

from pathlib import Path

from django.db import models

from tests.docs.page import blocks, compiled

README = Path(__file__).resolve().parents[3] / "README.md"


class Maker(models.Model):
    name = models.CharField(max_length=100)


exec(compiled(next(blocks(README)), README))
