"""What records say of themselves: which numbers of their sources are there, and who is forgotten.

Every source numbers its facts 1, 2, 3 …: so it shows which numbers are missing, and which came again.
"""

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
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
MOST_BRACKETS = 100
GAP_TYPE = b"shopfloor.GapDetected.v1"


class Fact(NamedTuple):
    """A record that has a number in its source."""

    id: bytes
    source: str
    type: bytes
    number: int


def read_fact(record: bytes) -> Fact | None:
    """Return what numbers a record; None for bytes that are no numbered fact."""
    if match := _FACT.match(record):
        ident, source, kind, digits = match.groups()
        return Fact(ident, source.decode(), kind, int(digits))
    told = _read(record)
    number = told.get("sequence")
    try:
        ident, source, kind = (told[name].encode() for name in ("id", "source", "type"))
    except (KeyError, AttributeError, UnicodeEncodeError):
        return None
    return Fact(ident, source.decode(), kind, number) if type(number) is int and 0 < number <= MAX_NUMBER else None


def is_of(store: str, record: bytes) -> bool:
    """Tell whether a record says that it is of a store, `organisation/name`."""
    told = _read(record)
    return f"{told.get('organisation')}/{told.get('store')}" == store


def _read(record: bytes) -> dict[str, Any]:
    try:
        told = json.loads(record.decode())
    except (ValueError, RecursionError):
        return {}
    return told if type(told) is dict else {}


def may_forget(record: bytes) -> bool:
    """Tell at little cost whether a record is worth reading; its type may be spelled with escapes."""
    return b"SubjectForgotten" in record or (b"\\" in record and _LETTER.search(record) is not None)


def erasure_line(position: str, timestamp: int, record: bytes) -> bytes:
    """Return the line of the register of erasures for a record, empty for one that forgets nobody."""
    if record.count(b"[") + record.count(b"{") > MOST_BRACKETS:  # so that no reader has to give up
        return b""
    try:
        fact: Any = json.loads(record.decode(), parse_int=str, parse_float=str)
    except ValueError:
        return b""
    if type(fact) is not dict or not _FORGETS.fullmatch(str(fact.get("type"))):
        return b""
    subject = fact.get("subject") if type(fact.get("subject")) is str else None
    return write_json({"position": position, "subject": subject, "timestamp": timestamp}) + b"\n"


@dataclass
class Run:
    """Neighbouring numbers of one source that are there, or missing, and the first record with them, or behind them."""

    source: str
    first: int
    last: int
    position: str
    timestamp: int
    told: bool = False
    """A GapDetected says that they are missing."""

    def __str__(self) -> str:
        numbers = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.position}: {self.source} jumps over {numbers}"


class Sequences:
    """The numbers of all sources as runs, in the order of the record, and what GapDetected told of them."""

    def __init__(self) -> None:
        self._runs: dict[str, list[Run]] = {}
        self._told: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def take(self, fact: Fact, place: Callable[[], tuple[str, int]], *, from_start: bool) -> None:
        """Take the fact that comes next; `from_start` where a source that is new must begin with 1.

        `place` tells its position and recorded time; few are asked for.
        """
        runs = self._runs.get(fact.source)
        if runs is None:
            runs = self._runs[fact.source] = [Run(fact.source, 0, 0, *place())] if from_start else []
        if runs and runs[-1].last + 1 == fact.number:
            runs[-1].last = fact.number
        else:
            runs.append(Run(fact.source, fact.number, fact.number, *place()))

    def hear(self, record: bytes) -> None:
        """Take what a GapDetected tells; one without numbers tells of nothing, so its hole stays unexplained."""
        data: Any = _read(record).get("data")
        try:
            source, first, last = str(data["source_id"]), int(data["first_missing"]), int(data["last_missing"])
        except (ValueError, KeyError, TypeError, OverflowError):
            return
        self._told[source].append((first, last))

    def survey(self) -> tuple[list[Run], set[tuple[str, int]]]:
        """Return what is missing behind the first number of each source, and which numbers came again."""
        holes, again = list[Run](), set[tuple[str, int]]()
        for source, runs in self._runs.items():
            told = _joined(self._told.get(source, []))
            ordered = sorted(range(len(runs)), key=lambda place: runs[place].first)
            earliest = [*accumulate(reversed(ordered), min)][::-1]
            reached = -1
            for place, behind in zip(ordered, earliest, strict=True):
                first, last = runs[place].first, runs[place].last
                missing = max(reached + 1, runs[0].first)
                if missing < first:
                    around = bisect_right(told, (missing, MAX_NUMBER)) - 1
                    known = around >= 0 and told[around][1] >= first - 1
                    holes.append(replace(runs[behind], first=missing, last=first - 1, told=known))
                again |= {(source, number) for number in range(first, min(last, reached) + 1)}
                reached = max(reached, last)
        return holes, again


def _joined(told: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches in their order, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(told):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined
