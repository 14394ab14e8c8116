"""Batches as somebody may write them to the log who does not use our producer."""

from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from event_store.partitions import partition_of

BOMB = b" " * 60_000_000
"""Some 60 kB as gzip."""
_CRC, _BEHIND = slice(17, 21), 21


async def produce(kafka: str, topic: str, store: str, *values: bytes, codec: str | None = None) -> None:
    """Write values in one batch, packed by a codec."""
    options = {"compression_type": codec, "max_request_size": 200_000_000, "max_batch_size": 200_000_000}
    async with AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=50, **options) as producer:
        for sent in [await producer.send(topic, value, partition=partition_of(store)) for value in values]:
            await sent


async def produce_with_header(kafka: str, topic: str, store: str, value: bytes, header: bytes) -> None:
    """Write a value with a header whose name is any bytes."""
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        batch: Any = producer.create_batch()
        name = "h" * len(header)  # changed to the bytes that no client of ours would write
        batch.append(key=None, value=value, timestamp=None, headers=[(name, b"1")])
        raw = bytearray(batch._build())
        begin = raw.rindex(name.encode())
        raw[begin : begin + len(header)] = header
        raw[_CRC] = calc_crc32c(bytes(raw[_BEHIND:])).to_bytes(4, "big")
        batch._buffer = bytes(raw)
        await (await producer.send_batch(batch, topic, partition=partition_of(store)))


async def transact(kafka: str, topic: str, store: str, *values: bytes, commit: bool) -> None:
    """Write values in a transaction, and commit or give it up."""
    async with AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=f"{topic}-{commit}") as producer:
        await producer.begin_transaction()
        for value in values:
            await (await producer.send(topic, value, partition=partition_of(store)))
        await (producer.commit_transaction() if commit else producer.abort_transaction())
