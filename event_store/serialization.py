"""Facts to the exact bytes of the record, and back.

The bytes are CloudEvents 1.0 structured JSON. They are made once, by the producer; nothing makes them again.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from event_store.envelope import Envelope
from event_store.errors import OversizedRecord, UndecodableRecord, UnknownEventType
from event_store.events import CATALOGUE, TYPE_OF, Event
from event_store.events.event import UNKNOWN_TIME
from event_store.topics import MAX_RECORD_BYTES

CONTENT_TYPE = "application/cloudevents+json"


def timestamp(moment: datetime) -> str:
    """Write a moment as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def data_schema(type_name: str) -> str:
    """Return the `dataschema` of a type: a URI reference into the published AsyncAPI document."""
    return f"/schemas/{type_name}.json"


def encode(envelope: Envelope) -> bytes:
    """Return the record's bytes; refuses a fact without a time and one that is too large."""
    event = envelope.event
    if event.time == UNKNOWN_TIME:
        raise ValueError(f"{type(event).__name__} has no time")
    type_name = TYPE_OF[type(event)]
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": type_name,
        "subject": event.subject,
        "time": timestamp(event.time),
        "datacontenttype": "application/json",
        "dataschema": data_schema(type_name),
        "organisation": envelope.organisation,
        "store": envelope.store,
        "actor": envelope.actor,
        "sequence": envelope.sequence,
    }
    optional = ("causationid", "correlationid", "traceparent")
    attributes |= {name: value for name in optional if (value := getattr(envelope, name)) is not None}
    attributes["data"] = _plain(msgspec.structs.replace(event, time=UNKNOWN_TIME))
    encoded = msgspec.json.encode(attributes)
    if len(encoded) > MAX_RECORD_BYTES:
        raise OversizedRecord(type_name, len(encoded), MAX_RECORD_BYTES)
    return encoded


def _plain(value: Any) -> Any:
    return _with_milliseconds(msgspec.to_builtins(value, builtin_types=(datetime,)))


def _with_milliseconds(value: Any) -> Any:
    match value:
        case datetime():
            return timestamp(value)
        case dict():
            return {name: _with_milliseconds(each) for name, each in value.items()}
        case list():
            return [_with_milliseconds(each) for each in value]
        case _:
            return value


class _Wire(msgspec.Struct, frozen=True, kw_only=True):
    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    organisation: str
    store: str
    actor: str
    sequence: int
    data: msgspec.Raw
    causationid: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None


_WIRE = msgspec.json.Decoder(_Wire)
_DATA: dict[str, msgspec.json.Decoder[Event]] = {name: msgspec.json.Decoder(event) for name, event in CATALOGUE.items()}


def decode(record: bytes) -> Envelope:
    """Read a record; raises `UndecodableRecord` or `UnknownEventType`."""
    try:
        wire = _WIRE.decode(record)
        UUID(wire.id)
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError, UnicodeDecodeError) as problem:
        raise UndecodableRecord(str(problem)) from problem
    if wire.specversion != "1.0":
        raise UndecodableRecord(f"specversion {wire.specversion!r} is not 1.0")
    decoder = _DATA.get(wire.type)
    if decoder is None:
        raise UnknownEventType(wire.type)
    try:
        event = decoder.decode(wire.data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as problem:
        raise UndecodableRecord(f"{wire.type}: {problem}") from problem
    return Envelope(
        id=wire.id,
        source=wire.source,
        sequence=wire.sequence,
        organisation=wire.organisation,
        store=wire.store,
        actor=wire.actor,
        event=msgspec.structs.replace(event, time=wire.time),
        causationid=wire.causationid,
        correlationid=wire.correlationid,
        traceparent=wire.traceparent,
    )
