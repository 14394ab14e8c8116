"""Records of a partition, read: facts, and what is no fact with the reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from event_store.envelope import Position, RecordedEvent
from event_store.errors import InvalidEvent, UnknownEventType
from event_store.events.amendments import EventCorrected
from event_store.ledger import Attributes, LogRecord, attributes_of, readable_attributes, recorded_at
from event_store.partitions import partition_of
from event_store.replay import Entry
from event_store.serialization import decode
from projections.folding.amendments import AMENDING, AMENDING_SUBJECTS, right_fact

Reason = Literal["undecodable", "unknown_type", "misaddressed", "fold_failed", "parked"]

Store = tuple[str, str]
"""Organisation and store."""

Subject = tuple[str, str, str]
"""Organisation, store and subject: the entity whose facts stay in order."""

FactId = tuple[str, str]
"""A fact's id and its organisation: ids of different organisations know nothing of each other."""


MOST_ADDRESSES = 100_000
"""How many checked addresses a reader remembers; they are checked again beyond."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a record can not be applied."""

    reason: Reason
    error: str


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record, with the fact that it holds or the reason why it holds none."""

    record: LogRecord
    recorded_at: datetime
    attributes: Attributes
    recorded: RecordedEvent | None
    refusal: Refusal | None = None

    @property
    def is_amending(self) -> bool:
        """Whether it is a fact that changes how earlier records count."""
        return self.recorded is not None and isinstance(self.recorded.event, AMENDING)

    @property
    def fact_id(self) -> FactId | None:
        """What the fact is known by, also where nothing of it is remembered; None of a record that is no fact."""
        about = self.attributes
        if self.refusal is not None or about.event_id is None or about.organisation is None:
            return None
        return about.event_id, about.organisation

    @property
    def store(self) -> Store | None:
        """Organisation and store that the record is about, where it says so and is in their place."""
        about = self.attributes
        if about.organisation is None or about.store is None:
            return None
        astray = self.refusal is not None and self.refusal.reason == "misaddressed"
        return None if astray else (about.organisation, about.store)

    @property
    def subject(self) -> Subject | None:
        """The entity that the record is about, in its store; none of an amendment, which waits behind nothing."""
        store, subject = self.store, self.attributes.subject
        if store is None or subject is None or subject.startswith(AMENDING_SUBJECTS):
            return None
        return (*store, subject)


class _Again(msgspec.Struct, kw_only=True):
    """A record of the ledger in the shape of a Kafka client's."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Reader:
    """Reads the records of one topic, which has so many partitions."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._addresses: dict[tuple[str, str, int], Refusal | None] = {}

    def read(self, record: LogRecord) -> Reading:
        """Read a record; one that is no fact, or on another store's partition, comes with its refusal."""
        return self._read(record, recorded_at(record))

    def read_entry(self, entry: Entry) -> Reading:
        """Read a record of the ledger as if it came now."""
        record = _Again(
            topic=entry.topic,
            partition=entry.partition,
            offset=entry.offset,
            timestamp=round(entry.recorded_at.timestamp() * 1000),
            key=entry.key,
            value=entry.value,
        )
        return self._read(record, entry.recorded_at)

    def _read(self, record: LogRecord, at: datetime) -> Reading:
        try:
            envelope = decode(record.value or b"")
            if isinstance(envelope.event, EventCorrected):
                right_fact(envelope.event)
        except InvalidEvent as problem:  # which is whatever reading it raises
            attributes = readable_attributes(record.value)
            reason: Reason = "unknown_type" if isinstance(problem, UnknownEventType) else "undecodable"
            refusal = self._astray(record, attributes) or Refusal(reason, str(problem))
            return Reading(record=record, recorded_at=at, attributes=attributes, recorded=None, refusal=refusal)
        attributes = attributes_of(envelope)
        astray = self._astray(record, attributes)
        position = Position(topic=record.topic, partition=record.partition, offset=record.offset)
        recorded = None if astray else RecordedEvent(position=position, recorded_at=at, envelope=envelope)
        return Reading(record=record, recorded_at=at, attributes=attributes, recorded=recorded, refusal=astray)

    def _astray(self, record: LogRecord, about: Attributes) -> Refusal | None:
        if about.organisation is None or about.store is None:
            return None
        address = (about.organisation, about.store, record.partition)
        if address not in self._addresses:
            if len(self._addresses) > MOST_ADDRESSES:
                self._addresses.clear()
            self._addresses[address] = self._misaddressed(record, f"{about.organisation}/{about.store}")
        return self._addresses[address]

    def _misaddressed(self, record: LogRecord, key: str) -> Refusal | None:
        """Judge by the partition: Kafka's key is not in an archive, and who folds one must come to the same."""
        home = partition_of(key, self._partitions)
        if home != record.partition:
            return Refusal("misaddressed", f"{key} belongs to partition {home}; write with the murmur2 partitioner")
        return None
