"""
What a test rewritten for vinyl would write for Django's save(): vinyl's save() never inserts.

Each function takes vinyl's own method, bound, and the object.
"""

from __future__ import annotations

from typing import Any

from django.db import router

import vinyl
from tests.django_suite.calling import IS_ASYNC, call, twin_module


def save(
    native: Any,
    obj: Any,
    force_insert: Any = False,
    force_update: bool = False,
    using: Any = None,
    update_fields: Any = None,
    *,
    raw: bool = False,
) -> None:
    """Insert a new object; else update it, and insert it where there is no row to update."""
    if force_insert and (force_update or update_fields):
        raise ValueError("Cannot force both insert and updating in model saving.")
    if update_fields is not None:
        call(native, using=using, update_fields=update_fields)
    elif force_update:
        if not obj._is_pk_set():
            raise ValueError("Cannot force an update in save() with no primary key.")
        call(native, using=using)
    elif force_insert or not _may_have_row(obj, raw):
        call(obj.insert, using=using)
    else:
        call(_update_or_insert if IS_ASYNC else _update_or_insert_sync, native, obj, using)


def save_base(
    native: Any,
    obj: Any,
    raw: bool = False,
    force_insert: Any = False,
    force_update: bool = False,
    using: Any = None,
    update_fields: Any = None,
) -> None:
    """Do what save() does: deserializers call this with `raw`, which vinyl has no word for."""
    vinyls = twin_module("model").Model.save.__get__(obj)
    save(vinyls, obj, force_insert, force_update, using, update_fields, raw=raw)


def _may_have_row(obj: Any, raw: bool) -> bool:
    """Tell whether Django would try an UPDATE first."""
    if not obj._is_pk_set() and not _has_parents_key(obj):
        return False
    if raw or not obj._state.adding:
        return True
    # Keys by default, on a new object: Django inserts at once.
    return not all(f.has_default() or f.has_db_default() for f in obj._meta.pk_fields)


def _has_parents_key(obj: Any) -> bool:
    keys = [parent._meta.pk for parent in obj._meta.all_parents]
    return any(getattr(obj, key.attname) is not None for key in keys if not key.has_default())


async def _update_or_insert(native: Any, obj: Any, using: Any) -> None:
    try:
        await native(using=using)
    except obj.NotUpdated:
        _unmark(obj, using)
        await obj.insert(using=using)


def _update_or_insert_sync(native: Any, obj: Any, using: Any) -> None:
    try:
        native(using=using)
    except obj.NotUpdated:
        _unmark(obj, using)
        obj.insert(using=using)


def _unmark(obj: Any, using: Any) -> None:
    """Let the block around go on: the rows of parents that were updated are written again."""
    using = using or router.db_for_write(obj._meta.model, instance=obj)
    if vinyl.connections[using].in_atomic_block:
        vinyl.set_rollback(False, using)
