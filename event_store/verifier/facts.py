"""What records say of themselves: which numbers of their sources are there, and who is forgotten.

Every source numbers its facts 1, 2, 3 …: so it shows which numbers are missing, and which came again.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, NamedTuple

from .canonical import MAX_NUMBER, write_json

_TEXT, _FLAT = rb'"([ !#-\[\]-~]*)"', rb"[ -\[\]-z|-~]*"
"""A text without an escape; names and values without an escape and without an opening brace."""
_FACT = re.compile(
    rb'\{"specversion":"1.0","id":%b,"source":%b,"type":%b%b,"sequence":([1-9][0-9]{0,17}),'
    % (_TEXT, _TEXT, _TEXT, _FLAT)
)
"""How a fact begins as Shopfloor writes it; one written otherwise is read as JSON, which takes ten times as long."""
_LETTER = re.compile(rb"\\u00[2-7]")
"""A letter, figure or dot that is spelled with an escape: a type may be in it."""
_FORGETS = re.compile(r"shopfloor\.SubjectForgotten\.v[1-9][0-9]{0,3}")
_GAP = b"shopfloor.GapDetected.v1"
MOST_BRACKETS = 100


class Fact(NamedTuple):
    """A record that has a number in its source."""

    id: bytes
    source: bytes
    type: bytes
    number: int


def read_fact(record: bytes) -> Fact | None:
    """Return what numbers a record; None for bytes that are no numbered fact."""
    if match := _FACT.match(record):
        ident, source, kind, digits = match.groups()
        return Fact(ident, source, kind, int(digits))
    told = _read(record)
    number = told.get("sequence")
    try:
        ident, source, kind = (told[name].encode() for name in ("id", "source", "type"))
    except (KeyError, AttributeError, UnicodeEncodeError):
        return None
    return Fact(ident, source, kind, number) if type(number) is int and 0 < number <= MAX_NUMBER else None


def is_of(store: str, record: bytes) -> bool:
    """Tell whether a record says that it is of a store, `organisation/name`."""
    told = _read(record)
    return f"{told.get('organisation')}/{told.get('store')}" == store


def _read(record: bytes, **options: Any) -> dict[str, Any]:
    try:
        told = json.loads(record.decode(), **options)
    except (ValueError, RecursionError):
        return {}
    return told if type(told) is dict else {}


def erasure_line(position: str, timestamp: int, record: bytes) -> bytes:
    """Return the line of the register of erasures for a record, empty for one that forgets nobody."""
    if b"SubjectForgotten" not in record and (b"\\" not in record or not _LETTER.search(record)):
        return b""  # most records, at little cost
    if record.count(b"[") + record.count(b"{") > MOST_BRACKETS:  # so that no reader has to give up
        return b""
    fact = _read(record, parse_int=str, parse_float=str)
    if not _FORGETS.fullmatch(str(fact.get("type"))):
        return b""
    subject = fact.get("subject") if type(fact.get("subject")) is str else None
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
        data: Any = _read(record).get("data")
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
