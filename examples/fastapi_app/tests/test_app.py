from __future__ import annotations

import ast
import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

import vinyl
from library import report
from library.catalogue.models import Author, Book, Loan

NOTEBOOK = Path(__file__).parents[1] / "notebook.ipynb"
TEA = {"title": "The Book of Tea", "author": "Okakura Kakuzō", "copies": 2}


async def added(client: AsyncClient, **fields: Any) -> int:
    """Add a book, and return its key."""
    answer = await client.post("/books", json=TEA | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_book_is_added_with_its_author(client: AsyncClient) -> None:
    answer = await client.post("/books", json=TEA)
    assert answer.status_code == 201
    book, author = await Book.vinyl.get(), await Author.vinyl.get()
    assert answer.json() == {
        "id": book.pk,
        "title": "The Book of Tea",
        "copies": 2,
        "author": {"id": author.pk, "name": "Okakura Kakuzō"},
    }
    await added(client, title="The Awakening of Japan")
    assert await Author.vinyl.count() == 1


async def test_books_are_found_by_title(client: AsyncClient) -> None:
    for title in ("Tea", "The Art of Tea", "Coffee"):
        await added(client, title=title)
    found = (await client.get("/books", params={"title": "tea"})).json()
    assert [book["title"] for book in found] == ["Tea", "The Art of Tea"]
    assert len((await client.get("/books", params={"limit": 1})).json()) == 1


async def test_a_request_is_all_or_nothing(client: AsyncClient) -> None:
    await added(client)
    answer = await client.post("/books", json=TEA)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "That is at odds with what is there already.",
    )
    answer = await client.post("/books", json=TEA | {"author": "Somebody new", "copies": -1})
    assert answer.status_code == 422
    assert list(answer.json()["detail"]) == ["copies"]
    assert await Author.vinyl.count() == await Book.vinyl.count() == 1


async def test_copies_are_lent_until_there_are_none(client: AsyncClient) -> None:
    pk = await added(client)
    asked = [client.post(f"/books/{pk}/loans", json={"reader": f"Reader {i}"}) for i in range(5)]
    codes = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert sorted(codes) == [201, 201, 409, 409, 409]
    shown = (await client.get(f"/books/{pk}")).json()
    assert (shown["copies"], len(shown["open_loans"])) == (0, 2)
    assert shown["author"]["name"] == "Okakura Kakuzō"


async def test_an_author_goes_with_the_last_book(client: AsyncClient) -> None:
    first, second = await added(client), await added(client, title="The Awakening of Japan")
    for pk, left in ((first, 1), (second, 0)):
        assert (await client.delete(f"/books/{pk}")).status_code == 204
        assert await Author.vinyl.count() == left
    assert await Loan.vinyl.count() == 0


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("GET", "/books/1234", 404), ("DELETE", "/books/1234", 404), ("POST", "/books", 422)],
)
async def test_errors_have_their_status_codes(
    client: AsyncClient, method: str, path: str, code: int
) -> None:
    assert (await client.request(method, path)).status_code == code


async def test_no_connection_is_held_between_requests(client: AsyncClient) -> None:
    pk = await added(client)
    await client.post(f"/books/{pk}/loans", json={"reader": "Somebody"})
    await client.get("/books/1234")
    stats = vinyl.connection.pool_stats
    assert stats.size == stats.idle


async def test_a_sync_program_and_a_notebook_use_the_same_models(client: AsyncClient) -> None:
    pk = await added(client, copies=1)
    await client.post(f"/books/{pk}/loans", json={"reader": "Somebody"})
    assert await asyncio.to_thread(synchronously) == [
        "Somebody has The Book of Tea by Okakura Kakuzō"
    ]
    shown = await cells()
    assert shown[1:] == [[("Okakura Kakuzō", 1)], 1]


def synchronously() -> list[str]:
    with vinyl.async_mode(False):
        try:
            return report.lines()
        finally:
            vinyl.connections.close()


async def cells() -> list[Any]:
    """Run the notebook's cells as IPython does; return what each of them shows."""
    names: dict[str, Any] = {}
    shown = []
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        if isinstance(tree.body[-1], ast.Expr):
            last = ast.Assign([ast.Name("shown", ast.Store())], tree.body[-1].value)
            tree.body[-1] = last
        code = compile(
            ast.fix_missing_locations(tree), "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        if inspect.iscoroutine(run := eval(code, names)):
            await run
        shown.append(names.get("shown"))
    return shown
