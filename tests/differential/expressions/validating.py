"""Validation, and the objects before and after: what Django asks, in order, and its errors."""

# ruff: noqa: N803  a parameter is named like the model whose manager it gets

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError

from tests.differential.table import case

OPENED = dt.date(2024, 2, 29)


def venue_values(**values):
    return {"code": "hall", "name": "Hall", "city": "Bern", "opened": OPENED, "seats": 10} | values


def errors_of(method, **arguments):
    """Call a method; return each error with its code and parameters."""
    try:
        result = yield method(**arguments)
    except ValidationError as error:
        found = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
        return {
            name: [(leaf.code, leaf.messages, leaf.params) for leaf in leaves]
            for name, leaves in found.items()
        }
    return result


def checked(method="full_clean", model="Venue", **values):
    """Validate a new object beside another one."""

    def build(Venue, do):
        yield Venue.create(**venue_values())
        obj = do.given(model).model(**venue_values(**values))
        errors = yield from errors_of(getattr(obj, method))
        return errors, obj

    return build


def edited(method="full_clean", **values):
    """Validate an object that is in the database beside another one."""

    def build(Venue):
        yield Venue.create(**venue_values())
        other = {"code": "other", "name": "Other", "city": "Thun", "opened": dt.date(2023, 1, 1)}
        yield Venue.create(**other)
        venue = yield Venue.get(code="other")
        for name, value in values.items():
            setattr(venue, name, value)
        errors = yield from errors_of(getattr(venue, method))
        return errors, venue

    return build


def excluding(*names, **options):
    def build(Venue):
        yield Venue.create(**venue_values())
        venue = Venue.model(**venue_values(seats=-1, label_id="none"))
        errors = yield from errors_of(venue.full_clean, exclude=names, **options)
        return errors, venue

    return build


def limited(Venue):
    large = yield Venue.create(**venue_values(size="l"))
    venue = Venue.model(**venue_values(code="b", name="B", city="", seats=1, annex_of=large))
    errors = yield from errors_of(venue.full_clean)
    return errors, venue.annex_of_id


def large_twice(Venue):
    yield Venue.create(**venue_values(size="l", standing=3))
    venue = Venue.model(
        **venue_values(
            code="b", name="B", city="", seats=1, size="l", standing=3, opened=dt.date(2020, 1, 1)
        )
    )
    return (yield from errors_of(venue.full_clean))


def child(Hall):
    yield Hall.create(**venue_values(number=1))
    hall = Hall.model(**venue_values(number=1, stage=0))
    return (yield from errors_of(hall.full_clean))


def child_edited(Hall):
    hall = yield Hall.create(**venue_values(number=1))
    errors = yield from errors_of(hall.full_clean)
    return errors, hall


def composite(Seat):
    yield Seat.create(row=1, number=2)
    first = yield from errors_of(Seat.model(row=1, number=2).full_clean)
    second = yield from errors_of(Seat.model(row=1, number=3).full_clean)
    seat = yield Seat.get(pk=(1, 2))
    third = yield from errors_of(seat.full_clean)
    return first, second, third


def deferred(Album):
    album = yield Album.get(pk=1)
    errors = yield from errors_of(album.full_clean)
    return errors, album


def of_no_database_default(Order):
    order = Order.model(number="new", customer_id=1)
    errors = yield from errors_of(order.full_clean)
    return errors


def strict(StrictVenue):
    yield StrictVenue.create(**venue_values(seats=9))
    venue = StrictVenue.model(**venue_values(code="b", seats=8, city="Atlantis", label_id="none"))
    errors = yield from errors_of(venue.full_clean)
    return errors, venue


def whole(WholeVenue):
    venue = WholeVenue.model(**venue_values(label_id="ecm"))
    errors = yield from errors_of(venue.full_clean)
    return errors, venue


def next_by(method, **conditions):
    def build(Venue):
        for number in (1, 2, 2, 3):
            count = yield Venue.count()
            yield Venue.create(
                **venue_values(
                    code=f"c{count}", name=f"N{count}", seats=count, opened=dt.date(2024, number, 1)
                )
            )
        found = []
        for venue in (yield Venue.order_by("code")):
            try:
                found.append((yield getattr(venue, method)(**conditions)))
            except Venue.model.DoesNotExist as error:
                found.append(str(error))
        return found

    return build


def in_order(method):
    def build(Clip):
        for url in "abc":
            yield Clip.create(track_id=4, url=f"https://{url}.example")
        found = []
        for clip in (yield Clip.filter(track=4)):
            try:
                found.append((yield getattr(clip, method)()))
                found.append((yield getattr(clip, method)()))
            except Clip.model.DoesNotExist as error:
                found.append(str(error))
        return found

    return build


def get_order(Clip, Track):
    for url in "abc":
        yield Clip.create(track_id=4, url=f"https://{url}.example")
    track = yield Track.get(pk=4)
    return (yield track.get_clip_order())


def set_order(Clip, Track):
    for url in "abc":
        yield Clip.create(track_id=4, url=f"https://{url}.example")
    track = yield Track.get(pk=4)
    keys = list((yield track.get_clip_order()))
    yield track.set_clip_order([*keys[::-1], 1, 999])
    yield track.set_clip_order(keys[1:2], using="default")
    return sorted((yield track.get_clip_order()))


VALIDATING = [
    case("full_clean", checked(code="new", name="New", city="", seats=1)),
    case("full_clean_all_wrong", checked(city="", label_id="none", size="x", annex_of_id=99)),
    case("full_clean_same", checked()),
    case("full_clean_same_year", checked(renovated=dt.date(2024, 1, 1), code="b")),
    case("full_clean_of_child", child),
    case("full_clean_of_child_edited", child_edited),
    case("full_clean_of_composite_key", composite),
    case("full_clean_of_read", deferred),
    case("full_clean_with_database_default", of_no_database_default),
    case("full_clean_limited_choices", limited),
    case("full_clean_conditional", large_twice),
    case("full_clean_blank", checked(code="", name="", opened=None)),
    case("full_clean_cleans", checked(seats="12", opened="2024-05-06", label_id="ecm", name=" x ")),
    case("full_clean_name_closed", checked(name="closed", code="b")),
    case("full_clean_excluding", excluding("label", "seats")),
    case("full_clean_excluding_all", excluding("label", "seats", "code", "name", "city")),
    case("full_clean_without_unique", excluding(validate_unique=False)),
    case("full_clean_without_constraints", excluding(validate_constraints=False)),
    case("full_clean_edited", edited()),
    case("full_clean_edited_wrong", edited(code="hall", label_id="none")),
    case("full_clean_edited_dates", edited(name="Hall", opened=OPENED, city="Bern", seats=-3)),
    case("full_clean_overridden_parts", strict),
    case("clean_fields", checked("clean_fields", label_id="none", seats="x")),
    case("clean_fields_edited", edited("clean_fields", label_id="bluenote")),
    case("validate_unique", checked("validate_unique")),
    case("validate_unique_edited", edited("validate_unique", city="Bern", seats=10)),
    case("validate_constraints", checked("validate_constraints", seats=-1)),
    case("validate_constraints_edited", edited("validate_constraints", code="hall", standing=2000)),
    case("validate_constraints_name", edited("validate_constraints", name="HALL", city="Bern")),
    case("get_next_by", next_by("get_next_by_opened")),
    case("get_previous_by", next_by("get_previous_by_opened")),
    case("get_next_by_condition", next_by("get_next_by_opened", seats__gt=2)),
    case("get_next_in_order", in_order("get_next_in_order")),
    case("get_previous_in_order", in_order("get_previous_in_order")),
    case("get_order", get_order),
    case("set_order", set_order),
]
