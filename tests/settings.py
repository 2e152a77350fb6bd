"""
Settings of the test project: one kind of database a run, as the aliases `default` and `other`.

`--database` of pytest chooses the kind; see `tests/conftest.py`. The servers' addresses come from
VINYL_POSTGRESQL_URL and VINYL_MYSQL_URL, as `scheme://user:password@host:port/?option=value`.
The ENGINEs are Django's own, so that the tests show what vinyl does with a stock project.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KIND = os.environ.get("VINYL_TEST_DATABASE", "sqlite")
# Runs side by side on one server must not share databases.
RUN = os.environ.setdefault("VINYL_TEST_RUN", str(os.getpid()))
FOLDER = Path(tempfile.gettempdir()) / f"vinyl-tests-{RUN}"

URLS = {
    "postgresql": os.environ.get("VINYL_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/"),
    "mysql": os.environ.get("VINYL_MYSQL_URL", "mysql://root@127.0.0.1:3306/"),
}
# A lock held by a lost transaction must fail the test that waits for it, not hang the run.
OPTIONS: dict[str, dict[str, Any]] = {
    # On small tables that nobody has analyzed, the server takes more time to begin to compile to
    # machine code, or other processes, than the query takes.
    "postgresql": {
        "options": "-c lock_timeout=15000 -c synchronous_commit=off -c jit=off"
        " -c max_parallel_workers_per_gather=0"
    },
    "mysql": {"init_command": "SET SESSION innodb_lock_wait_timeout = 15"},
    "sqlite": {"init_command": "PRAGMA synchronous = OFF", "timeout": 15},
}


def database(alias: str) -> dict[str, Any]:
    """Return the entry of `DATABASES` for one alias of the chosen kind."""
    if KIND == "sqlite":
        # A file: the two twins use different connections, which could not share a memory database.
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": FOLDER / f"{alias}-unused.sqlite3",
            "OPTIONS": OPTIONS[KIND],
            "TEST": {"NAME": str(FOLDER / f"{alias}.sqlite3"), "MIGRATE": False},
        }
    url = urlsplit(URLS[KIND])
    return {
        "ENGINE": f"django.db.backends.{KIND}",
        "NAME": f"vinyl_{RUN}_{alias}",
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "OPTIONS": OPTIONS[KIND] | dict(parse_qsl(url.query)),
        "TEST": {"MIGRATE": False} | ({"CHARSET": "utf8mb4"} if KIND == "mysql" else {}),
    }


DATABASES = {alias: database(alias) for alias in ("default", "other")}

SECRET_KEY = "only for tests"
INSTALLED_APPS = ["django.contrib.contenttypes", "tests.app"]
if KIND == "postgresql":
    INSTALLED_APPS += ["django.contrib.postgres", "tests.pgapp"]
# MariaDB has no conditional constraints and no expressions' indexes; Django ignores them there.
SILENCED_SYSTEM_CHECKS = ["models.W036", "models.W044"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Europe/Zurich"
USE_I18N = False
