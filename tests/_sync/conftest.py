# Generated from tests/_async/conftest.py by `python tools/unasync_build.py`; never edit.
"""The databases, for all tests of this folder, and their connections' end."""

from __future__ import annotations

from typing import Any

import pytest

import vinyl


@pytest.fixture(scope="module", autouse=True)
def pools(snapshots: Any, anyio_backend: str) -> Any:
    """Keep one event loop, and with it its pools, for all tests of a module."""
    yield
    vinyl.connections.close()
