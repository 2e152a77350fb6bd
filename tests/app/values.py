"""For each type of field the values that mappers get wrong, to be stored one by one."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any

from tests.app.data import QUOTES
from tests.app.fields import CatalogueNumber
from tests.app.models import Mood

UTC = dt.UTC
ZURICH_SUMMER = dt.timezone(dt.timedelta(hours=2))
TEXTS = [
    "",
    " ",
    "plain",
    QUOTES,
    "é à ü ß",
    "e\u0301",
    "中文",
    "𝄞🎸👩‍🚀",
    "a\nb\r\n\tc",
    "%s %% %(x)s",
    "\u017f" * 60,
]
INTEGERS = [0, 1, -1, 2**31 - 1, -(2**31), True]
JSON: list[Any] = [
    {},
    [],
    "",
    "text",
    0,
    -1.5,
    True,
    False,
    {"a": None},
    [None, [None], {"b": [{}]}],
    {"n": 2**53 + 1, "f": 1e-7, "e": 1e22},
    {"é𝄞": QUOTES, "": "", "a b": "\u2028", "nul": "\\u0000"},
    {"deep": {"er": {"and": {"deeper": [1, "2", 3.0, None, True]}}}},
]

VALUES: dict[str, list[Any]] = {
    "big": [0, -1, 2**63 - 1, -(2**63), 2**53 + 1],
    "binary": [
        b"",
        b"\x00",
        bytes(range(256)),
        b"'\"\\%s",
        "é".encode(),
        b"\xff" * 5000,
        bytearray(b"xy"),
        memoryview(b"view"),
    ],
    "boolean": [True, False, 1, 0],
    "char": TEXTS,
    "choice": [Mood.CALM, Mood.LOUD, 2],
    "custom": [CatalogueNumber("ECM", 1064), CatalogueNumber("a b 'c'", -1)],
    "date": [dt.date(1, 1, 1), dt.date(1582, 10, 10), dt.date(2024, 2, 29), dt.date(9999, 12, 31)],
    "datetime": [
        dt.datetime(2024, 3, 31, 0, 59, 59, 999999, tzinfo=UTC),
        dt.datetime(2024, 3, 31, 1, 0, tzinfo=UTC),
        dt.datetime(2024, 10, 27, 2, 30, tzinfo=ZURICH_SUMMER),
        dt.datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
        dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=UTC),
        dt.datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        dt.datetime(1800, 1, 1, tzinfo=UTC),
        dt.datetime(1000, 1, 2, tzinfo=UTC),
        dt.datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC),
        dt.datetime(2024, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=-11, minutes=-30))),
    ],
    "decimal": [
        Decimal(0),
        Decimal("-0.0001"),
        Decimal("1.5"),
        Decimal("9999999999.9999"),
        Decimal("-9999999999.9999"),
        Decimal("1E+3"),
        7,
        "2.50",
        0.1,
    ],
    "decimal_long": [
        Decimal("0.1"),
        Decimal("123456789012345.123456789012345"),
        Decimal("-0.000000000000001"),
    ],
    "duration": [
        dt.timedelta(0),
        dt.timedelta(microseconds=1),
        dt.timedelta(microseconds=-1),
        dt.timedelta(days=-1, hours=5),
        dt.timedelta(days=36500, microseconds=999999),
        dt.timedelta(hours=25, minutes=61),
    ],
    "email": ["a.b+c'd@example.org"],
    "file": ["", "files/é b.txt"],
    "file_path": ["/some/where else.txt"],
    "floating": [0.0, -0.0, 0.1 + 0.2, 1e-300, 1.7976931348623157e308, -1.5, math.pi, 3],
    "integer": INTEGERS,
    "ip": ["127.0.0.1", "::1", "2001:0DB8:0:0::1", "::ffff:10.0.0.1"],
    "ip_unpacked": ["::ffff:10.0.0.1", "10.0.0.1"],
    "ip4": ["0.0.0.0", "255.255.255.255"],
    "json": JSON,
    "json_encoded": [{"on": dt.date(2024, 2, 29), "n": Decimal("1.10"), "u": uuid.UUID(int=1)}],
    "positive": [0, 2**31 - 1],
    "positive_big": [0, 2**63 - 1],
    "positive_small": [0, 32767],
    "slug": ["", "a-slug_1"],
    "small": [0, -32768, 32767],
    "text": [*TEXTS, "long é𝄞 " * 20000],
    "time": [dt.time(0, 0), dt.time(23, 59, 59, 999999), dt.time(12, 0, 0, 1)],
    "url": ["", "https://example.org/?q=%F0&r=a+b#é"],
    "uuid": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), "12345678123456781234567812345678"],
    "renamed": ["x"],
    "with_default": ["", "given"],
    "with_db_default": [0, -5],
}

# None for each, and nothing at all.
ONE_BY_ONE: list[tuple[str, Any]] = [
    (field, value)
    for field, values in VALUES.items()
    for value in (*values, *([None] if not field.startswith("with_") else []))
]
