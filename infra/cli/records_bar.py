"""How far a command is through the record, on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def records_bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Yield what is told how many more records are done; shows nothing where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("records"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda records: bar.advance(task, records)
