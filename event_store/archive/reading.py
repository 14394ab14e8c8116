"""Reading archived records again: the blocks that a question needs, each checked before it is believed."""

import gzip
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from event_store.archive.errors import ArchivedPartAltered, ArchivedPartMissing, FutureSegment
from event_store.archive.places import Archive, Missing
from event_store.archive.records import ArchivedRecord, decode_records
from event_store.archive.segments import FORMAT, Segment, decode_manifest

AT_ONCE = 4
"""Manifests that are asked of the database at a time."""

HOLD = "LOCK TABLE record.ledger IN ACCESS SHARE MODE"
"""Keeps every month where it is until the transaction ends: first in one that sees a single state of the database."""

MOVED = """
EXISTS (
    SELECT FROM pg_inherits JOIN pg_class month ON month.oid = inhrelid
    WHERE inhparent = 'record.ledger'::regclass AND to_regclass('record.' || month.relname) IS NULL
)
"""
"""Whether this transaction still sees a month that has left the ledger since it began."""

STANDING = f"SELECT address, {MOVED} FROM record.archive"  # noqa: S608  # no value in it
"""Where the archive is, if there is one; and `MOVED`."""

OVERLAPPING = """
SELECT manifest FROM record.segments
WHERE in_force AND topic = %s AND partition = %s AND last_offset >= %s AND first_offset < %s AND first_offset > %s
ORDER BY first_offset LIMIT %s
"""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which records of a partition are wanted, the first so many of them."""

    topic: str
    partition: int
    start: int
    end: int
    limit: int
    types: Collection[str] | None = None
    store: tuple[str, str] | None = None

    def wants(self, record: ArchivedRecord) -> bool:
        """Tell whether a record is among them."""
        return (
            self.start <= record.offset < self.end
            and (self.types is None or record.type in self.types)
            and (self.store is None or (record.organisation, record.store) == self.store)
        )

    def may_be_in(self, segment: Segment) -> bool:
        """Tell whether a segment may have any."""
        return (self.types is None or not segment.types.keys().isdisjoint(self.types)) and (
            self.store is None or "/".join(self.store) in segment.stores
        )


class Gathering:
    """Collects what is wanted from segments in the order of their first offsets; segments may lie in one another."""

    def __init__(self, archive: Archive, question: Question) -> None:
        self._archive = archive
        self._question = question
        self._found: list[ArchivedRecord] = []
        self._after = -1
        self.is_done = False

    @property
    def parameters(self) -> tuple[object, ...]:
        """The next values for `OVERLAPPING`."""
        asked = self._question
        return (asked.topic, asked.partition, asked.start, asked.end, self._after, AT_ONCE)

    def add(self, manifests: Sequence[bytes]) -> None:
        """Read what the next segments have; it waits for files."""
        for manifest in manifests:
            segment = parse_manifest(manifest)
            if self._is_full_before(segment.first_offset):
                self.is_done = True
                return
            self._found += first_wanted(self._archive, segment, self._question)
            self._after = segment.first_offset
        self.is_done |= len(manifests) < AT_ONCE

    def found(self) -> list[ArchivedRecord]:
        """Return the first so many, by offset."""
        return sorted(self._found, key=lambda record: record.offset)[: self._question.limit]

    def _is_full_before(self, offset: int) -> bool:
        found = self.found()
        return len(found) == self._question.limit and found[-1].offset < offset


def parse_manifest(raw: bytes) -> Segment:
    """Read a manifest; raises `FutureSegment`."""
    known = msgspec.json.decode(raw)
    if known.get("format") != FORMAT:
        raise FutureSegment(f"{known.get('topic')}/{known.get('partition')}", str(known.get("format")), FORMAT)
    return decode_manifest(raw)


def first_wanted(archive: Archive, segment: Segment, question: Question) -> list[ArchivedRecord]:
    """Return the first records of a segment that are wanted, up to the question's limit."""
    found: list[ArchivedRecord] = []
    if question.may_be_in(segment):
        for record in records_of(archive, segment, question.start, question.end):
            if question.wants(record):
                found.append(record)
                if len(found) == question.limit:
                    break
    return found


def records_of(archive: Archive, segment: Segment, start: int, end: int) -> Iterator[ArchivedRecord]:
    """Yield the records of the blocks that may hold offsets from `start` up to `end`.

    Raises `ArchivedPartMissing` and `ArchivedPartAltered`.
    """
    for raw in blocks_of(archive, segment, start, end):
        yield from decode_records(raw)


def blocks_of(archive: Archive, segment: Segment, start: int, end: int) -> Iterator[bytes]:
    """Yield such blocks as they were before compression; raises the same."""
    for block in segment.blocks:
        if block.last_offset < start or block.first_offset >= end:
            continue
        try:
            packed = archive.read_part(segment.name, block.start, block.length)
        except Missing:
            raise ArchivedPartMissing(*_named(archive, segment)) from None
        if sha256(packed).hexdigest() != block.sha256:
            raise ArchivedPartAltered(*_named(archive, segment))
        yield gzip.decompress(packed)


def demand_whole(archive: Archive, segment: Segment) -> bytes:
    """Return a segment's file when it is what was archived.

    Raises `ArchivedPartMissing` and `ArchivedPartAltered`.
    """
    try:
        file = archive.read(segment.name)
    except Missing:
        raise ArchivedPartMissing(*_named(archive, segment)) from None
    if sha256(file).hexdigest() != segment.sha256:
        raise ArchivedPartAltered(*_named(archive, segment))
    return file


def _named(archive: Archive, segment: Segment) -> tuple[str, str, int, int]:
    return f"{archive.address}/{segment.name}", segment.place, segment.first_offset, segment.last_offset


def milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds since 1970."""
    return round(moment.timestamp() * 1000)
