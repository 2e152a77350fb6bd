"""The one command of the atlas: load, serve, ask, compare."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import django
import httpx

import vinyl
from atlas import databases
from tour import report
from tour.compare import Pair
from tour.questions import Answer, Question, ask, questions
from tour.servers import Server, ServerFailed, asgi_server, running, wsgi_server

AGREE, DISAGREE, FAILED, INTERRUPTED = 0, 1, 2, 130
PATIENCE = 60  # seconds for one answer
FEWEST = 3  # cities that the questions need


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tour; return the exit status."""
    options = parse(arguments)
    os.environ["ATLAS_DATABASE"] = options.database
    os.environ["DJANGO_SETTINGS_MODULE"] = "atlas.settings"
    django.setup()
    tour = Tour(options)
    with termination_as_interrupt():
        try:
            return tour.run()
        except KeyboardInterrupt:
            tour.screen.print("Stopped.")
            return INTERRUPTED


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Load an atlas through vinyl, serve it by ASGI and by WSGI, and compare.",
    )
    add = parser.add_argument
    add("--database", choices=databases.CHOICES, default="sqlite", help="default: %(default)s")
    add("--keep-serving", action="store_true", help="serve until Ctrl-C, if the answers agree")
    add("--port-async", type=int, default=0, metavar="N", help="default: a free one")
    add("--port-sync", type=int, default=0, metavar="N", help="default: a free one")
    add("--limit", type=int, metavar="N", help="load only the N largest cities")
    options = parser.parse_args(arguments)
    if options.limit is not None and options.limit < FEWEST:
        parser.error(f"--limit is {options.limit}; the questions need {FEWEST} cities or more.")
    return options


class Tour:
    """One run of the command."""

    def __init__(self, options: argparse.Namespace) -> None:
        from django.conf import settings

        self.options = options
        self.screen = report.console()
        self.var = settings.VAR_DIR
        self.var.mkdir(parents=True, exist_ok=True)

    def run(self) -> int:
        """Load, serve, ask and compare; return the exit status."""
        from django.db import OperationalError

        try:
            cities = self.fill_database()
        except OperationalError as error:
            variable = f"VINYL_{self.options.database.upper()}_URL"
            self.screen.print(f"The database cannot be made: {error}", style="red", markup=False)
            self.screen.print(f"Is the server running? {variable} names another one.")
            return FAILED
        servers = (
            asgi_server(self.var, self.options.port_async),
            wsgi_server(self.var, self.options.port_sync),
        )
        try:
            with running(*servers):
                return self.compare(cities, *servers)
        except (ServerFailed, httpx.HTTPError) as error:
            self.show_logs(servers)
            self.screen.print(f"{error or type(error).__name__}", style="red", markup=False)
            return FAILED

    def fill_database(self) -> list[dict[str, Any]]:
        """Make the database and load it; return the records of its cities."""
        from tour import database
        from world import load, source

        self.screen.print(f"Database: {database.place()}", soft_wrap=True, markup=False)
        database.recreate()
        data = source.read(self.options.limit)
        start = time.perf_counter()
        with report.progress_bar(self.screen) as progress:
            asyncio.run(load_and_close(load.load(data, progress)))
        self.screen.print(f"Loaded in {time.perf_counter() - start:.1f} s.\n")
        return data.cities

    def compare(
        self, cities: list[dict[str, Any]], asynchronous: Server, synchronous: Server
    ) -> int:
        """Ask both servers everything, show the answers, and return the exit status."""
        asked = questions(cities)
        answers = [ask_all(server, asked) for server in (asynchronous, synchronous)]
        pairs = [Pair(*row) for row in zip(asked, *answers, strict=True)]
        self.screen.print(report.comparison(pairs, asynchronous, synchronous))
        report.show_differences(self.screen, pairs)
        self.screen.print(report.verdict(pairs))
        if not all(pair.agree for pair in pairs):
            self.show_logs([asynchronous, synchronous])
            return DISAGREE
        if self.options.keep_serving:
            self.keep_serving(asynchronous, synchronous)
        return AGREE

    def keep_serving(self, asynchronous: Server, synchronous: Server) -> None:
        """Leave the servers to the user until Ctrl-C."""
        try:
            self.screen.print(f"With await:    {asynchronous.url}/")
            self.screen.print(f"Without await: {synchronous.url}/")
            self.screen.print("Ctrl-C stops both.")
            self.screen.file.flush()
            threading.Event().wait()
        except KeyboardInterrupt:
            self.screen.print("Stopped.")

    def show_logs(self, servers: Sequence[Server]) -> None:
        """Print what the servers wrote."""
        for server in servers:
            report.show_log(self.screen, server)


async def load_and_close(loading: Any) -> None:
    """Wait for the loading, and close this event loop's connections, however it ended."""
    try:
        await loading
    finally:
        await vinyl.connections.close()


def ask_all(server: Server, asked: Sequence[Question]) -> list[Answer]:
    """Return a server's answers to all questions, in order."""
    with httpx.Client(base_url=server.url, trust_env=False, timeout=PATIENCE) as client:
        return [ask(client, question) for question in asked]


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Treat a request to end as Ctrl-C: what was started is stopped."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
