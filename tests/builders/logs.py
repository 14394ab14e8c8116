"""Builders of partitions: records as a Kafka client hands them over, one after the other."""

from collections.abc import Sequence

import msgspec

from event_store.envelope import Envelope
from event_store.events.event import Event
from event_store.partitions import partition_of
from event_store.serialization import encode
from tests.builders.records import envelope

TOPIC = "shopfloor.events"
GINZA = "acme/ginza-3"
RECORDED_MS = 1_772_452_800_000
"""2 March 2026, noon."""


class Record(msgspec.Struct, kw_only=True):
    topic: str = TOPIC
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Log:
    """The log of one store's partition; every appended record gets the next offset."""

    def __init__(self, store: str = GINZA) -> None:
        self.store = store
        self.partition = partition_of(store)
        self.records: list[Record] = []
        self._sequences: dict[tuple[str, str], int] = {}

    @property
    def end(self) -> int:
        return len(self.records)

    def add(self, *events: Event, camera: str = "entrance", store: str | None = None) -> "Log":
        """Append facts of one camera, numbered without holes."""
        for event in events:
            where = (store or self.store, camera)
            self._sequences[where] = self._sequences.get(where, 0) + 1
            self.add_envelope(envelope(event, self._sequences[where], store=where[0], camera=camera))
        return self

    def add_envelope(self, wrapped: Envelope) -> "Log":
        return self.add_bytes(encode(wrapped), key=wrapped.key)

    def add_bytes(self, value: bytes | None, *, key: str | None = None) -> "Log":
        self.records.append(
            Record(
                partition=self.partition,
                offset=self.end,
                timestamp=RECORDED_MS + 40 * self.end,
                key=(key or self.store).encode(),
                value=value,
            )
        )
        return self

    def skip(self, *, camera: str = "entrance", count: int = 1) -> "Log":
        """Lose facts of a camera before the log sees them."""
        where = (self.store, camera)
        self._sequences[where] = self._sequences.get(where, 0) + count
        return self

    def again(self, offset: int) -> "Log":
        """Append the bytes of an earlier record once more."""
        return self.add_bytes(self.records[offset].value)
