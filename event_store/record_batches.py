"""Batches of records as Kafka sends them, taken apart within bounds of memory whatever somebody put into them.

The library unpacks a batch whatever that comes to, and gives a whole fetch up for one header that is no UTF-8.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import cramjam
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch
from aiokafka.record.util import calc_crc32c, decode_varint

MOST_UNPACKED = 16_000_000
"""Bytes of a batch when it is unpacked; Kafka takes at most a megabyte of it packed, unless it is told otherwise."""
MOST_AT_ONCE = 4_000_000
"""Unpacked bytes of a fetch after which the next batch is fetched again, later."""
UNREAD = "shopfloor-unread-batch"
"""Header of the record that stands for a whole batch which was not unpacked; its value is the packed bytes."""

_LENGTH, _MAGIC, _CRC, _ATTRIBUTES, _HEADER = slice(8, 12), 16, slice(17, 21), slice(21, 23), 61
_CODEC = 0b111
_CURRENT = 2
_FIRST_TRY = 1 << 18
_SNAPPY_BLOCKS = b"\x82SNAPPY\x00"


class Record(NamedTuple):
    """A record in the shape that the library gives it."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    checksum: None = None


class BoundedRecords:
    """The batches of a fetched partition, one after the other, in the place of the library's `MemoryRecords`."""

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._at = 0
        self._unpacked = 0

    def size_in_bytes(self) -> int:
        """Return how many bytes were fetched."""
        return len(self._fetched)

    def has_next(self) -> bool:
        """Tell whether there is one more whole batch, and room for it."""
        return self._end() <= len(self._fetched) and self._unpacked < MOST_AT_ONCE

    def next_batch(self) -> Any:
        """Return the next batch."""
        begin, self._at = self._at, self._end()
        raw = self._fetched[begin : self._at]
        return _Batch(raw, self._count) if raw[_MAGIC] >= _CURRENT else LegacyRecordBatch(memoryview(raw), raw[_MAGIC])

    def _count(self, unpacked: int) -> None:
        self._unpacked += unpacked

    def _end(self) -> int:
        length = self._fetched[self._at :][_LENGTH] if self._at + _HEADER <= len(self._fetched) else b""
        return self._at + 12 + int.from_bytes(length, "big") if length else len(self._fetched) + 1


class _Batch:
    """A batch in the place of the library's own, which is asked for all but the records."""

    def __init__(self, raw: bytes, count: Callable[[int], None]) -> None:
        self._raw = raw
        self._count = count
        self._batch = DefaultRecordBatch(memoryview(raw))
        self.validate_crc = self._batch.validate_crc
        self.base_offset = self._batch.base_offset
        self.next_offset = self._batch.next_offset
        self.producer_id = self._batch.producer_id
        self.is_transactional = self._batch.is_transactional
        self.is_control_batch = self._batch.is_control_batch

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            plain = _unpacked(self._raw)
        except (ValueError, zlib.error, cramjam.DecompressionError) as problem:
            yield self._unread(problem)
            return
        self._count(len(plain))
        records = iter(DefaultRecordBatch(memoryview(plain)))
        for number in range(int.from_bytes(plain[_HEADER - 4 : _HEADER], "big")):
            try:
                record = next(records)
            except (ValueError, IndexError):  # also of the library's, where it is built without its extension
                yield from self._leniently(plain, number)
                return
            yield record

    def _leniently(self, plain: bytes, start: int) -> Iterator[Record]:
        """Yield the records from the one with that number on; header names that are no UTF-8 are spelled out."""
        buffer, at = bytearray(plain), _HEADER
        count = int.from_bytes(plain[_HEADER - 4 : _HEADER], "big")
        for number in range(count):
            record, at = self._record(buffer, at)
            if number >= start:
                yield record

    def _record(self, buffer: bytearray, at: int) -> tuple[Record, int]:
        _, at = decode_varint(buffer, at)
        away_ms, at = decode_varint(buffer, at + 1)
        away, at = decode_varint(buffer, at)
        key, at = _field(buffer, at)
        value, at = _field(buffer, at)
        count, at = decode_varint(buffer, at)
        headers: list[tuple[str, bytes | None]] = []
        for _ in range(count):
            name, at = _field(buffer, at)
            content, at = _field(buffer, at)
            headers.append(((name or b"").decode(errors="backslashreplace"), content))
        batch = self._batch
        timestamp = batch.max_timestamp if batch.timestamp_type else batch.first_timestamp + away_ms
        return Record(batch.base_offset + away, timestamp, batch.timestamp_type, key, value, headers), at

    def _unread(self, problem: Exception) -> Record:
        """Return one record for the whole batch: its last, so that the log goes on behind it without a hole."""
        batch = self._batch
        why = f"{batch.next_offset - batch.base_offset} offsets: {problem}"
        return Record(
            offset=batch.next_offset - 1,
            timestamp=batch.max_timestamp,
            timestamp_type=batch.timestamp_type,
            key=None,
            value=self._raw[_HEADER:],
            headers=[(UNREAD, why.encode())],
        )


def read_within_bounds() -> None:
    """Let every consumer of this process take fetched batches apart like this."""
    fetcher.MemoryRecords = BoundedRecords


def _field(buffer: bytearray, at: int) -> tuple[bytes | None, int]:
    length, at = decode_varint(buffer, at)
    return (None, at) if length < 0 else (bytes(buffer[at : at + length]), at + length)


def _unpacked(raw: bytes) -> bytes:
    """Return a batch as it would be if nobody had packed it; raises for one that is too large, or damaged."""
    attributes = int.from_bytes(raw[_ATTRIBUTES], "big")
    if not attributes & _CODEC:
        return raw
    unpack = _CODECS.get(attributes & _CODEC)
    if unpack is None:
        raise ValueError(f"packed in a way that is not known ({attributes & _CODEC})")
    content = unpack(raw[_HEADER:])
    checked = (attributes & ~_CODEC).to_bytes(2, "big") + raw[_ATTRIBUTES.stop : _HEADER] + content
    length = (_HEADER - 12 + len(content)).to_bytes(4, "big")
    crc = int(calc_crc32c(checked)).to_bytes(4, "big")
    return raw[: _LENGTH.start] + length + raw[_LENGTH.stop : _CRC.start] + crc + checked


def _too_large() -> ValueError:
    return ValueError(f"more than {MOST_UNPACKED} bytes unpacked")


def _gzip(packed: bytes) -> bytes:
    content = b""
    while packed:
        member = zlib.decompressobj(31)
        content += member.decompress(packed, MOST_UNPACKED + 1 - len(content))
        if len(content) > MOST_UNPACKED:
            raise _too_large()
        if not member.eof:
            raise ValueError("cut off")
        packed = member.unused_data
    return content


def _snappy(packed: bytes) -> bytes:
    if not packed.startswith(_SNAPPY_BLOCKS):
        return _snappy_block(packed, MOST_UNPACKED)
    content, at = b"", 16
    while at < len(packed):
        begin = at + 4
        at = begin + int.from_bytes(packed[at:begin], "big")
        content += _snappy_block(packed[begin:at], MOST_UNPACKED - len(content))
    return content


def _snappy_block(packed: bytes, most: int) -> bytes:
    if cramjam.snappy.decompress_raw_len(packed) > most:
        raise _too_large()
    return bytes(cramjam.snappy.decompress_raw(packed))


def _growing(unpack_into: Callable[[bytes, bytearray], int]) -> Callable[[bytes], bytes]:
    """Return what unpacks into more and more room, up to the bound."""

    def unpack(packed: bytes) -> bytes:
        room = min(MOST_UNPACKED, max(_FIRST_TRY, 4 * len(packed)))
        while True:
            content = bytearray(room)
            try:
                return bytes(memoryview(content)[: unpack_into(packed, content)])
            except cramjam.DecompressionError:
                if room == MOST_UNPACKED:
                    raise
                room = min(MOST_UNPACKED, 8 * room)

    return unpack


_CODECS: dict[int, Callable[[bytes], bytes]] = {
    1: _gzip,
    2: _snappy,
    3: _growing(cramjam.lz4.decompress_into),
    4: _growing(cramjam.zstd.decompress_into),
}
"""By Kafka's number: gzip, snappy, lz4, zstd."""
