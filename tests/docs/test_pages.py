"""What the documentation shows is run, page by page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.page import blocks
from vinyl.unasync import OLDEST_PYTHON

ROOT = Path(__file__).resolve().parents[2]
TEXTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PAGES = [page for page in TEXTS if any(blocks(page))]
IS_OLD = sys.version_info < OLDEST_PYTHON
needs_new_python = pytest.mark.skipif(IS_OLD, reason="twins are built with Python 3.12")
CASES = [
    pytest.param(page, id=page.stem, marks=needs_new_python if page.stem == "services" else ())
    for page in PAGES
]


@pytest.mark.parametrize("page", CASES)
def test_the_blocks_of_a_page_run(page):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.docs.run_page", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # a page that hangs must end
    )
    assert done.returncode == 0, done.stderr
    assert f"{page.name}: {len(list(blocks(page)))} blocks run" in done.stdout


def test_there_are_pages_to_run():
    assert len(PAGES) >= 10
