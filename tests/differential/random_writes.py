"""
Writes put together at random: objects made, kept, changed, deleted and used again, in blocks too.

A sequence is a tape of choices, so that each subject takes the same ones. An operation is a
generator in `OPERATIONS`: it yields what a subject has to do, and returns what came of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator
from decimal import Decimal
from typing import Any

from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError
from django.db import Error, connection
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat, Upper

from tests.app.data import UTC, code
from tests.differential import random_relations
from tests.differential.normal import normal, normal_error
from tests.differential.random_queries import Choices

Steps = Generator[Any, Any, Any]
# What a block is left with, to be rolled back.
LEFT = RuntimeError("left")
EXPECTED = (Error, ValueError, TypeError, ObjectDoesNotExist, MultipleObjectsReturned)

# By model what columns may be set to; the first names are those that must be given. Few values, so
# that rows collide and refer to each other.
VALUES: dict[str, dict[str, list[Any]]] = {
    "Genre": {
        "code": ["new", "pop", "jazz", "newer"],
        "name": ["x", Upper(Value("up")), "🎸"],
        "parent_id": [None, "new", "pop", "gone"],
    },
    "Label": {
        "code": ["new", "ecm", "olo", ""],
        "name": ["New", "ECM Records", "Newer"],
        "owner_id": [None, 1, 2],
    },
    "Artist": {
        "name": ["New", "é"],
        "rating": [1.5, None, F("rating") + 1],
        "label_id": [None, "ecm", "new"],
    },
    "Album": {
        "title": ["New", "Debut", Concat(Value("a"), Value("%"))],
        "artist_id": [1, 2, 8],
        "year": [1, F("year") + 1],
        "price": [Decimal("1.50"), Decimal(-1)],
        "barcode": [code("one"), code("two"), code("album 1")],
        "producer_id": [None, 9],
    },
    "Track": {
        "album_id": [1, 8, 11],
        "position": [1, 7, 8, None],
        "title": ["new", ""],
        "seconds": [None, 5, F("seconds") * 2],
    },
    "Clip": {"track_id": [4, 12], "url": ["", "https://new.example"]},
    "ChartEntry": {
        "week": [dt.date(1997, 9, 29), dt.date(2000, 1, 3)],
        "place": [1, 2, 3],
        "album_id": [1, 2],
        "points": [0, F("points") + 1],
    },
    "Customer": {
        "name": ["New", "Ada"],
        "email": [None, "new@example.org", "ada@example.org"],
        "credit": [Decimal("1.00"), F("credit") + 1],
        "favourite_id": [None, 2, 6],
    },
    "Patron": {
        "name": ["New"],
        "email": [None, "new@example.org", "boss@example.org"],
        "level": [1, None, 2],
    },
    "Employee": {"name": ["New"], "boss_id": [None, 4, 7], "salary": [0, 1]},
    "Order": {
        "number": ["new", "2024-0001"],
        "customer_id": [1, 3, 8],
        "placed": [dt.datetime(2025, 1, 1, tzinfo=UTC)],
        "clerk_id": [None, 5],
        "currency": ["CHF"],
    },
    "Playlist": {"id": [code("list new"), code("list Travel")], "title": ["x"], "owner_id": [1, 8]},
    "Review": {"album_id": [1, 3], "stars": [1], "follows_id": [None, 1, 3], "hidden": [True]},
    "Parcel": {
        "value": [1, 20],
        "depot_id": [None, "d0", "n1"],
        "sent_id": [None, 3],
        "near_id": [None, 4],
        "held_id": [None, 3],
        "found_id": [None, 3],
    },
    "Depot": {"code": ["new", "n1", "d0"], "name": ["North pole", "x"]},
    "Slot": {"shelf": [1, 3], "place": [1, 2], "free": [True, False]},
    "Tag": {"name": ["new", "live"], "content_type_id": [None, 1], "object_id": [1, 8]},
    "Outbox": {"name": ["x"], "inbox_id": [None, 1], "previous_id": [None, 1, 2]},
}
# How many of the columns, from the first on, a new row needs.
NEEDED = {
    "Album": 5, "Track": 3, "Clip": 2, "ChartEntry": 3, "Order": 3, "Playlist": 3, "Genre": 2,
    "Label": 2, "Review": 2, "Depot": 2, "Slot": 2,
}  # fmt: skip
# Django refuses children.
CHILDREN = ("Customer", "Patron", "Employee")
# Up to Django 5.2, it gives those in an order no place.
NOT_IN_BULK = (
    CHILDREN if hasattr(QuerySet, "_handle_order_with_respect_to") else (*CHILDREN, "Clip")
)
# What conflicts are looked for by, and what is set then.
CONFLICTS: dict[str, tuple[list[str], list[str]]] = {
    "Genre": (["code"], ["name"]),
    "Label": (["code"], ["name", "owner"]),
    "Album": (["barcode"], ["year", "price"]),
    "Track": (["album", "disc", "position"], ["title"]),
    "ChartEntry": (["week", "place"], ["points", "album"]),
    "Playlist": (["pk"], ["title"]),
    "Depot": (["code"], ["name"]),
}
KEYS = {"ChartEntry": ("week", "place"), "Slot": ("shelf", "place")} | {
    "Genre": ("code",), "Playlist": ("id",)
}  # fmt: skip
# Rows to update or delete.
CONDITIONS: dict[str, list[dict[str, Any]]] = {
    "Genre": [{"code__in": ["new", "jazz"]}, {"parent": None}],
    "Label": [{"code": "ecm"}, {"owner__code": "bertel"}],
    "Artist": [{"pk__gte": 8}, {"label__code": "olo"}, {"albums__year": 1}],
    "Album": [{"title": "New"}, {"artist__name": "björk"}, {"pk__in": [10, 11]}],
    "Track": [{"album__artist": 2}, {"seconds": None}, {"position": 7}],
    "Clip": [{"track": 4}, {"url": ""}],
    "ChartEntry": [{"points__lt": 90}, {"album__year": 1993}],
    "Customer": [{"name": "New"}, {"credit__gt": 5}],
    "Patron": [{"level__lt": 2}, {"name": "New"}],
    "Employee": [{"boss": None}, {"salary": 0}],
    "Order": [{"number": "new"}, {"customer__name": "Ada"}],
    "Playlist": [{"title": ""}, {"owner__name": "Ada"}],
    "Review": [{"stars": 1}, {"album__artist": 1}],
    "Parcel": [{"value__lt": 10}, {"depot__name": "North"}, {}],
    "Depot": [{"pk": 3}, {"code": "d0"}, {"name": "x"}],
    "Slot": [{"shelf": 1}, {"free": False}],
    "Tag": [{"name": "new"}, {"object_id": 1}, {"album__year": 1993}],
    "Outbox": [{"pk": 1}, {"inbox": None}],
}


def new_values(random: Choices, model: str) -> dict[str, Any]:
    """Choose the columns of a new row; no column can refer to others of it yet."""
    columns = VALUES[model]
    values = {}
    for number, (name, choices) in enumerate(columns.items()):
        if number < NEEDED.get(model, 1) or random.randrange(2):
            fit = [each for each in choices if "F(" not in repr(each)]
            values[name] = random.choice(fit)
    return values


def changes(random: Choices, model: str) -> dict[str, Any]:
    """Choose columns to change, and their values."""
    names = [name for name in VALUES[model] if name not in KEYS.get(model, ())]
    some = random.sample(names, min(len(names), random.randint(1, 2)))
    return {name: random.choice(VALUES[model][name]) for name in some}


class Story:
    """What a sequence has of its own: the subject, the choices, and the objects kept."""

    def __init__(self, do: Any, random: Choices) -> None:
        self.do = do
        self.random = random
        self.kept: list[Any] = []
        self.depth = 0

    def model(self) -> str:
        return self.random.choice(list(VALUES))

    def one(self) -> Any | None:
        """Choose one of the objects that were kept."""
        return self.random.choice(self.kept) if self.kept else None

    def new_values(self, model: str) -> dict[str, Any]:
        return new_values(self.random, model)

    def conditions(self, model: str) -> list[dict[str, Any]]:
        return CONDITIONS[model]

    def plain(self, values: dict[str, Any], number: int) -> dict[str, Any]:
        return plain(values, number)

    def is_there(self, obj: Any) -> Steps:
        return (yield from is_there(self, obj))

    def told(self) -> list[Any]:
        """Return all that can be seen of the objects that were kept."""
        return [normal(obj) for obj in self.kept]


def create(story: Story) -> Steps:
    model = story.model()
    obj = yield story.do.given(model).create(**new_values(story.random, model))
    story.kept.append(obj)
    return obj


def insert(story: Story) -> Steps:
    model = story.model()
    obj = story.do.given(model).model(**new_values(story.random, model))
    yield story.do.insert(obj)
    story.kept.append(obj)


def insert_again(story: Story) -> Steps:
    """Insert an object whose row is gone, or not."""
    obj = story.one()
    # vinyl does not read what was left out.
    if obj is not None and not obj.get_deferred_fields():
        # What becomes of an object whose insert fails is vinyl's own: it stays as it was.
        story.kept.remove(obj)
        yield story.do.insert(obj)
        story.kept.append(obj)


def keep(story: Story) -> Steps:
    model = story.model()
    condition = story.random.choice(CONDITIONS[model])
    rows = story.do.given(model).filter(**condition).order_by("pk")
    if story.random.randrange(4) == 0:
        rows = rows.only(story.random.choice(list(VALUES[model])))
    obj = yield rows.first()
    if obj is not None:
        story.kept.append(obj)
    return obj


def is_there(story: Story, obj: Any) -> Steps:
    """Tell whether an object has a row: vinyl's message for one without is its own."""
    if not obj._is_pk_set():
        return False
    manager = story.do.given(obj._meta.object_name)
    return (yield manager.filter(pk=obj.pk).exists())


def update(story: Story) -> Steps:
    obj = story.one()
    if obj is not None and (yield from is_there(story, obj)):
        yield story.do.update(obj, **changes(story.random, obj._meta.object_name))


def save(story: Story) -> Steps:
    obj = story.one()
    if obj is not None and (yield from is_there(story, obj)):
        for name, value in changes(story.random, obj._meta.object_name).items():
            setattr(obj, name, value)
        yield story.do.save(obj)


def refresh(story: Story) -> Steps:
    obj = story.one()
    if obj is not None and obj._is_pk_set():
        yield obj.refresh_from_db()


def delete(story: Story) -> Steps:
    if (obj := story.one()) is not None:
        try:
            return (yield obj.delete())
        finally:
            # Collecting, Django keeps the parents of a child with it; vinyl has no use for them.
            for link in obj._meta.parents.values():
                obj._state.fields_cache.pop(link and link.name, None)


def get_or_create(story: Story) -> Steps:
    model = story.model()
    values = new_values(story.random, model)
    sought = plain(values, 1 + story.random.randrange(2))
    obj, made = yield story.do.given(model).get_or_create(defaults=values, **sought)
    story.kept.append(obj)
    return made


def update_or_create(story: Story) -> Steps:
    model = story.model()
    values = new_values(story.random, model)
    sought = plain(values, 1 + story.random.randrange(2))
    defaults = {name: value for name, value in values.items() if name not in sought}
    obj, made = yield story.do.given(model).update_or_create(defaults=defaults, **sought)
    story.kept.append(obj)
    return made


def plain(values: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the first columns, without expressions."""
    some = list(values.items())[:number]
    return {name: value for name, value in some if not hasattr(value, "resolve_expression")}


def bulk_create(story: Story) -> Steps:
    model = story.random.choice([model for model in VALUES if model not in NOT_IN_BULK])
    manager = story.do.given(model)
    number = story.random.randint(0, 3)
    objs = [manager.model(**new_values(story.random, model)) for _ in range(number)]
    options: dict[str, Any] = {"batch_size": story.random.choice([None, 1, 2])}
    if story.random.randrange(3) == 0:
        options["ignore_conflicts"] = True
    elif model in CONFLICTS and story.random.randrange(2) == 0:
        unique, updated = CONFLICTS[model]
        options |= {"update_conflicts": True, "unique_fields": unique, "update_fields": updated}
        if connection.vendor == "mysql":
            del options["unique_fields"]
    made = yield manager.bulk_create(objs, **options)
    story.kept += made[:1]
    return made


def bulk_update(story: Story) -> Steps:
    model = story.model()
    objs = [obj for obj in story.kept if obj._meta.object_name == model]
    rows = story.do.given(model).filter(**story.random.choice(CONDITIONS[model]))
    objs += (yield rows.order_by("pk"))[:2]
    names = list(changes(story.random, model))
    for obj in objs:
        for name in names:
            setattr(obj, name, story.random.choice(VALUES[model][name]))
    size = story.random.choice([None, 1, 2])
    matched = yield story.do.given(model).bulk_update(objs, names, batch_size=size)
    return matched, objs


def full_clean(story: Story) -> Steps:
    obj = story.one()
    if obj is not None:
        try:
            yield obj.full_clean()
        except ValidationError as error:
            return error.message_dict
    return None


def update_rows(story: Story) -> Steps:
    model = story.model()
    rows = story.do.given(model).filter(**story.random.choice(CONDITIONS[model]))
    values = changes(story.random, model)
    if model in CHILDREN:
        # Columns of two tables are two statements, which are atomic in vinyl only.
        values = dict(list(values.items())[:1])
    return (yield rows.update(**values))


def delete_rows(story: Story) -> Steps:
    model = story.model()
    rows = story.do.given(model).filter(**story.random.choice(CONDITIONS[model]))
    return (yield rows.delete())


def count(story: Story) -> Steps:
    return (yield story.do.given(story.model()).count())


def block(story: Story) -> Steps:
    """Do some operations in an atomic block, at times with an error in it or at its end."""
    if story.depth == 3:
        return "deep enough"
    catches, fails = story.random.randrange(4) == 0, story.random.randrange(3) == 0
    atomic = story.do.atomic()
    yield story.do.enter(atomic)
    story.depth += 1
    told: list[Any] = []
    error: Exception | None = None
    try:
        told = yield from some(story, story.random.randint(0, 3), catches=catches)
        if fails:
            raise LEFT
    except (*EXPECTED, RuntimeError) as caught:
        error = caught
    finally:
        story.depth -= 1
    yield story.do.leave(atomic, error)
    return [told, error and normal_error(error)]


OPERATIONS: list[Callable[[Story], Steps]] = [
    create, create, insert, insert_again, keep, keep, update, update, save, refresh, delete, delete,
    get_or_create, update_or_create, bulk_create, bulk_create, bulk_update, bulk_update, full_clean,
    update_rows, delete_rows, count, block, block, *random_relations.OPERATIONS,
]  # fmt: skip


def some(story: Story, number: int, *, catches: bool) -> Steps:
    """Do some operations; tell what came of each."""
    told = []
    for _ in range(number):
        operation = story.random.choice(OPERATIONS)
        try:
            result = yield from operation(story)
        except EXPECTED as error:
            told.append((operation.__name__, normal_error(error)))
            if not catches:
                raise
        else:
            told.append((operation.__name__, normal(result), story.told()))
    return told


def sequence(do: Any, random: Choices) -> Steps:
    """Do what these choices say under one subject; return all that can be told of it."""
    assert not connection.in_atomic_block
    return (yield from some(Story(do, random), random.randint(1, 7), catches=True))
