"""A class in async style is known by whatever is async in it, and by nothing else."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from django.utils.functional import cached_property

import vinyl
from vinyl import VinylModel
from vinyl._runtime._async.custom import check_custom_class as check_in_async
from vinyl._runtime._sync.custom import check_custom_class
from vinyl.custom import async_members, overridden


class Mixin:
    async def inherited(self) -> None: ...


class Asynchronous(Mixin, VinylModel):
    async def method(self) -> None: ...

    async def generator(self) -> Any:
        yield 1

    @property
    async def prop(self) -> None: ...

    @staticmethod
    async def static() -> None: ...

    @classmethod
    async def of_class(cls) -> None: ...

    @classmethod
    async def generator_of_class(cls) -> Any:
        yield 1

    @cached_property
    async def kept(self) -> None: ...

    @functools.cached_property
    async def kept_by_python(self) -> None: ...

    async def _private(self) -> None: ...

    partial = functools.partialmethod(method)

    def __aenter__(self) -> Any: ...

    async def __aexit__(self, *error: object) -> None: ...

    def plain(self) -> None: ...


class Synchronous(VinylModel):
    number = 1

    @property
    def prop(self) -> None:
        raise AssertionError("nothing is read")

    @cached_property
    def kept(self) -> None:
        raise AssertionError("nothing is read")

    def method(self) -> Any:
        return (each for each in ())

    @classmethod
    def of_class(cls) -> None: ...

    def __enter__(self) -> None: ...


def test_all_that_is_async_in_a_class_is_found() -> None:
    assert set(async_members(Asynchronous)) == {
        *("inherited", "method", "generator", "prop", "static", "of_class", "generator_of_class"),
        *("kept", "kept_by_python", "_private", "partial", "__aenter__", "__aexit__"),
    }


def test_nothing_is_async_in_a_plain_class() -> None:
    assert async_members(Synchronous) == []
    check_custom_class(Synchronous)
    check_in_async(Synchronous)


@pytest.mark.parametrize("name", sorted(async_members(Asynchronous)))
def test_one_async_thing_is_enough_to_be_refused_in_the_sync_mode(name: str) -> None:
    owner = next(cls for cls in Asynchronous.__mro__ if name in vars(cls))
    custom = type("Custom", (VinylModel,), {name: vars(owner)[name]})
    with pytest.raises(vinyl.WrongMode, match=rf"\({name}\).*sync_model=.*vinyl\.unasync SRC DST"):
        check_custom_class(custom)
    check_in_async(custom)


def test_what_a_class_overrides_may_be_inherited() -> None:
    assert overridden(Asynchronous, frozenset({"inherited"}))
    assert not overridden(Asynchronous, frozenset({"insert"}))
    assert not overridden(None, frozenset({"insert"}))
    assert not overridden(VinylModel, frozenset({"__init_subclass__"}))
