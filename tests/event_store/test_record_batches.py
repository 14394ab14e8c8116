"""Unpacking batches costs what it may cost, whatever is in them."""

import gzip
import tracemalloc
from collections.abc import Callable

import cramjam
import pytest
from aiokafka.codec import snappy_encode
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from event_store.record_batches import MOST_AT_ONCE, MOST_UNPACKED, UNREAD, BoundedRecords

CODECS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "gzip": (1, gzip.compress),
    "snappy": (2, lambda plain: bytes(cramjam.snappy.compress_raw(plain))),
    "snappy in blocks": (2, snappy_encode),
    "lz4": (3, lambda plain: bytes(cramjam.lz4.compress(plain))),
    "zstd": (4, lambda plain: bytes(cramjam.zstd.compress(plain))),
}
HEADER = 61


def batch(*values: bytes, codec: int = 0) -> bytes:
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1,
        batch_size=1 << 30,
    )  # fmt: skip
    for number, value in enumerate(values):
        builder.append(number, 7, b"key", value, [("a", None)])
    return bytes(builder.build())


def packed(plain: bytes, codec: str) -> bytes:
    """Return a batch with its records packed; its checksum is nobody's business here."""
    number, pack = CODECS[codec]
    content = pack(plain[HEADER:])
    length = (HEADER - 12 + len(content)).to_bytes(4, "big")
    return plain[:8] + length + plain[12:21] + number.to_bytes(2, "big") + plain[23:HEADER] + content


def read(fetched: bytes) -> list[tuple[int, bytes | None]]:
    records = BoundedRecords(fetched)
    found = []
    while records.has_next():
        found += [(record.offset, record.value) for record in records.next_batch()]
    return found


@pytest.mark.parametrize("codec", CODECS)
def test_what_was_packed_is_read_as_it_was(codec: str) -> None:
    plain = batch(b"one", b"", b"three" * 40_000)

    assert read(packed(plain, codec) + plain) == read(plain) * 2


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [MOST_UNPACKED, 8 * MOST_UNPACKED])
def test_a_batch_that_is_too_large_is_one_record_of_its_packed_bytes_and_costs_no_more(codec: str, size: int) -> None:
    bomb = packed(batch(b"first", bytes(size), b"last"), codec)

    tracemalloc.start()
    (record,) = BoundedRecords(bomb).next_batch()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * MOST_UNPACKED
    assert (record.offset, record.value, record.headers[0][0]) == (2, bomb[HEADER:], UNREAD)


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_is_damaged_is_one_record(codec: str) -> None:
    whole = packed(batch(b"one" * 1_000, b"two"), codec)
    length = (len(whole) - 20 - 12).to_bytes(4, "big")
    cut = whole[:8] + length + whole[12:-20]

    assert read(cut) == [(1, cut[HEADER:])]


def test_a_fetch_of_many_packed_batches_is_taken_apart_in_pieces() -> None:
    one = packed(batch(bytes(MOST_AT_ONCE // 2)), "gzip")

    assert len(read(one * 10)) == 2


def test_a_batch_that_was_not_fetched_whole_is_left_for_the_next_fetch() -> None:
    plain = batch(b"one", b"two")

    assert read(plain + plain[:-1]) == read(plain)
    assert not BoundedRecords(plain[:-1]).has_next()
    assert not BoundedRecords(plain[:10]).has_next()
