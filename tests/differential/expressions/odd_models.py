"""Reading and writing models as nobody would draw them."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError
from django.db.models import Count, F, Prefetch, Q, Value
from django.db.models.functions import Concat

from tests.differential.table import case


def key(number: int) -> uuid.UUID:
    return uuid.UUID(int=number, version=4)


def layers(Layer5: Any, Layer3: Any, Layer: Any, do: Any) -> Any:
    """Insert, read, update, bulk-update and delete five tables deep."""
    top = yield Layer5.create(one=10, three=1)
    below = Layer5.model(two="2", three=2, above=top, under_id=top.pk)
    yield do.insert(below)
    found = [top, below, (yield Layer5.select_related("above", "under").order_by("pk"))]
    found.append((yield Layer.select_related("layer2__layer3__layer4__layer5").order_by("pk")))
    yield do.update(below, one=F("one") + 5, five=6)
    below.three, below.two = 3, "x"
    yield do.save(below)
    found.append((yield Layer5.filter(above__one=10).update(one=7, two="u", five=8)))
    objs = list((yield Layer5.order_by("pk")))
    for obj in objs:
        obj.one, obj.two, obj.five = 0, Concat(F("two"), Value("!")), obj.pk * 0 + 1
    found.append((yield Layer5.bulk_update(objs, ["one", "two", "five"])))
    found.append((yield Layer5.order_by("pk").values("one", "two", "three", "five")))
    found.append((yield Layer3.filter(seen_by__five=1).annotate(n=Count("seen_by")).values("n")))
    found.append((yield top.delete()))
    return [*found, (yield Layer.count())]


def layer_fails(Layer5: Any, Layer: Any) -> Any:
    """A row that collides in the middle leaves none in the tables above."""
    yield Layer5.create(three=1)
    try:
        yield Layer5.create(three=1)
    except IntegrityError:
        return (yield Layer.count())


def layer_kept(Layer5: Any, Layer4: Any) -> Any:
    made = yield Layer5.create(three=1)
    counts = yield made.delete(keep_parents=True)
    return counts, (yield Layer4.count())


def layer_of_a_parent(Layer4: Any, Layer3: Any, do: Any) -> Any:
    """A table without columns of its own, below a row that is there."""
    parent = yield Layer3.create(three=5)
    child = Layer4.model(layer3_ptr=parent)
    child.__dict__.update({k: v for k, v in vars(parent).items() if k not in ("_state", "id")})
    child.id = parent.id
    yield do.insert(child)
    yield do.update(child, three=6)
    return child, (yield Layer4.get(pk=child.pk)), (yield child.delete())


def keys_of_keys(Root: Any, Stem: Any, Twig: Any, Leaf: Any, do: Any) -> Any:
    """Relations whose keys are relations whose keys are relations."""
    roots = yield Root.bulk_create([Root.model(key=key(n), name=f"r{n}") for n in (1, 2, 3)])
    stems = yield Stem.bulk_create([Stem.model(root=root, height=4) for root in roots])
    twigs = [Twig.model(stem=stem) for stem in stems]
    for twig in twigs:
        yield do.insert(twig)
    yield Leaf.bulk_create([Leaf.model(twig=twig, stem=twig.stem) for twig in twigs])
    yield do.related(twigs[0], "friends").add(twigs[1], twigs[2].pk)
    found = [
        [twig.pk for twig in twigs],
        (yield Leaf.select_related("twig__stem__root").order_by("twig__stem__root__name")),
        (yield Leaf.filter(twig__stem__root__name="r2").values("twig", "twig__stem__root")),
        (yield Root.select_related("stem__branch").order_by("name")),
        (yield Root.prefetch_related("stem__branch__leaves__stem").order_by("name")),
        (yield Twig.prefetch_related("friends__friends", "stem__root").order_by("pk")),
        (yield Twig.filter(pk=stems[0]).count()),
        (yield Twig.filter(stem__in=[roots[0].pk, stems[1]]).count()),
        (yield Twig.in_bulk([key(1), key(3)])),
        (yield Stem.filter(pk=roots[1]).update(height=F("height") + 1)),
        (yield do.related(twigs[0], "leaves").create()).pk is not None,
        (yield do.related(twigs[1], "friends").values_list("pk", flat=True)),
    ]
    found.append((yield roots[0].delete()))
    return [*found, (yield Leaf.order_by("pk").values("twig", "stem"))]


def remarks(Page: Any, Cover: Any, Remark: Any, Genre: Any, do: Any) -> Any:
    """A generic relation by texts, to UUIDs, and to proxies as such."""
    page = yield Page.create(key=key(1))
    cover = yield Cover.create(key=key(2))
    genre = yield Genre.get(pk="pop")
    yield Remark.create(about=page, text="page")
    yield Remark.create(about=cover, text="cover")
    yield Remark.bulk_create([Remark.model(about=genre, text="genre"), Remark.model(text="none")])
    yield do.related(page, "remarks").create(text="more")
    yield do.related(cover, "marks").create(text="mark")
    found = [
        (yield do.related(page, "remarks").order_by("pk").values_list("text", flat=True)),
        (yield do.related(cover, "marks").order_by("pk").values_list("text", flat=True)),
        (yield Remark.prefetch_related("about").order_by("pk")),
        (yield Page.prefetch_related("remarks").order_by("key")),
        (yield Cover.prefetch_related("marks").order_by("key")),
        (yield Cover.filter(marks__text="mark").values_list("pk", flat=True)),
        (yield Page.filter(remarks__text="more").count()),
        (yield Page.annotate(n=Count("remarks")).order_by("key").values_list("n", flat=True)),
    ]
    remark = yield Remark.get(text="cover")
    found.append((yield do.related(remark, "about")))
    found.append((yield do.related(page, "remarks").all().delete()))
    found.append((yield cover.delete()))
    return [*found, (yield Remark.order_by("pk").values_list("text", flat=True))]


def names(Named: Any, do: Any) -> Any:
    """Fields that are named like what every queryset has, and columns that need quotes."""
    one = yield Named.create(id="one", select='a"b', values=5, fields=["%s"])
    two = Named.model(id="two", connection=one, using="x", self_id=3)
    yield do.insert(two)
    yield Named.bulk_create([Named.model(id=each, connection_id="two") for each in "ab"])
    found = [
        (yield Named.all()),
        (yield Named.select_related("connection__connection").order_by("id")),
        (yield Named.prefetch_related("items__items").order_by("id")),
        (yield Named.filter(connection__values=5).values("connection", "connection_id", "pk")),
        (yield Named.filter(Q(select='a"b') | Q(type="x")).values_list("select", named=True)),
        (yield Named.filter(id="two").update(select=F("type"), values=F("values") + 1)),
        (yield Named.in_bulk(["one"], field_name="id")),
        (yield Named.aggregate(values=Count("values"), type=Count("type", distinct=True))),
        (yield Named.get_or_create(id="one", defaults={"values": 9}))[1],
        (yield Named.update_or_create({"values": 9}, id="one")),
    ]
    yield do.update(two, type="t", select=None)
    two.values, two.fields = 7, {"a": 1}
    yield do.save(two)
    yield Named.bulk_update([two], ["select", "fields", "connection"])
    found += [two, (yield do.related(one, "items").add(one, bulk=True))]
    found.append((yield one.refresh_from_db(fields=["connection", "select"])))
    found.append((yield Named.only("select", "connection").order_by("id")))
    found.append((yield Named.filter(id="two").delete()))
    return [*found, (yield Named.order_by("id").values("id", "connection", "select"))]


def busy(Busy: Any, do: Any) -> Any:
    """Fields and models that do things of their own when they are set and saved."""
    one = yield Busy.create(title=" One ", loud="l")
    two = Busy.model(title="Two Two", parent=one)
    yield do.insert(two)
    many = yield Busy.bulk_create([Busy.model(title=f"{n} x", loud=str(n)) for n in range(3)])
    yield do.update(two, title="New Title")
    two.loud = "louder"
    yield do.save(two)
    many[0].title = many[1].title = "Bulk Title"
    counts = yield Busy.bulk_update(many, ["title", "slug"])
    yield Busy.filter(title="2 x").update(loud="updated", title="Two Two")
    unstamped = yield Busy.order_by("pk").defer("stamp")
    found = [
        counts,
        [(obj.changes, obj.title, obj.slug, obj.loud, obj.the_title) for obj in (one, two, *many)],
        (yield Busy.order_by("pk").values_list("title", "slug", "loud", "stamp")),
        [(obj.changes, obj.the_slug) for obj in unstamped],
        (yield Busy.filter(stamp__isnull=False).count()),
        (yield Busy.filter(loud="louder").values_list("loud", flat=True)),
        len({*unstamped}),
        (yield Busy.update_or_create({"loud": "z"}, title=" One "))[1],
    ]
    objs = yield Busy.prefetch_related(Prefetch("children", to_attr="kids")).order_by("pk")
    found.append([[kid.title for kid in obj.kids] for obj in objs])
    return found


def huge(Seat: Any, RareCoin: Any, Coin: Any, Leaf: Any, do: Any) -> Any:
    """More objects than a statement takes, with keys of two columns, and of two tables."""
    made = yield Seat.bulk_create([Seat.model(row=n // 100, number=n % 100) for n in range(1500)])
    for seat in made:
        seat.taken = seat.number % 2 == 0
    found = [(yield Seat.bulk_update(made, ["taken"])), (yield Seat.filter(taken=True).count())]
    for n in range(3):
        yield RareCoin.create(code=f"c{n}", worth=n)
    coins = [RareCoin.model(coin_ptr_id=f"c{n % 3}", code=f"c{n % 3}", year=n) for n in range(1200)]
    found.append((yield RareCoin.bulk_update(coins, ["worth", "year"])))
    yield Leaf.bulk_create([Leaf.model() for _ in range(2500)])
    leaves = yield Leaf.values_list("pk", flat=True)
    found.append(len((yield Leaf.in_bulk(list(leaves)))))
    found.append((yield Leaf.filter(pk__in=list(leaves)[:900]).update(twig=None)))
    found.append((yield Seat.filter(pk__in=[seat.pk for seat in made[:400]]).delete()))
    return [*found, (yield RareCoin.order_by("pk").values_list("pk", "year", "worth"))]


# Saving a whole object, Django asks for the row of a table that has no columns of its own;
# deleting it, it reads the rows of its parents again, only to learn their keys.
SPARED = r"^SELECT %s AS .a. FROM .shop_layer4.|^SELECT .* FROM .shop_layer4. INNER .* LIMIT 21$"

CASES = [
    case("odd_layers", layers, spared=SPARED),
    case("odd_layer_fails", layer_fails),
    case("odd_layer_kept", layer_kept),
    case("odd_layer_of_a_parent", layer_of_a_parent),
    case("odd_keys_of_keys", keys_of_keys),
    case("odd_remarks", remarks),
    case("odd_names", names),
    case("odd_busy", busy),
    case("odd_huge", huge),
]
