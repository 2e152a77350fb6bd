"""Two processes with fifty tasks each want one key: one row comes of it, and no error."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connections as django_connections

from tests.app.stock import stock
from tests.app.written import Counter

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 90
pytestmark = pytest.mark.usefixtures("pools", "db")

METHODS = ["get_or_create", "update_or_create"]
ISOLATIONS = {
    "postgresql": ["read committed"],
    "mysql": ["read committed", "repeatable read"],
    "sqlite": [None],
}
VENDOR = os.environ["VINYL_TEST_DATABASE"]


async def race(*arguments: str) -> list[list[str]]:
    """Start two processes, let them begin at one time, and return what their tasks report."""
    names = {alias: str(django_connections[alias].settings_dict["NAME"]) for alias in ("default",)}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RACE_DATABASE": names["default"]}
    racers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.only_async.racer", *arguments),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        async with asyncio.timeout(LIMIT):
            for racer in racers:
                assert (await racer.stdout.readline()) == b"ready\n"
            for racer in racers:
                racer.stdin.write(b"go\n")
            return [json.loads((await racer.communicate())[0]) for racer in racers]
    finally:
        for racer in racers:
            if racer.returncode is None:
                racer.kill()
                await racer.wait()


@pytest.mark.parametrize("isolation", ISOLATIONS[VENDOR])
@pytest.mark.parametrize("mode", ["async", "sync"])
@pytest.mark.parametrize("method", METHODS)
async def test_a_race_for_one_key_gives_one_row(method: str, mode: str, isolation: str) -> None:
    reports = await race(method, mode, "alone", isolation or "")
    outcomes = [outcome for report in reports for outcome in report]
    assert sorted(set(outcomes)) == ["created", "found"], outcomes
    assert outcomes.count("created") == 1
    assert len(outcomes) == 100
    assert stock(lambda: Counter.objects.count()) == 1


@pytest.mark.parametrize("isolation", ISOLATIONS[VENDOR])
@pytest.mark.parametrize("mode", ["async", "sync"])
async def test_a_race_inside_transactions_gives_one_row(mode: str, isolation: str) -> None:
    reports = await race("get_or_create", mode, "atomic", isolation or "")
    outcomes = [outcome for report in reports for outcome in report]
    assert sorted(set(outcomes)) == ["created", "found"], outcomes
    assert outcomes.count("created") == 1
    assert stock(lambda: Counter.objects.count()) == 1
