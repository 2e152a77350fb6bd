"""The application: `uvicorn library.app:app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query

import vinyl
from library import database  # noqa: F401  # It configures vinyl: before models are imported.
from library.catalogue.models import Author, Book, Loan
from library.errors import NoCopyLeftError, add_handlers
from library.schemas import BookIn, BookOut, BookWithLoans, LoanIn, LoanOut


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pool before the first request, and close it after the last one."""
    await vinyl.connection.fetch_value("SELECT 1")
    yield
    await vinyl.connections.close()


async def transaction() -> AsyncIterator[None]:
    """Let a request be all or nothing: what it raises rolls back."""
    async with vinyl.atomic():
        yield


# "function": committed before the response is sent, so that nobody is told what may fail yet.
in_transaction = [Depends(transaction, scope="function")]
books = APIRouter(prefix="/books", tags=["books"])


@books.get("")
async def find_books(
    title: str = "", limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[BookOut]:
    """Find books by a part of the title."""
    found = Book.vinyl.filter(title__icontains=title).select_related("author").order_by("title")
    return [BookOut.model_validate(book) for book in await found[:limit]]


@books.get("/{pk}", response_model=BookWithLoans)
async def show_book(pk: int) -> Any:
    """Show a book, and who has it."""
    book = await Book.vinyl.select_related("author").get(pk=pk)
    loans = await book.loans.order_by("since")
    return BookWithLoans(**BookOut.model_validate(book).model_dump(), open_loans=list(loans))


@books.post("", status_code=201, response_model=BookOut, dependencies=in_transaction)
async def add_book(given: BookIn) -> Any:
    """Add a book, and its author where that is a new one."""
    author, _ = await Author.vinyl.get_or_create(name=given.author)
    book = Book.vinyl(title=given.title, author=author, copies=given.copies)
    await book.full_clean(validate_unique=False, validate_constraints=False)
    await book.insert()
    return book


@books.delete("/{pk}", status_code=204, dependencies=in_transaction)
async def remove_book(pk: int) -> None:
    """Remove a book, its loans, and an author who is left without books."""
    book = await Book.vinyl.select_related("author").get(pk=pk)
    author = book.author
    await book.delete()
    if not await author.books.exists():
        await author.delete()


@books.post("/{pk}/loans", status_code=201, response_model=LoanOut, dependencies=in_transaction)
async def lend_book(pk: int, given: LoanIn) -> Any:
    """Lend a copy. The row is locked, where the database can, until the transaction ends."""
    book = await Book.vinyl.select_for_update().get(pk=pk)
    if book.copies == 0:
        raise NoCopyLeftError
    loan = await Loan.vinyl.create(book=book, reader=given.reader)
    await book.update(copies=book.copies - 1)
    return loan


app = FastAPI(title="A library", lifespan=lifespan)
app.include_router(books)
add_handlers(app)
