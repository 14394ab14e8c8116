"""Facts to the exact bytes of the record, and back.

The bytes are CloudEvents 1.0 structured JSON. They are made once, by the producer; nothing makes them again.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from event_store.envelope import Envelope
from event_store.errors import OversizedRecord, UndecodableRecord, UnknownEventType
from event_store.events import CATALOGUE, TYPE_OF
from event_store.events.event import UNKNOWN_TIME, Event, Moment
from event_store.topics import MAX_RECORD_BYTES
from event_store.upcasting import UPCASTERS, upcast

CONTENT_TYPE = "application/cloudevents+json"
HEADERS = [("content-type", CONTENT_TYPE.encode())]
"""The headers of a fact in Kafka."""


def timestamp(moment: datetime) -> str:
    """Write a moment as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def data_schema(type_name: str) -> str:
    """Return the `dataschema` of a type: a URI reference into the published AsyncAPI document."""
    return f"/schemas/{type_name}.json"


def encode(envelope: Envelope) -> bytes:
    """Return the record's bytes; refuses a fact without a time, too large a one and one that nobody could read."""
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
    attributes["data"] = data_of(event)
    encoded = msgspec.json.encode(attributes)
    if len(encoded) > MAX_RECORD_BYTES:
        raise OversizedRecord(type_name, len(encoded), MAX_RECORD_BYTES)
    decode(encoded)
    return encoded


def data_of(event: Event) -> dict[str, Any]:
    """Return a fact's data as the record writes it."""
    data: dict[str, Any] = _plain(msgspec.structs.replace(event, time=UNKNOWN_TIME))
    return data


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


Name = Annotated[str, Meta(min_length=1, max_length=500)]
Ordinal = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class _Wire(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    specversion: Literal["1.0"]
    id: str
    source: Name
    type: Name
    time: Moment
    organisation: str
    store: str
    actor: Name
    sequence: Ordinal
    data: msgspec.Raw
    causationid: Name | None = None
    correlationid: Name | None = None
    traceparent: Name | None = None


_WIRE = msgspec.json.Decoder(_Wire)
_DATA: dict[str, msgspec.json.Decoder[Event]] = {name: msgspec.json.Decoder(event) for name, event in CATALOGUE.items()}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_UNREADABLE = (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError)


def decode(record: bytes) -> Envelope:
    """Read a record; raises `UndecodableRecord` or `UnknownEventType`. Attributes that we do not know pass by."""
    if b"\\u0000" in record:
        raise UndecodableRecord("it holds the character U+0000, which no table takes")
    try:
        wire = _WIRE.decode(record)
    except _UNREADABLE as problem:
        raise UndecodableRecord(str(problem)) from problem
    if _UUID.fullmatch(wire.id) is None:
        raise UndecodableRecord(f"id {wire.id!r} is no UUID in lower case")
    if not (_is_place(wire.organisation) and _is_place(wire.store)):
        raise UndecodableRecord("organisation and store are 1 to 64 letters, digits, dots, dashes and underscores")
    event = _event(wire.type, wire.data)
    msgspec.structs.force_setattr(event, "time", wire.time)  # nobody else has seen it yet
    return Envelope(
        id=wire.id,
        source=wire.source,
        sequence=wire.sequence,
        organisation=wire.organisation,
        store=wire.store,
        actor=wire.actor,
        event=event,
        causationid=wire.causationid,
        correlationid=wire.correlationid,
        traceparent=wire.traceparent,
    )


def read_data(type_name: str, data: dict[str, Any]) -> Event:
    """Read a fact's data on its own, with `time` in it where it has one; raises as `decode` does."""
    newest, upcasted = upcast(type_name, data)
    if newest not in CATALOGUE:
        raise UnknownEventType(type_name)
    try:
        return msgspec.convert(upcasted, CATALOGUE[newest])
    except msgspec.ValidationError as problem:
        raise UndecodableRecord(f"{type_name}: {problem}") from problem


@lru_cache(maxsize=10_000)
def _is_place(name: str) -> bool:
    """Tell whether a name may be part of a key and of a list of organisations."""
    return _PLACE.fullmatch(name) is not None


def _event(type_name: str, data: msgspec.Raw) -> Event:
    decoder = _DATA.get(type_name)
    try:
        if decoder is not None:
            return decoder.decode(data)
        if type_name not in UPCASTERS:
            raise UnknownEventType(type_name)
        newest, upcasted = upcast(type_name, msgspec.json.decode(data, type=dict[str, Any]))
        return msgspec.convert(upcasted, CATALOGUE[newest])
    except _UNREADABLE as problem:
        raise UndecodableRecord(f"{type_name}: {problem}") from problem
