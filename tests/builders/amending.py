"""Facts that change how earlier records count."""

from event_store.envelope import RecordedEvent
from event_store.events import TYPE_OF, Event, EventCorrected, RecordRetried, RecordSkipped
from event_store.serialization import data_of, timestamp
from tests.builders.logs import TOPIC


def corrected(wrong: RecordedEvent, right: Event | None, reason: str = "seen on the film") -> EventCorrected:
    """Somebody says what was right, or that nothing was."""
    data = None if right is None else data_of(right) | {"time": timestamp(right.time)}
    return EventCorrected(
        event_id=wrong.envelope.id, corrected_type=TYPE_OF[type(wrong.event)], right=data, reason=reason
    )


def skipped(record: RecordedEvent, reason: str = "never to be read") -> RecordSkipped:
    """Somebody gives a record up."""
    at = record.position
    return RecordSkipped(topic=at.topic, partition=at.partition, offset=at.offset, reason=reason)


def retried(partition: int, offset: int) -> RecordRetried:
    """Somebody has a record taken again."""
    return RecordRetried(topic=TOPIC, partition=partition, offset=offset)
