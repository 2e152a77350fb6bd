"""
Tell who has which book: the same models in a synchronous program.

    python -m library.report
"""

from __future__ import annotations

import vinyl
from library import database  # noqa: F401  # It configures vinyl: before models are imported.
from library.catalogue.models import Loan


def lines() -> list[str]:
    """Return a line for each loan."""
    loans = Loan.vinyl.select_related("book__author").order_by("since")
    return [f"{loan.reader} has {loan.book} by {loan.book.author}" for loan in loans]


def main() -> None:
    """Print the report."""
    vinyl.set_async(False)
    for line in lines():
        print(line)
    vinyl.connections.close()


if __name__ == "__main__":
    main()
