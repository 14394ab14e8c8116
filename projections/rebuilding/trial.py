"""Facts that may fail while read models are filled: each leaves no trace, and all of them are told at the end."""

from collections.abc import Collection

from event_store.envelope import Position
from projections.errors import FillingFailed


class Trial:
    """Notes which facts on trial fail; any other that does ends the filling."""

    def __init__(self, offsets: Collection[int]) -> None:
        self.offsets = offsets
        self._first: tuple[str, Position] | None = None
        self._failures: dict[int, str] = {}

    def fail(self, projection: str, position: Position, problem: Exception) -> None:
        """Take notice of a failure; raises `FillingFailed` where the fact is not on trial.

        One that fails behind others may do so because of them, so they are what is told.
        """
        error = f"{type(problem).__name__}: {problem}"
        if position.offset in self.offsets:
            self._first = self._first or (projection, position)
            self._failures.setdefault(position.offset, error)
            return
        self.end()
        raise FillingFailed(projection, position, error) from problem

    def end(self) -> None:
        """Raise `FillingFailed` where facts on trial failed."""
        if self._first is not None:
            projection, position = self._first
            raise FillingFailed(projection, position, self._failures[position.offset], self._failures)
