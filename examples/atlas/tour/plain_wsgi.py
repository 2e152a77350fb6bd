"""Serve the views without `await` by Django's own server: python -m tour.plain_wsgi HOST PORT."""

from __future__ import annotations

import sys

from django.core.servers.basehttp import run

from atlas.wsgi import application


def main(host: str, port: str) -> None:
    """Listen until killed; port 0 takes a free one, and the log tells which."""

    def announce(bound: int) -> None:
        print(f"Listening at http://{host}:{bound}", flush=True)

    run(host, int(port), application, threading=True, on_bind=announce)


if __name__ == "__main__":
    main(*sys.argv[1:])
