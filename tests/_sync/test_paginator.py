# Generated from tests/_async/test_paginator.py by `python tools/unasync_build.py`; never edit.
"""Pages: counted once, read one at a time, plain data afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine

from tests._sync.recording import recorded
from tests.app.models import Album, Artist, Genre
from tests.app.stock import stock
from vinyl.paginator import (
    EmptyPage,
    PageNotAnInteger,
    Paginator,
    UnorderedObjectListWarning,
)


def paginated(per_page: int = 4, **options: Any) -> Any:
    return Paginator(Album.vinyl.order_by("id"), per_page, **options)


def test_a_page_has_its_objects() -> None:
    with recorded() as statements:
        page = paginated().page(2)
    assert [album.pk for album in page] == [5, 6, 7, 8]
    assert len(statements) == 2
    assert "COUNT" in statements[0]
    assert "LIMIT 4 OFFSET 4" in statements[1]


def test_a_page_is_plain_data() -> None:
    page = paginated().page(2)
    with recorded() as statements:
        assert page.number == 2
        assert len(page) == 4
        assert page[0].pk == 5
        assert [album.pk for album in page.object_list] == [5, 6, 7, 8]
        assert page.object_list[0] in page
        assert (page.has_next(), page.has_previous(), page.has_other_pages()) == (True, True, True)
        assert (page.next_page_number(), page.previous_page_number()) == (3, 1)
        assert (page.start_index(), page.end_index()) == (5, 8)
        assert (page.paginator.count, page.paginator.num_pages) == (11, 3)
        assert page.paginator.page_range == range(1, 4)
        assert list(page.paginator.get_elided_page_range(2)) == [1, 2, 3]
        assert repr(page) == "<Page 2 of 3>"
    assert statements == []


def test_the_numbers_are_asked_for_once() -> None:
    paginator = paginated()
    with recorded() as statements:
        assert paginator.count == 11
        assert paginator.num_pages == 3
        assert paginator.page_range == range(1, 4)
        assert paginator.validate_number("2") == 2
    assert len(statements) == 1
    assert (paginator.per_page, paginator.orphans) == (4, 0)


def test_all_pages_can_be_gone_through() -> None:
    pages = [page for page in paginated()]
    assert [len(page) for page in pages] == [4, 4, 3]


def test_orphans_join_the_page_before() -> None:
    paginator = paginated(5, orphans=1)
    assert paginator.num_pages == 2
    assert [album.pk for album in paginator.page(2)] == [6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize("number", ["x", None, 1.5, [], ""], ids=repr)
def test_what_is_no_number_is_refused(number: Any) -> None:
    with pytest.raises(PageNotAnInteger, match="not an integer"):
        paginated().page(number)
    assert (paginated().get_page(number)).number == 1


@pytest.mark.parametrize("number", [0, -1, 4, 99])
def test_a_number_out_of_range_is_an_empty_page(number: int) -> None:
    with pytest.raises(EmptyPage, match=r"less than 1|no results"):
        paginated().page(number)
    assert (paginated().get_page(number)).number == 3


def test_numbers_may_be_text() -> None:
    assert (paginated().page("3")).number == 3
    assert (paginated().get_page("2")).number == 2


def test_messages_can_be_given() -> None:
    with pytest.raises(EmptyPage, match="Nothing here"):
        paginated(error_messages={"no_results": "Nothing here"}).page(9)


def test_the_first_page_may_be_empty() -> None:
    nothing = Album.vinyl.filter(pk=0).order_by("id")
    page = Paginator(nothing, 4).page(1)
    assert (len(page), page.start_index(), page.end_index()) == (0, 0, 0)
    assert Paginator(nothing, 4, allow_empty_first_page=False).num_pages == 0
    with pytest.raises(EmptyPage):
        Paginator(nothing, 4, allow_empty_first_page=False).page(1)


def test_the_page_range_can_be_elided() -> None:
    paginator = Paginator(Album.vinyl.order_by("id"), 1)
    numbers = [each for each in paginator.get_elided_page_range(6, on_each_side=1, on_ends=1)]
    assert [str(each) for each in numbers] == ["1", "…", "5", "6", "7", "…", "11"]


def test_relations_are_loaded_with_a_page() -> None:
    page = Paginator(Album.vinyl.order_by("id").select_related("artist"), 3).page(1)
    assert page[0].artist.name == "Björk"
    prefetched = Paginator(Artist.vinyl.order_by("id").prefetch_related("albums"), 3)
    with recorded() as statements:
        page = prefetched.page(1)
        assert all(isinstance(artist["albums"], list) for artist in page)
    assert len(statements) == 3


@pytest.mark.filterwarnings("ignore:Pagination may yield")
@pytest.mark.parametrize(
    "given",
    [
        lambda: Genre,
        lambda: Genre.vinyl,
        lambda: Genre.vinyl.all(),
        lambda: Genre.objects.all(),
        lambda: Genre.objects,
        lambda: Genre.vinyl.raw("SELECT * FROM shop_genre ORDER BY code"),
    ],
)
def test_whatever_gives_objects_can_be_paginated(given: Any) -> None:
    page = Paginator(given(), 4).page(2)
    expected = stock(lambda: [genre.pk for genre in Genre.objects.order_by("code")[4:8]])
    assert [genre.pk for genre in page] == expected
    assert all(type(genre) is Genre.vinyl.model for genre in page)


def test_lists_and_values_can_be_paginated() -> None:
    assert list(Paginator([1, 2, 3], 2).page(2)) == [3]
    titles = Paginator(Album.vinyl.order_by("id").values_list("title", flat=True), 2)
    assert list(titles.page(1)) == ["Debut", "Homogenic"]


def test_an_evaluated_queryset_is_not_asked_again() -> None:
    albums = Album.vinyl.order_by("id")
    rows = list(albums)
    with recorded() as statements:
        assert list(Paginator(albums, 4).page(2)) == rows[4:8]
    assert statements == []


def test_managers_of_relations_can_be_paginated() -> None:
    artist = Artist.vinyl.get(pk=1)
    page = Paginator(artist.albums.order_by("id"), 2).page(1)
    assert [album.pk for album in page] == [1, 2]


def test_an_unordered_queryset_is_warned_of() -> None:
    with pytest.warns(UnorderedObjectListWarning, match="unordered"):
        Paginator(Album.vinyl.all(), 2)


def test_a_template_reads_a_page() -> None:
    source = (
        "{% for album in page %}{{ album.title }},{% endfor %}{{ page.number }}"
        "/{{ page.paginator.num_pages }}{% if page.has_next %} {{ page.next_page_number }}"
        "{% endif %}{% for n in page.paginator.page_range %} p{{ n }}{% endfor %}"
    )
    page = paginated().page(1)
    text = Engine().from_string(source).render(Context({"page": page}))
    assert text.endswith("1/3 2 p1 p2 p3")
    assert text.startswith("Debut,Homogenic,")
