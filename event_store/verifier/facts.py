"""What records say of themselves: which numbers of their sources are there, and who is forgotten.

Every source numbers its facts 1, 2, 3 …: so it shows which numbers are missing, and which came again.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, NamedTuple

from .canonical import write_json
from .readable import attributes, begins_as_written, is_name, is_place, read_object

_LETTER = re.compile(rb"\\u00[2-7]")
"""A letter, figure or dot that is spelled with an escape: a type may be in it."""
_FORGETS = re.compile(r"shopfloor\.SubjectForgotten\.v[1-9][0-9]{0,3}")
_GAP = b"shopfloor.GapDetected.v1"


class Fact(NamedTuple):
    """A record that has a number in its source."""

    id: bytes
    source: bytes
    type: bytes
    number: int


def read_fact(record: bytes) -> Fact | None:
    """Return what numbers a record; None for bytes that are no fact."""
    if begun := begins_as_written(record):
        return Fact(begun["id"], begun["source"][1:-1], begun["type"][1:-1], int(begun["number"]))
    told = attributes(record)
    if told is None:
        return None
    return Fact(told["id"].encode(), told["source"].encode(), told["type"].encode(), told["sequence"])


def is_of(store: str, record: bytes) -> bool:
    """Tell whether a record says that it is of a store, `organisation/name`."""
    told = read_object(record)
    organisation, name = told.get("organisation"), told.get("store")
    return is_place(organisation) and is_place(name) and f"{organisation}/{name}" == store


def erasure_line(position: str, timestamp: int, record: bytes) -> bytes:
    """Return the line of the register of erasures for a record, empty for one that forgets nobody."""
    if b"SubjectForgotten" not in record and (b"\\" not in record or not _LETTER.search(record)):
        return b""  # most records, at little cost
    told = read_object(record)
    if not _FORGETS.fullmatch(str(told.get("type"))):
        return b""
    subject = told.get("subject") if is_name(told.get("subject")) else None
    return write_json({"position": position, "subject": subject, "timestamp": timestamp}) + b"\n"


@dataclass
class Run:
    """Neighbouring numbers of one source that are there, or missing, and the first record with them, or behind them."""

    source: bytes
    first: int
    last: int
    position: str = ""
    timestamp: int = 0

    @property
    def what(self) -> str:
        """Say in words what is missing."""
        return f"{self.source.decode()} jumps over {self.first}" + (
            f" to {self.last}" if self.last > self.first else ""
        )

    def __str__(self) -> str:
        return f"{self.position}: {self.what}"


class Sequences:
    """The numbers of all sources as runs, in the order of the record, and what GapDetected told of them."""

    def __init__(self) -> None:
        self._runs: dict[bytes, list[Run]] = {}
        self._told: dict[bytes, list[Run]] = defaultdict(list)

    def take(self, record: bytes, position: str, timestamp: int, *, from_start: bool) -> None:
        """Take the record that comes next; `from_start` where a source that is new must begin with 1."""
        fact = read_fact(record)
        if fact is None:
            return
        _, source, kind, number = fact
        runs = self._runs.get(source)
        if runs is None:
            runs = self._runs[source] = [Run(source, 0, 0, position, timestamp)] if from_start else []
        if runs and runs[-1].last + 1 == number:
            runs[-1].last = number
        else:
            runs.append(Run(source, number, number, position, timestamp))
        if kind == _GAP:
            self._hear(record)

    def _hear(self, record: bytes) -> None:
        """Take what a GapDetected tells; one without numbers tells of nothing, so its hole stays unexplained."""
        data: Any = read_object(record).get("data")
        try:
            run = Run(data["source_id"].encode(), int(data["first_missing"]), int(data["last_missing"]))
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
            return
        self._told[run.source].append(run)

    def holes(self, *, untold: bool = False) -> Iterator[Run]:
        """Yield what is missing behind the first number of each source; with `untold` what no GapDetected tells of."""
        for source, runs in self._runs.items():
            top = max(run.last for run in runs)
            told = [run for run in self._told.get(source, ()) if run.first <= min(run.last, top)] if untold else []
            for reached, run, behind in _walk([*runs, *told]):
                missing = max(reached + 1, runs[0].first)
                if missing < run.first:
                    yield replace(behind, first=missing, last=run.first - 1)

    def repeats(self) -> set[tuple[bytes, int]]:
        """Return which numbers of which sources came again."""
        return {
            (source, number)
            for source, runs in self._runs.items()
            for reached, run, _ in _walk(runs)
            for number in range(run.first, min(run.last, reached) + 1)
        }


def _walk(runs: Sequence[Run]) -> Iterator[tuple[int, Run, Run]]:
    """Go through runs by their numbers: how far those before it reach, the run, the earliest one from there on."""
    ordered = sorted(range(len(runs)), key=lambda place: runs[place].first)
    earliest = [*accumulate(reversed(ordered), min)][::-1]
    reached = -1
    for place, behind in zip(ordered, earliest, strict=True):
        yield reached, runs[place], runs[behind]
        reached = max(reached, runs[place].last)
