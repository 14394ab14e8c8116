"""The lines of records: each must lead to its leaf, and be spelled in the one way."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .archive import Archive
from .canonical import base64, record_bytes
from .erasures import Erasure, erasure_in, may_forget
from .errors import Refused
from .manifest import Manifest, Slice
from .sequences import Sequences, numbered
from .tree import HASH, WIDTH, Tree, record_leaf

SEGMENT = 1024
"""So many leaves have their lines in one file."""
SHORTEST_LINE, LONGEST_LINE = 66, 100_000
"""Bytes of a hash in place of a record, and more than the largest record that a log takes."""
_NUMBER = rb"(0|[1-9][0-9]{0,18})"
_SHOWN = rb'"position":"([^"/]+/[0-9]+)/' + _NUMBER + rb'","timestamp":' + _NUMBER + rb',"bytes":"'
_LINE = re.compile(rb'\{"leaf":' + _NUMBER + rb",(?:" + _SHOWN + rb'|"hash":"([^"]{44})"\}\Z)')
"""A line up to the bytes of its record, which take no part in the search."""


class Line(NamedTuple):
    """One record of an archive, or the hash in its place. Time in milliseconds since 1970."""

    leaf: int
    hash: bytes
    offset: int | None = None
    timestamp: int | None = None
    record: bytes | None = None


def segments(part: Slice) -> Iterator[tuple[str, int, int]]:
    """Name the files of a slice, with the first leaf in each and the one behind its last."""
    end = part.first + part.count
    for segment in range(part.first // SEGMENT, -(-end // SEGMENT) if part.count else 0):
        path = f"records/{part.topic}.{part.partition}.{segment}.jsonl"
        yield path, max(part.first, segment * SEGMENT), min(end, (segment + 1) * SEGMENT)


def read_lines(archive: Archive, part: Slice) -> Iterator[Line]:
    """Go through the lines of a slice; refuses one that is spelled in another way or out of order."""
    name, before = f"{part.topic}/{part.partition}", -1
    place = name.encode()
    for path, first, last in segments(part):
        *lines, rest = archive.read(path, SEGMENT * LONGEST_LINE).split(b"\n")
        for number, line in enumerate(lines[: last - first], first):
            try:
                read = _read(line, number, place)
            except ValueError as problem:
                raise Refused(f"{name}/leaf {number}", f"{problem}, in {path}") from problem
            if read.offset is not None:
                if read.offset <= before:
                    raise Refused(f"{name}/{read.offset}", "the offsets do not rise")
                before = read.offset
            yield read
        if len(lines) < last - first:
            raise Refused(f"{name}/leaf {first + len(lines)}", f"the line is missing or not whole, in {path}")
        if len(lines) > last - first or rest:
            raise Refused(path, "more lines than the manifest says")


def last_line(archive: Archive, part: Slice) -> Line:
    """Return the last line of a slice that has been checked."""
    (path, _, end) = list(segments(part))[-1]
    line = archive.read(path).removesuffix(b"\n").rpartition(b"\n")[2]
    try:
        return _read(line, end - 1, f"{part.topic}/{part.partition}".encode())
    except ValueError as problem:
        raise Refused(path, f"{problem}, at its end") from problem


def _read(line: bytes, number: int, name: bytes) -> Line:
    match = _LINE.match(line)
    if match is None or int(match[1]) != number:
        raise ValueError("not a line in the canonical spelling")
    _, where, offset, timestamp, hidden = match.groups()
    if hidden is not None:
        return Line(number, base64(hidden, HASH))
    if where != name:
        raise ValueError("the position is of another partition")
    if line[-2:] != b'"}':
        raise ValueError("not a line in the canonical spelling")
    place, time, record = int(offset), int(timestamp), record_bytes(line[match.end() : -2])
    return Line(number, record_leaf(place, time, record), place, time, record)


@dataclass
class Counts:
    """What the slices of an archive turned out to hold."""

    shown: int = 0
    hidden: int = 0
    bytes: int = 0
    unshown_ends: int = 0
    erasures: list[Erasure] = field(default_factory=list)
    sequences: Sequences = field(default_factory=Sequences)

    def add(self, name: str, lines: list[Line]) -> None:
        """Count lines of a partition, and note who is forgotten by them."""
        records = [line.record for line in lines if line.record is not None]
        for line in lines if may_forget(b"".join(records)) else ():
            if line.record is not None and line.timestamp is not None and may_forget(line.record):
                erasure = erasure_in(f"{name}/{line.offset}", line.timestamp, line.record)
                if erasure is not None:
                    self.erasures.append(erasure)
        self.shown += len(records)
        self.hidden += len(lines) - len(records)
        self.bytes += sum(map(len, records))


def check_lines(archive: Archive, manifest: Manifest, part: Slice, tree: Tree, counts: Counts) -> None:
    """Refuse a slice at its first line that does not lead to the leaf of a checked tree, or breaks the range."""
    ends = part.first, part.first + part.count - 1
    name, from_start = f"{part.topic}/{part.partition}", part.first == 0 and manifest.store is None
    block: list[Line] = []
    try:
        for line in read_lines(archive, part):
            block.append(line)
            if line.record is not None:
                where = (name, line.offset or 0, line.timestamp or 0)
                counts.sequences.take(line.record, where, from_start=from_start)
            if manifest.store is not None or line.record is None:
                _check_store(line, manifest.store, part)
            if line.leaf in ends:
                _check_end(line, manifest, part, tree.size, counts)
            if line.leaf % WIDTH == WIDTH - 1:
                _check_block(block, part, tree)
                counts.add(f"{part.topic}/{part.partition}", block)
                block = []
    finally:
        _check_block(block, part, tree)  # also when a later line was refused: the first bad position is named
        counts.add(f"{part.topic}/{part.partition}", block)


def _check_block(block: list[Line], part: Slice, tree: Tree) -> None:
    if not block:
        return
    first = block[0].leaf
    expected = tree.hashes(0, first, first + len(block))
    if b"".join([line.hash for line in block]) == expected:
        return
    for place, line in enumerate(block):
        if line.hash != expected[place * HASH : (place + 1) * HASH]:
            raise Refused(_where(part, line), "the record is not the one that was sealed")


def _check_end(line: Line, manifest: Manifest, part: Slice, size: int, counts: Counts) -> None:
    """The record before the range and the one behind it are shown too: so nothing was left out at the ends."""
    begins, ends = line.leaf == part.first > 0, line.leaf == part.first + part.count - 1 < size - 1
    if line.timestamp is None:
        counts.unshown_ends += begins + ends
    elif _is_inside(line.timestamp, manifest) and (begins or ends):
        raise Refused(_where(part, line), f"the archive {'begins' if begins else 'ends'} in the middle of its range")
    if (begins and manifest.start is None) or (ends and manifest.end is None):
        raise Refused(_where(part, line), f"the archive {'begins' if begins else 'ends'} here and its range does not")


def _is_inside(timestamp: int, manifest: Manifest) -> bool:
    return (manifest.start or 0) <= timestamp and (manifest.end is None or timestamp < manifest.end)


def _check_store(line: Line, store: str | None, part: Slice) -> None:
    if store is None:
        raise Refused(_where(part, line), "a hash in place of a record, in an archive of all stores")
    if line.record is None:
        return
    try:
        fact = json.loads(line.record)
        same = f"{fact['organisation']}/{fact['store']}" == store
    except (ValueError, KeyError, TypeError, RecursionError):
        same = False
    if not same:
        raise Refused(_where(part, line), f"the record is not of the store {store}")


def _where(part: Slice, line: Line) -> str:
    place = f"leaf {line.leaf}" if line.offset is None else str(line.offset)
    return f"{part.topic}/{part.partition}/{place}"


def find_doubled(archive: Archive, part: Slice, sequences: Sequences) -> Iterator[str]:
    """Name the facts whose number another fact of their source has too; a fact that was sent again is not one."""
    for line in read_lines(archive, part):
        fact = numbered(line.record or b"")
        if fact is not None:
            ident, source, _, sequence = fact
            if sequences.repeats.get((source, sequence), ident) != ident:
                yield f"{_where(part, line)}: another fact of {source.decode()} has the number {sequence} too"
