"""What one test process reads from its environment; `__main__.py` sets it."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def env(name: str, default: str = "") -> str:
    return os.environ.get("DJANGO_SUITE_" + name, default)


#: "stock" (the baseline), "sync" or "async"
TWIN = env("TWIN", "stock")
DATABASE = env("DATABASE", "sqlite")
#: What a relation that is not loaded does in the async twin: "error", or "await", as a test
#: rewritten for it would.
LAZY = env("LAZY", "error")
OUT = env("OUT")
TEST_TIMEOUT = float(env("TEST_TIMEOUT", "60"))
PREFIX = env("PREFIX", "suite")
URLS = {
    "postgresql": os.environ.get("VINYL_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/"),
    "mysql": os.environ.get("VINYL_MYSQL_URL", "mysql://root@127.0.0.1:3306/"),
}
ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
}
if TWIN in ("async", "shim"):
    # aiomysql's session cannot be shared with a driver that blocks.
    ENGINES["mysql"] = "tests.django_suite.mysql_shim"


def databases() -> dict[str, Any]:
    return {alias: _database(alias) for alias in ("default", "other")}


def _database(alias: str) -> dict[str, Any]:
    if DATABASE == "sqlite":
        return {"ENGINE": ENGINES[DATABASE]}
    url = urlsplit(URLS[DATABASE])
    name = f"{PREFIX}_{alias}"
    test = {"NAME": f"test_{name}"}
    options = dict(parse_qsl(url.query))
    if DATABASE == "mysql":
        test |= {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_general_ci"}
    return {
        "ENGINE": ENGINES[DATABASE],
        "NAME": name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "OPTIONS": options,
        "TEST": test,
    }
