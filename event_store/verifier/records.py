"""The files of records: each line is spelled in the one way."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .archive import Archive
from .canonical import base64
from .errors import Refused
from .tree import HASH, record_leaf

SEGMENT = 1024
"""So many leaves have their lines in one file."""
SHORTEST_LINE, LONGEST_LINE = 66, 100_000
"""Bytes of a hash in place of a record, and more than the largest record that a log takes."""
_SHOWN = b'{"leaf":%d,"position":"%b/%d","timestamp":%d,'
_HIDDEN = b'{"leaf":%d,"hash":"%b"}'


class Line(NamedTuple):
    """One record of an archive, or the hash in its place. Time in milliseconds since 1970."""

    leaf: int
    hash: bytes
    offset: int = -1
    timestamp: int = -1
    record: bytes | None = None


@dataclass(frozen=True)
class Slice:
    """Which records of a partition the archive holds: so many from that leaf on."""

    topic: str
    partition: int
    first: int
    count: int

    @property
    def name(self) -> str:
        """`topic/partition`."""
        return f"{self.topic}/{self.partition}"

    @property
    def end(self) -> int:
        """The leaf behind the last one."""
        return self.first + self.count

    def files(self, start: int = 0) -> Iterator[tuple[str, int, int]]:
        """Name the files of its lines from the one with leaf `start` on, with the first leaf and the one behind."""
        for number in range(max(start, self.first) // SEGMENT, -(-self.end // SEGMENT)):
            path = f"records/{self.topic}.{self.partition}.{number}.jsonl"
            yield path, max(self.first, number * SEGMENT), min(self.end, (number + 1) * SEGMENT)

    def position(self, line: Line) -> str:
        """Name where a record is: by its offset, or by its leaf where no more is shown."""
        return f"{self.name}/leaf {line.leaf}" if line.record is None else f"{self.name}/{line.offset}"


def read_lines(archive: Archive, part: Slice, start: int = 0) -> Iterator[Line]:
    """Go through the lines of a slice from leaf `start` on; refuses one that is missing or spelled in another way."""
    place, before = part.name.encode(), -1
    for path, first, end in part.files(start):
        *lines, rest = archive.read(path, SEGMENT * LONGEST_LINE).split(b"\n")
        for leaf in range(max(start, first), end):
            try:
                line = _read(lines[leaf - first], leaf, place)
            except (ValueError, IndexError, struct.error) as problem:
                raise Refused(f"{part.name}/leaf {leaf}", f"the line is not as it must be, in {path}") from problem
            if line.record is not None and line.offset <= before:
                raise Refused(part.position(line), "the offsets do not rise")
            before = max(before, line.offset)
            yield line
        if rest or len(lines) > end - first:
            raise Refused(path, "more lines than the manifest says")


def _read(line: bytes, leaf: int, place: bytes) -> Line:
    """Take a line apart; what it says, written in the one way, must be the line again."""
    head, shown, text = line.partition(b'"bytes":"')
    if not shown and line == _HIDDEN % (leaf, line[-46:-2]):
        return Line(leaf, base64(line[-46:-2], HASH))
    position, _, time = head.rpartition(b'","timestamp":')
    offset, timestamp = int(position.rpartition(b"/")[2]), int(time[:-1])
    if head != _SHOWN % (leaf, place, offset, timestamp) or text[-2:] != b'"}':
        raise ValueError("another spelling")
    record = base64(text[:-2])
    return Line(leaf, record_leaf(offset, timestamp, record), offset, timestamp, record)
