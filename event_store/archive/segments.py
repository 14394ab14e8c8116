"""A segment: neighbouring records of one partition and month in one file, with a manifest that says what it holds.

The file is gzip, block behind block, so that any block can be read alone. docs/auditing.md describes the format.
"""

import gzip
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from event_store.archive.records import ArchivedRecord, encode_records

FORMAT = "shopfloor-segment/1"
BLOCK = 1_000
"""Records in one block."""
SEGMENT = 32 * BLOCK
"""Records in one file, at most; they are in memory while it is written."""
LEVEL = 6


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A run of records that can be read alone."""

    first_offset: int
    last_offset: int
    records: int
    start: int
    length: int
    sha256: str
    """Of the compressed bytes, `length` of them from `start` of the file."""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """The manifest of a file."""

    format: str
    topic: str
    partition: int
    month: str
    """`2026-03`: of the recorded times."""
    first_offset: int
    last_offset: int
    first_leaf: int
    last_leaf: int
    """Without holes, unless Kafka's clock stepped back at the turn of the month; each record names its own."""
    records: int
    first_recorded: int
    last_recorded: int
    """The earliest and the latest recorded time, in milliseconds since 1970."""
    sha256: str
    """Of the whole file."""
    content_sha256: str
    """Of the records before compression, which another compressor would not change."""
    stores: Sequence[str]
    """`organisation/store` of the records that name one, sorted."""
    types: Mapping[str, int]
    """How many records there are of each type."""
    blocks: Sequence[Block]

    @property
    def name(self) -> str:
        """The file's path below the archive's address."""
        return f"{self.topic}/{self.partition}/{self.month}/{self.first_offset:020d}.segment.gz"

    @property
    def manifest_name(self) -> str:
        """The path of the manifest's own file."""
        return f"{self.name.removesuffix('.segment.gz')}.json"

    @property
    def place(self) -> str:
        """The partition that the records are of."""
        return f"{self.topic}/{self.partition}"


def encode_manifest(segment: Segment) -> bytes:
    """Return the manifest's canonical bytes."""
    return msgspec.json.encode(segment, order="sorted") + b"\n"


def decode_manifest(raw: bytes) -> Segment:
    """Read a manifest; raises `msgspec.DecodeError` or `msgspec.ValidationError`."""
    return msgspec.json.decode(raw, type=Segment)


def build(topic: str, partition: int, month: str, records: Sequence[ArchivedRecord]) -> tuple[Segment, bytes]:
    """Return the manifest and the file of records, which are in the order of offsets."""
    blocks: list[Block] = []
    file, content = bytearray(), sha256()
    for begin in range(0, len(records), BLOCK):
        part = records[begin : begin + BLOCK]
        raw = encode_records(part)
        content.update(raw)
        packed = gzip.compress(raw, LEVEL, mtime=0)
        blocks.append(
            Block(
                first_offset=part[0].offset,
                last_offset=part[-1].offset,
                records=len(part),
                start=len(file),
                length=len(packed),
                sha256=sha256(packed).hexdigest(),
            )
        )
        file += packed
    times = [record.timestamp for record in records]
    segment = Segment(
        format=FORMAT,
        topic=topic,
        partition=partition,
        month=month,
        first_offset=records[0].offset,
        last_offset=records[-1].offset,
        first_leaf=records[0].leaf,
        last_leaf=records[-1].leaf,
        records=len(records),
        first_recorded=min(times),
        last_recorded=max(times),
        sha256=sha256(file).hexdigest(),
        content_sha256=content.hexdigest(),
        stores=sorted({f"{each.organisation}/{each.store}" for each in records if each.organisation and each.store}),
        types=dict(sorted(Counter(each.type for each in records if each.type is not None).items())),
        blocks=blocks,
    )
    return segment, bytes(file)
