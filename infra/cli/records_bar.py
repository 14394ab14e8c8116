"""How far a command is through the record, on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class RecordsBar:
    """A bar that grows with the records that are done."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def expect(self, records: int) -> None:
        """So many lie ahead."""
        self._bar.update(self._task, total=records)

    def advance(self, records: int) -> None:
        """So many more are done."""
        self._bar.advance(self._task, records)


@contextmanager
def records_bar(what: str, total: int | None) -> Iterator[RecordsBar]:
    """Yield a bar; nothing is drawn where stderr is no terminal."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("records"), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield RecordsBar(bar, bar.add_task(what, total=total))
