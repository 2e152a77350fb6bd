"""Django's `a…` names of shortcuts and paginators, and what is not awaited."""

from __future__ import annotations

import pytest

import vinyl
from tests._async.recording import recorded
from tests.app.models import Album
from vinyl.paginator import Paginator
from vinyl.shortcuts import aget_list_or_404, aget_object_or_404, get_object_or_404

pytestmark = pytest.mark.usefixtures("pools")


async def test_djangos_names_of_the_shortcuts_are_there() -> None:
    assert (await aget_object_or_404(Album, pk=2)).title == "Homogenic"
    assert len(await aget_list_or_404(Album.vinyl, year=1993)) == 2


async def test_djangos_names_on_a_sync_queryset_are_refused() -> None:
    with vinyl.async_mode(False):
        albums = Album.vinyl.all()
    with pytest.raises(vinyl.WrongMode, match="write get_list_or_404"):
        aget_list_or_404(albums)


async def test_a_queryset_is_answered_by_its_twin() -> None:
    albums = Album.vinyl.all()
    with vinyl.async_mode(False):
        promise = get_object_or_404(albums, pk=2)
        paginator = Paginator(albums.order_by("id"), 4)
    assert (await promise).pk == 2
    assert await paginator.count == 11


async def test_djangos_names_of_paginators_are_there() -> None:
    paginator = Paginator(Album.vinyl.order_by("id"), 4)
    assert await paginator.acount() == 11
    assert await paginator.anum_pages() == 3
    assert await paginator.apage_range() == range(1, 4)
    assert await paginator.avalidate_number("2") == 2
    assert [n async for n in paginator.aget_elided_page_range(1)] == [1, 2, 3]
    assert (await paginator.aget_page("x")).number == 1
    page = await paginator.apage(2)
    assert await page.aget_object_list() == [album async for album in page] == list(page)
    assert await page.ahas_next() is True
    assert await page.ahas_previous() is True
    assert await page.ahas_other_pages() is True
    assert await page.anext_page_number() == 3
    assert await page.aprevious_page_number() == 1
    assert await page.astart_index() == 5
    assert await page.aend_index() == 8


@pytest.mark.parametrize("name", ["count", "num_pages", "page_range"])
async def test_numbers_that_are_not_awaited_fail_loudly(name: str) -> None:
    paginator = Paginator(Album.vinyl.order_by("id"), 4)
    with (
        recorded() as statements,
        pytest.raises(vinyl.NotEvaluated, match=f"await paginator.{name}"),
    ):
        str(getattr(paginator, name))
    assert statements == []
