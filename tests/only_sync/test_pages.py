"""Django's `a…` names of paginators are refused in the sync twin."""

from __future__ import annotations

import pytest

import vinyl
from tests.app.models import Album
from vinyl.paginator import Paginator

pytestmark = pytest.mark.usefixtures("snapshots")

NAMES = ("acount", "anum_pages", "apage_range", "apage", "aget_page", "aget_elided_page_range")


@pytest.mark.parametrize("name", NAMES)
def test_djangos_async_names_of_paginators_are_refused(name: str) -> None:
    paginator = Paginator(Album.vinyl.order_by("id"), 4)
    with pytest.raises(vinyl.WrongMode, match=f"write {name[1:]}"):
        getattr(paginator, name)()


def test_djangos_async_names_of_pages_are_refused() -> None:
    page = Paginator(Album.vinyl.order_by("id"), 4).page(1)
    with pytest.raises(vinyl.WrongMode):
        page.ahas_next()
    with pytest.raises(vinyl.WrongMode):
        page.__aiter__()
