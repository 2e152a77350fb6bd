"""Random writes through relations to many: reverse foreign keys, many-to-many, generic ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.differential.random_writes import Steps, Story


class Relation(NamedTuple):
    """A relation to many, by the model whose objects have it, and where it leads."""

    owner: str
    name: str
    model: str
    # How the rows between, or the objects, are told apart.
    kind: str


RELATIONS = [
    Relation("Label", "artists", "Artist", "nullable"),
    Relation("Label", "imprints", "Label", "nullable"),
    Relation("Genre", "children", "Genre", "nullable"),
    Relation("Album", "fans", "Customer", "nullable"),
    Relation("Artist", "albums", "Album", "reverse"),
    Relation("Track", "clips", "Clip", "reverse"),
    Relation("Customer", "orders", "Order", "reverse"),
    Relation("Album", "reviews", "Review", "reverse"),
    Relation("Album", "genres", "Genre", "many"),
    Relation("Genre", "albums", "Album", "many"),
    Relation("Artist", "friends", "Artist", "many"),
    Relation("Artist", "influences", "Artist", "many"),
    Relation("Artist", "influenced", "Artist", "many"),
    Relation("Track", "guests", "Artist", "through"),
    Relation("Artist", "guest_on", "Track", "through"),
    Relation("Artist", "tags", "Tag", "generic"),
    Relation("Album", "tags", "Tag", "generic"),
]


# Where the new object is linked with this, Django leaves it unlinked.
TOO_LONG = "x" * 31


class Chosen(NamedTuple):
    """A relation, an object that has it, and its manager."""

    relation: Relation
    owner: Any
    manager: Any

    def options(self, story: Story, *wrong: str) -> dict[str, Any]:
        """Choose the arguments that only some relations have, perhaps a wrong one."""
        if self.relation.kind == "through" and story.random.randrange(2):
            return {"through_defaults": {"role": story.random.choice(["bass", "", *wrong])}}
        return {}

    @property
    def may_let_go(self) -> bool:
        return self.relation.kind != "reverse"


def chosen(story: Story, *, must_be_there: bool = True) -> Steps:
    """Choose a relation of an object; one whose row is there, else None."""
    relation = story.random.choice(RELATIONS)
    owner = yield from some_object(story, relation.owner)
    if owner is None:
        return None
    if must_be_there and not (yield from story.is_there(owner)):
        return None
    return Chosen(relation, owner, story.do.related(owner, relation.name))


def some_object(story: Story, model: str) -> Steps:
    """Choose an object of a model: one that was kept, or a row."""
    kept = [obj for obj in story.kept if obj._meta.object_name == model]
    # Reading a column that was left out is no writing.
    kept = [obj for obj in kept if not obj.get_deferred_fields()]
    if kept and story.random.randrange(2):
        return story.random.choice(kept)
    rows = story.do.given(model).filter(**story.random.choice(story.conditions(model)))
    found = yield rows.order_by("pk").first()
    if found is not None:
        story.kept.append(found)
    return found


def some_objects(story: Story, model: str) -> Steps:
    found = []
    for _ in range(story.random.randint(0, 2)):
        # At times one of another model, which is refused.
        obj = yield from some_object(story, model if story.random.randrange(12) else "Depot")
        if obj is not None:
            found.append(obj)
    return found


def given(story: Story, on: Chosen, objs: list[Any]) -> list[Any]:
    """Return objects, or for a many-to-many relation perhaps their keys."""
    if on.relation.kind in ("many", "through") and story.random.randrange(3) == 0:
        return [obj.pk for obj in objs]
    return objs


def add_related(story: Story) -> Steps:
    on = yield from chosen(story)
    if on is not None:
        objs = yield from some_objects(story, on.relation.model)
        yield on.manager.add(*given(story, on, objs), **on.options(story, TOO_LONG))


def add_saved(story: Story) -> Steps:
    """Add objects one by one, those that are new as well."""
    on = yield from chosen(story)
    if on is None or on.relation.kind in ("many", "through"):
        return
    new = story.do.given(on.relation.model).model(**story.new_values(on.relation.model))
    if (yield from story.is_there(new)):
        return  # Django writes over that row.
    objs = yield from some_objects(story, on.relation.model)
    for obj in list(objs):
        if not (yield from story.is_there(obj)):
            objs.remove(obj)
    # What becomes of objects whose insert fails is vinyl's own: they stay as they were.
    yield on.manager.add(new, *objs, bulk=False)
    story.kept.append(new)


def remove_related(story: Story) -> Steps:
    on = yield from chosen(story)
    if on is None or not on.may_let_go:
        return
    objs = yield from some_objects(story, on.relation.model)
    objs += (yield on.manager.order_by("pk"))[: story.random.randrange(3)]
    yield on.manager.remove(*given(story, on, objs))


def clear_related(story: Story) -> Steps:
    on = yield from chosen(story)
    if on is not None and on.may_let_go:
        yield on.manager.clear()


def set_related(story: Story) -> Steps:
    on = yield from chosen(story)
    if on is None:
        return
    objs = yield from some_objects(story, on.relation.model)
    options = on.options(story, TOO_LONG)
    if story.random.randrange(4) == 0:
        options["clear"] = True
    yield on.manager.set(given(story, on, objs), **options)


def create_related(story: Story) -> Steps:
    on = yield from chosen(story)
    if on is None:
        return None
    values = related_values(story, on)
    obj = yield on.manager.create(**values, **on.options(story))
    story.kept.append(obj)
    return obj


def get_or_create_related(story: Story) -> Steps:
    return (yield from got_related(story, "get_or_create"))


def update_or_create_related(story: Story) -> Steps:
    return (yield from got_related(story, "update_or_create"))


def got_related(story: Story, method: str) -> Steps:
    on = yield from chosen(story)
    if on is None:
        return None
    values = related_values(story, on)
    sought = story.plain(values, 1)
    defaults = {name: value for name, value in values.items() if name not in sought}
    call = getattr(on.manager, method)
    obj, made = yield call(defaults=defaults, **sought, **on.options(story))
    story.kept.append(obj)
    return made


def related_values(story: Story, on: Chosen) -> dict[str, Any]:
    """Choose columns for a new object; the relation sets the one that leads back."""
    values = story.new_values(on.relation.model)
    if on.relation.kind in ("reverse", "nullable"):
        back = on.manager.field.attname
        values = {name: value for name, value in values.items() if name != back}
    return values


OPERATIONS = [
    add_related, add_related, add_saved, remove_related, clear_related, set_related, set_related,
    create_related, get_or_create_related, update_or_create_related,
]  # fmt: skip
