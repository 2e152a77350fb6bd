"""Which of a primary and its replicas the router chooses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import Context
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import override_settings

from vinyl.routers import PrimaryReplicaRouter, read_from_primary

REPLICAS = {"default": ["one", "two"]}


@pytest.fixture
def blocks(monkeypatch: Any) -> Iterator[Any]:
    """Whether there is an atomic block on the primary."""
    state = SimpleNamespace(in_atomic_block=False)
    monkeypatch.setattr("vinyl.routers.connections", {"default": state})
    with override_settings(VINYL_REPLICAS=REPLICAS, VINYL_READ_YOUR_WRITES=60):
        yield state


router = PrimaryReplicaRouter()


def anew(function: Any, *args: Any) -> Any:
    return Context().run(function, *args)


def test_a_context_reads_from_one_replica_and_all_are_read(blocks: Any) -> None:
    def reads() -> set[str | None]:
        return {router.db_for_read(None) for _ in range(20)}

    seen = [anew(reads) for _ in range(200)]
    assert all(len(each) == 1 for each in seen)
    assert set().union(*seen) == {"one", "two"}


def test_a_context_reads_what_it_wrote(blocks: Any) -> None:
    def reads() -> list[str | None]:
        return [router.db_for_write(None), router.db_for_read(None)]

    assert anew(reads) == ["default", "default"]
    assert anew(router.db_for_read, None) != "default"
    with override_settings(VINYL_READ_YOUR_WRITES=0):
        assert anew(reads)[1] != "default"


def test_a_block_reads_from_the_primary_and_the_time_begins_after_it(blocks: Any) -> None:
    now = 100.0

    def reads() -> list[bool]:
        nonlocal now
        blocks.in_atomic_block = True
        found = [router.db_for_read(None)]
        router.db_for_write(None)
        now += 300
        found.append(router.db_for_read(None))
        blocks.in_atomic_block = False
        found.append(router.db_for_read(None))
        now += 59
        found.append(router.db_for_read(None))
        now += 2
        return [alias == "default" for alias in [*found, router.db_for_read(None)]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vinyl.routers.monotonic", lambda: now)
        assert anew(reads) == [True, True, True, True, False]


async def test_what_a_task_writes_is_known_to_the_one_that_has_read_and_started_it(
    blocks: Any,
) -> None:
    async def write() -> None:
        router.db_for_write(None)

    assert router.db_for_read(None) != "default"
    await asyncio.create_task(write())
    assert router.db_for_read(None) == "default"


def test_the_primary_may_be_asked_for(blocks: Any) -> None:
    def reads() -> list[bool]:
        with read_from_primary():
            inside = router.db_for_read(None)
        return [inside == "default", router.db_for_read(None) == "default"]

    assert anew(reads) == [True, False]


def test_objects_of_all_may_be_related_and_only_the_primary_is_migrated(blocks: Any) -> None:
    def of(alias: str) -> Any:
        return SimpleNamespace(_state=SimpleNamespace(db=alias))

    assert router.allow_relation(of("one"), of("default")) is True
    assert router.allow_relation(of("one"), of("two")) is True
    assert router.allow_relation(of("one"), of("elsewhere")) is None
    assert router.allow_migrate("one", "app") is False
    assert router.allow_migrate("default", "app") is None


def test_a_derived_router_may_leave_models_to_others(blocks: Any) -> None:
    class Some(PrimaryReplicaRouter):
        replicas = {"default": ["one"]}
        seconds = 0

        def primary_of(self, model: Any, **hints: Any) -> str | None:
            return None if model == "other" else "default"

    assert anew(Some().db_for_read, "other") is None
    assert anew(Some().db_for_write, "other") is None
    assert anew(Some().db_for_read, "mine") == "one"


@pytest.mark.parametrize("wrong", [None, ["replica"], {"default": "replica"}])
def test_wrong_settings_are_told(wrong: Any, blocks: Any) -> None:
    with (
        override_settings(VINYL_REPLICAS=wrong),
        pytest.raises(ImproperlyConfigured, match=r"VINYL_REPLICAS is .*; write"),
    ):
        anew(router.db_for_read, None)
