"""The command: prints one line a comparison, and tells where a goal is missed."""

from __future__ import annotations

import argparse
import asyncio
import sys

from benchmarks.measure import Comparison
from benchmarks.settings import configure


def main() -> int:
    """Run the comparisons; return 1 where a ratio is over its limit and --strict is given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", help="the part to run: reading, relations or writing")
    parser.add_argument("--strict", action="store_true", help="fail where a goal is missed")
    parser.add_argument("--uvloop", action="store_true", help="run vinyl's side on uvloop")
    options = parser.parse_args()
    configure()
    factory = None
    if options.uvloop:
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        results = measure(runner, options.rounds, options.only)
    print(f"{'':24}{'stock':>12}{'vinyl':>12}{'ratio':>8}{'goal':>8}")
    for result in results:
        mark = "" if result.ratio <= result.limit else "  missed"
        print(
            f"{result.name:24}{result.stock * 1e6:10.0f}us{result.vinyl * 1e6:10.0f}us"
            f"{result.ratio:8.2f}{result.limit:8.2f}{mark}"
        )
    missed = any(result.ratio > result.limit for result in results)
    return int(missed and options.strict)


def measure(runner: asyncio.Runner, rounds: int, only: str | None) -> list[Comparison]:
    """Fill a database, compare, and drop the database again."""
    from django.db import connection

    import vinyl
    from benchmarks import bulk, reading, relations, writing

    async def close() -> None:
        await vinyl.connections.close()

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        results = []
        for part in (reading, relations, writing, bulk):
            if only is not None and part.__name__ != f"benchmarks.{only}":
                continue
            part.fill()
            results += part.measure(runner, rounds)
        return results
    finally:
        runner.run(close())
        connection.creation.destroy_test_db("postgres", verbosity=0)


sys.exit(main())
