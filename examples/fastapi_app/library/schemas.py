"""What comes in and goes out; `from_attributes` reads objects of vinyl that are loaded."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=100)]


class BookIn(BaseModel):
    """A book to be added."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    author: Name
    copies: int = 1


class LoanIn(BaseModel):
    """Who takes a book home."""

    reader: Name


class Out(BaseModel):
    """What is read from an object."""

    model_config = ConfigDict(from_attributes=True)


class AuthorOut(Out):
    """An author."""

    id: int
    name: str


class BookOut(Out):
    """A book, with its author."""

    id: int
    title: str
    copies: int
    author: AuthorOut


class LoanOut(Out):
    """A loan."""

    id: int
    reader: str
    since: datetime


class BookWithLoans(BookOut):
    """A book, with its author and those who have it."""

    open_loans: list[LoanOut]
