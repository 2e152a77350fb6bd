"""Models as nobody would draw them, and as old projects have them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Value
from django.db.models.functions import Upper

from vinyl import VinylManager

# Five tables deep.


class Layer(models.Model):
    one = models.IntegerField(default=1)

    vinyl = VinylManager()


class Layer2(Layer):
    two = models.CharField(max_length=10, default="two")


class Layer3(Layer2):
    three = models.IntegerField(null=True, unique=True)


class Layer4(Layer3):
    """Adds nothing of its own."""


class Layer5(Layer4):
    five = models.IntegerField(default=5)
    above = models.ForeignKey("self", models.CASCADE, null=True, related_name="below")
    under = models.ForeignKey(Layer3, models.SET_NULL, null=True, related_name="seen_by")


# Keys that are relations to keys that are relations.


class Root(models.Model):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=10)

    vinyl = VinylManager()


class Stem(models.Model):
    root = models.OneToOneField(Root, models.CASCADE, primary_key=True)
    height = models.IntegerField(default=0)

    vinyl = VinylManager()


class Twig(models.Model):
    stem = models.OneToOneField(Stem, models.CASCADE, primary_key=True, related_name="branch")
    friends = models.ManyToManyField("self")

    vinyl = VinylManager()


class Leaf(models.Model):
    twig = models.ForeignKey(Twig, models.CASCADE, null=True, related_name="leaves")
    stem = models.ForeignKey(Stem, models.SET_NULL, null=True, related_name="+")

    vinyl = VinylManager()


# Attached to anything, whatever its key.


class Page(models.Model):
    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    remarks = GenericRelation(
        "Remark", content_type_field="kind", object_id_field="about_key", related_query_name="page"
    )

    vinyl = VinylManager()


class Cover(Page):
    """A proxy that has a type of its own among the content types."""

    marks = GenericRelation(
        "Remark",
        content_type_field="kind",
        object_id_field="about_key",
        for_concrete_model=False,
        related_query_name="cover",
    )

    class Meta:
        proxy = True


class Remark(models.Model):
    """Refers by a text, and to proxies as such."""

    kind = models.ForeignKey(ContentType, models.CASCADE, null=True)
    about_key = models.CharField(max_length=40, null=True)
    about = GenericForeignKey("kind", "about_key", for_concrete_model=False)
    text = models.CharField(max_length=20)

    vinyl = VinylManager()


# Names that something else has, too.


class Named(models.Model):
    number = models.AutoField(primary_key=True, db_column="Order")
    id = models.CharField(max_length=10, unique=True)
    select = models.CharField(max_length=10, db_column="from where", null=True)
    values = models.IntegerField(default=0)
    type = models.CharField(max_length=10, default="class")
    using = models.CharField(max_length=10, null=True)
    fields = models.JSONField(default=list)
    self_id = models.IntegerField(null=True)
    connection = models.ForeignKey(
        "self", models.SET_NULL, null=True, to_field="id", related_name="items", db_column="Key"
    )

    vinyl = VinylManager()

    class Meta:
        db_table = "Odd Table"
        ordering = ["connection__number", "-number"]


# Fields that do more than to hold a value.


class MadeThere(models.CharField):
    """Lets the database make the value, at each save."""

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        return Upper(Value(model_instance.title))


class SlugOf(models.SlugField):
    """Is made of another field, and sets that one to what it made of it."""

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        value = model_instance.title.strip().lower().replace(" ", "-")
        setattr(model_instance, self.attname, value)
        return value


class UpperField(models.CharField):
    """Writes and reads by functions of the database."""

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        return value if value is None else value + "!"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else value.removesuffix("!")


class Busy(models.Model):
    """Keeps track of what is set, and answers to any name."""

    title = models.CharField(max_length=20)
    slug = SlugOf(max_length=20, default="")
    loud = UpperField(max_length=20, null=True)
    stamp = MadeThere(max_length=20, null=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")

    vinyl = VinylManager()

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "title" and isinstance(value, str):
            self.__dict__["changes"] = self.__dict__.get("changes", 0) + 1
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("the_"):
            return getattr(self, name.removeprefix("the_"))
        raise AttributeError(f"{type(self).__name__} has no {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Busy) and self.title == other.title

    def __hash__(self) -> int:
        return hash(self.title)
