"""Fragments of the changelog are named as towncrier wants them, and say something."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRAGMENTS = [path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]


def test_every_fragment_has_an_issue_or_a_name_and_a_known_kind():
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    kinds = "|".join(kind["directory"] for kind in document["tool"]["towncrier"]["type"])
    pattern = re.compile(rf"(\d+|\+[a-z0-9-]+)\.({kinds})(\.\d+)?\.md")
    assert [path.name for path in FRAGMENTS if not pattern.fullmatch(path.name)] == []


def test_no_fragment_is_empty():
    assert [path.name for path in FRAGMENTS if not path.read_text(encoding="utf-8").strip()] == []
