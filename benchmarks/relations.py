"""Relations: select_related() and prefetch_related() of a page's worth of objects."""

from __future__ import annotations

import asyncio

from benchmarks.measure import Comparison, compare
from benchmarks.models import Author, Book, Tag

AUTHORS, BOOKS, TAGS = 100, 20, 5


def fill() -> None:
    """Make authors with books and tags."""
    tags = Tag.objects.bulk_create(Tag(name=f"Tag {number}") for number in range(50))
    authors = Author.objects.bulk_create(
        Author(name=f"Author {number}", country="is") for number in range(AUTHORS)
    )
    Book.objects.bulk_create(
        Book(title=f"Book {number}", pages=number, author=author)
        for author in authors
        for number in range(BOOKS)
    )
    Author.tags.through.objects.bulk_create(
        Author.tags.through(author=author, tag=tags[(number + step) % len(tags)])
        for number, author in enumerate(authors)
        for step in range(TAGS)
    )


def measure(runner: asyncio.Runner, rounds: int) -> list[Comparison]:
    """Compare loading relations."""

    def touch(authors: list[Author]) -> int:
        return sum(len(a.books.all()) + len(a.tags.all()) for a in authors)

    async def native() -> int:
        return touch(await Author.vinyl.prefetch_related("books", "tags"))

    return [
        compare(
            runner,
            f"prefetch {AUTHORS}x({BOOKS}+{TAGS})",
            lambda: touch(list(Author.objects.prefetch_related("books", "tags"))),
            native,
            calls=10,
            rounds=rounds,
            limit=0.8,
        ),
        compare(
            runner,
            "select_related 1000",
            lambda: list(Book.objects.select_related("author")[:1000]),
            lambda: Book.vinyl.select_related("author")[:1000],
            calls=10,
            rounds=rounds,
            limit=0.7,
        ),
    ]
