"""Plain Django models; `vinyl = VinylManager()` is what makes them asynchronous."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from vinyl import VinylManager


class Author(models.Model):
    """Whoever wrote a book."""

    name = models.CharField(max_length=100, unique=True)

    vinyl = VinylManager()

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """A title, of which the library has some copies."""

    title = models.CharField(max_length=200)
    author = models.ForeignKey(Author, models.PROTECT, related_name="books")
    copies = models.IntegerField(default=1, validators=[MinValueValidator(0)])

    vinyl = VinylManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "title"], name="one_entry_a_title"),
            models.CheckConstraint(condition=models.Q(copies__gte=0), name="no_copies_owed"),
        ]

    def __str__(self) -> str:
        return self.title


class Loan(models.Model):
    """A copy that somebody took home."""

    book = models.ForeignKey(Book, models.CASCADE, related_name="loans")
    reader = models.CharField(max_length=100)
    since = models.DateTimeField(auto_now_add=True)

    vinyl = VinylManager()

    def __str__(self) -> str:
        return f"{self.book_id} to {self.reader}"
