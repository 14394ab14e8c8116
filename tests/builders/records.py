"""Builders of facts as the record holds them; they hide what a case is not about."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from event_store.envelope import Envelope, Position, RecordedEvent
from event_store.events.event import UNKNOWN_TIME, Event, Evidence

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
EVENT_IDS = UUID("6a4e2b56-4df0-4ef5-8c0c-8f4d64a3b4a1")

EVIDENCE = Evidence(
    frame=12,
    frame_time=NOON,
    input_digest="00" * 32,
    region=None,
    model_digest="11" * 32,
    rule="door",
    rule_version=1,
    limits=[],
    frames=[10, 11, 12],
)
SEEN = {
    "camera_id": "entrance",
    "confidence": 0.9,
    "layout_digest": "22" * 32,
    "model": "people",
    "evidence": EVIDENCE,
}
"""What every camera fact carries: `LineCrossed(**SEEN, track_id=…, …)`."""


def envelope(event: Event, sequence: int = 1, *, store: str = "acme/ginza-3", camera: str = "entrance") -> Envelope:
    """Put a fact into the envelope of a camera of `organisation/store`; one without a time happened at noon."""
    organisation, store_id = store.split("/")
    source = f"/{organisation}/{store_id}/camera/{camera}/run1"
    dated = msgspec.structs.replace(event, time=NOON) if event.time == UNKNOWN_TIME else event
    return Envelope(
        id=str(uuid5(EVENT_IDS, f"{source}#{sequence}")),
        source=source,
        sequence=sequence,
        organisation=organisation,
        store=store_id,
        actor="worker/test",
        event=dated,
    )


def recorded(event: Event, offset: int = 0, *, store: str = "acme/ginza-3", partition: int = 0) -> RecordedEvent:
    """Return a fact as the record holds it at an offset, recorded a second after it became true."""
    wrapped = envelope(event, offset + 1, store=store)
    return RecordedEvent(
        position=Position(topic="shopfloor.events", partition=partition, offset=offset),
        recorded_at=wrapped.event.time + SECOND,
        envelope=wrapped,
    )


def history(*events: Event, store: str = "acme/ginza-3") -> list[RecordedEvent]:
    """Return facts as the record holds them, one after the other."""
    return [recorded(event, offset, store=store) for offset, event in enumerate(events)]
