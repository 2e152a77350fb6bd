# Generated from vinyl/_async/contenttypes.py by `python tools/unasync_build.py`; never edit.
"""Content types that a write needs: read, or made where the database has none yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vinyl._runtime._sync.databases import dialect
from vinyl._sync.running import run
from vinyl.plans.contenttypes import content_type_of, remember_type, types_in, untyped_target


def content_type_made(twin: Any, using: str, obj: Any, for_concrete_model: bool) -> Any:
    """
    Return the content type of an object's model, as Django's object.

    Django: ContentTypeManager.get_for_model().
    """
    found = run(content_type_of(dialect(using), obj, for_concrete_model), using)
    if found is None:
        meta = (obj._meta.concrete_model if for_concrete_model else obj)._meta
        made, _ = twin.native(types_in(using)).get_or_create(
            app_label=meta.app_label, model=meta.model_name
        )
        found = remember_type(using, made)
    return found


def resolve_types(model: type[Any], using: str, objs: Iterable[Any]) -> None:
    """Set the content types of generic relations that were assigned before they were known."""
    for field in model._meta.private_fields:
        if not hasattr(field, "ct_field"):
            continue
        attname = model._meta.get_field(field.ct_field).attname
        for obj in objs:
            if (target := untyped_target(obj, field, attname)) is not None:
                kind = content_type_made(obj._twin, using, target, field.for_concrete_model)
                setattr(obj, attname, kind.pk)
