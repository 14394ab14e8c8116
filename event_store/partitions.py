"""Which partition a store's facts go to."""

from aiokafka.partitioner import murmur2

from event_store.topics import PARTITIONS


def partition_of(key: str, partitions: int = PARTITIONS) -> int:
    """Return the partition of a key (`organisation/store`) as Kafka's default partitioner does (murmur2)."""
    return (int(murmur2(key.encode())) & 0x7FFFFFFF) % partitions
