"""
Run the atlas example: python examples/atlas/run.py [--database sqlite|postgresql|mysql]

It loads a world of cities through vinyl, starts one ASGI and one WSGI server on the same models and
the same database, asks both the same questions, and exits 0 only if all their answers agree.
"""

from __future__ import annotations

import sys

try:
    from tour.command import main
except ModuleNotFoundError as error:
    sys.exit(
        f"There is no module {error.name!r} here. The atlas needs vinyl with its drivers and the "
        "dependency group `atlas`; in the repository's folder:\n"
        "    pip install -e '.[sqlite,postgresql,mysql]' --group atlas"
    )

if __name__ == "__main__":
    sys.exit(main())
