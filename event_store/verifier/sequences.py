"""Every source numbers its facts 1, 2, 3 …: which numbers are missing, and which were used twice."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from .canonical import MAX_NUMBER

GAP_TYPE = b"shopfloor.GapDetected.v1"
_BEGIN, _SOURCE, _TYPE, _NUMBER = b'{"specversion":"1.0","id":"', b'","source":"', b'","type":"', b',"sequence":'
_ID_END = len(_BEGIN) + 36
_SOURCE_START = _ID_END + len(_SOURCE)
"""How a fact begins as Shopfloor writes it; one that is written otherwise is read as JSON, which takes longer."""
_MOST_DIGITS = 18
"""Of a number that is read without more ado; whoever writes a record may put any number of them there."""


@dataclass(frozen=True)
class Hole:
    """Numbers of a source that the archive has not, and the first fact behind them."""

    source: str
    first: int
    last: int
    position: str
    timestamp: int

    def __str__(self) -> str:
        numbers = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.position}: {self.source} jumps over {numbers}"


@dataclass
class _Source:
    reached: int
    holes: list[Hole] = field(default_factory=list)


class Sequences:
    """Takes the facts of an archive in their order; tells what is missing between them."""

    def __init__(self) -> None:
        self.facts = 0
        self.repeats: dict[tuple[bytes, int], bytes] = {}
        """Numbers that came again, by source and number, with the id that came last."""
        self._sources: dict[bytes, _Source] = {}
        self._told: dict[str, list[tuple[int, int]]] = {}

    def take(self, record: bytes, position: tuple[str, int, int], *, from_start: bool) -> None:
        """Take a record at (partition, offset, timestamp); `from_start` where the archive begins with the record."""
        fact = numbered(record)
        if fact is None:
            return
        ident, source, kind, sequence = fact
        known = self._sources.get(source)
        if known is None:
            known = self._sources[source] = _Source(0 if from_start else sequence - 1)
        self.facts += 1
        if sequence == known.reached + 1:
            known.reached = sequence
        elif sequence > known.reached:
            place, offset, timestamp = position
            hole = Hole(source.decode(), known.reached + 1, sequence - 1, f"{place}/{offset}", timestamp)
            known.holes.append(hole)
            known.reached = sequence
        elif not _fill(known.holes, sequence):
            self.repeats[source, sequence] = ident
        if kind == GAP_TYPE:
            self._hear(record)

    def holes(self) -> Iterator[tuple[Hole, bool]]:
        """Yield what is missing, and whether the record itself tells of it."""
        for source in self._sources.values():
            for hole in source.holes:
                told = sorted(self._told.get(hole.source, ()))
                yield hole, _covers(told, hole)

    def _hear(self, record: bytes) -> None:
        try:
            data = json.loads(record)["data"]
            source, first, last = str(data["source_id"]), int(data["first_missing"]), int(data["last_missing"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return  # it tells of nothing, so what it should explain stays unexplained
        self._told.setdefault(source, []).append((first, last))


def numbered(record: bytes) -> tuple[bytes, bytes, bytes, int] | None:
    """Return a fact's id, source, type and number; None for what is no numbered fact."""
    source_end = record.find(b'"', _SOURCE_START)
    type_start = source_end + len(_TYPE)
    if (
        record.startswith(_BEGIN)
        and record[_ID_END:_SOURCE_START] == _SOURCE
        and record[source_end:type_start] == _TYPE
        and (start := record.find(_NUMBER, type_start)) > 0
        and record.find(b"\\", 0, start) < 0  # no quote that is none
        and record.find(b"{", 1, start) < 0  # not within another value
        and (digits := record[start + len(_NUMBER) : record.find(b",", start + 1)]).isdigit()
        and len(digits) <= _MOST_DIGITS
        and digits[:1] != b"0"
        and record[_SOURCE_START:source_end].isascii()  # what is no UTF-8 is no fact either
    ):
        kind = record[type_start : record.find(b'"', type_start)]
        return record[len(_BEGIN) : _ID_END], record[_SOURCE_START:source_end], kind, int(digits)
    return _read_as_json(record)


def _read_as_json(record: bytes) -> tuple[bytes, bytes, bytes, int] | None:
    try:
        fact = json.loads(record)
        ident, source, kind = (fact[name].encode() for name in ("id", "source", "type"))
        sequence = fact["sequence"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (ident, source, kind, sequence) if type(sequence) is int and 0 < sequence <= MAX_NUMBER else None


def _fill(holes: list[Hole], number: int) -> bool:
    """Take a late number out of the hole that it fills; tell whether there was one."""
    for place, hole in enumerate(holes):
        if hole.first <= number <= hole.last:
            parts = [(hole.first, number - 1), (number + 1, hole.last)]
            holes[place : place + 1] = [
                Hole(hole.source, first, last, hole.position, hole.timestamp) for first, last in parts if first <= last
            ]
            return True
    return False


def _covers(told: list[tuple[int, int]], hole: Hole) -> bool:
    following = hole.first
    for first, last in told:
        if first <= following <= last:
            following = last + 1
    return following > hole.last
