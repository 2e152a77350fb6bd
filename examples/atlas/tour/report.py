"""Show the tour on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from tour.compare import Pair, difference
from tour.questions import TIMES, Answer, Question
from tour.servers import Server

WIDTH_OF_A_FILE = 120


def console() -> Console:
    """Return a console; output that goes to a file gets a width that shows the table well."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=WIDTH_OF_A_FILE)


def progress_bar(screen: Console) -> Progress:
    """Return the progress bar of the loading."""
    return Progress(
        TextColumn("  {task.description:<16}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen,
    )


def comparison(pairs: list[Pair], asynchronous: Server, synchronous: Server) -> Table:
    """Return a table of the answers side by side, with their times."""
    title = (
        f"The same questions, asked of both (ms: the median of {TIMES} for those that only read)"
    )
    table = Table(title=title, title_justify="left", show_lines=True)
    table.add_column("Question", ratio=3, style="bold")
    table.add_column(asynchronous.name, ratio=4)
    table.add_column("ms", justify="right", style="cyan", no_wrap=True)
    table.add_column(synchronous.name, ratio=4)
    table.add_column("ms", justify="right", style="cyan", no_wrap=True)
    table.add_column("", justify="center", no_wrap=True)
    for pair in pairs:
        table.add_row(
            Text(pair.question.title),
            glance(pair.question, pair.asynchronous),
            f"{pair.asynchronous.seconds * 1000:.1f}",
            glance(pair.question, pair.synchronous),
            f"{pair.synchronous.seconds * 1000:.1f}",
            Text("=", style="bold green") if pair.agree else Text("≠", style="bold red"),
        )
    return table


def glance(question: Question, answer: Answer) -> Text:
    """Return an answer in short; one of another status than expected, as it came."""
    if answer.status != question.status:
        return Text(f"{answer.status}: {str(answer.content)[:200]}", style="red")
    status = f"{answer.status} " if answer.status >= 400 else ""
    return Text(status + question.glance(answer.content))


def verdict(pairs: list[Pair]) -> Panel:
    """Return the outcome in one line."""
    wrong = sum(not pair.agree for pair in pairs)
    if wrong:
        return Panel(f"{wrong} of {len(pairs)} answers disagree.", style="bold red", expand=False)
    return Panel(f"All {len(pairs)} answers agree.", style="bold green", expand=False)


def show_differences(screen: Console, pairs: list[Pair]) -> None:
    """Print what is wrong with each question that is not answered alike."""
    for pair in pairs:
        if not pair.agree:
            screen.rule(Text(pair.question.title), style="red")
            screen.print(Syntax(difference(pair), "diff", word_wrap=True))


def show_log(screen: Console, server: Server) -> None:
    """Print a server's log."""
    screen.rule(Text(f"{server.name}: {server.log}"), style="yellow")
    screen.print(Text(server.read_log() if server.log.exists() else "(no log)"))
