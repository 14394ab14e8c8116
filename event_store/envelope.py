"""The CloudEvents 1.0 envelope around a fact, before and after the record has taken it."""

from datetime import datetime

import msgspec

from event_store.events.event import Event


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One fact with its attributes, as its producer wrote it; structured JSON is its only form."""

    id: str
    """A UUID; the same fact keeps it when it is sent again."""
    source: str
    """Who numbers it: `/organisation/store/camera/entrance/<run>`."""
    sequence: int
    """1, 2, 3 … for each source, without holes."""
    organisation: str
    store: str
    actor: str
    """The process, till or person behind the fact, as `kind/id`."""
    event: Event
    causationid: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None

    @property
    def key(self) -> str:
        """The Kafka key: one store is one ordered history."""
        return f"{self.organisation}/{self.store}"


class Position(msgspec.Struct, frozen=True, kw_only=True, order=True, gc=False):
    """Where the record holds a fact; Kafka assigns it in log order."""

    topic: str
    partition: int
    offset: int


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fact that the record has taken: its envelope, its position and when the broker appended it."""

    position: Position
    recorded_at: datetime
    envelope: Envelope

    @property
    def event(self) -> Event:
        """The fact itself."""
        return self.envelope.event
