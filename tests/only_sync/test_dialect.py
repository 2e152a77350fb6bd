"""What compiles for the sync twin opens no connection of its own."""

from __future__ import annotations

import pytest
from django.apps import apps

from tests.app.models import Album
from vinyl._runtime._sync.databases import dialect

pytestmark = pytest.mark.usefixtures("snapshots")


@pytest.mark.skipif(
    not apps.is_installed("django.contrib.postgres"), reason="this database is not PostgreSQL"
)
def test_writing_values_into_sql_connects_nowhere_else() -> None:
    from django.contrib.postgres.search import SearchHeadline, SearchQuery

    headline = SearchHeadline("title", SearchQuery("debut"), start_sel="<'b'>", stop_sel="\\")
    title = Album.vinyl.annotate(found=headline).get(pk=1).found
    assert title == "<'b'>Debut\\"
    assert dialect("default").connection is None
