"""Facts to the exact bytes of the record, and back.

The bytes are CloudEvents 1.0 structured JSON. They are made once, by the producer; nothing makes them again.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from event_store.envelope import Envelope
from event_store.errors import InvalidEvent, OversizedRecord, UndecodableRecord, UnknownEventType
from event_store.events import CATALOGUE, TYPE_OF
from event_store.events.bounds import is_no_moment, out_of_bounds
from event_store.events.erasures import SubjectForgotten
from event_store.events.event import UNKNOWN_TIME, Event, Moment
from event_store.readability import LONGEST_NAME, demand_shallow, demand_text, is_short
from event_store.topics import MAX_RECORD_BYTES
from event_store.upcasting import UPCASTERS, upcast

CONTENT_TYPE = "application/cloudevents+json"
HEADERS = [("content-type", CONTENT_TYPE.encode())]
"""The headers of a fact in Kafka."""


def timestamp(moment: datetime) -> str:
    """Write a moment as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


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


class Wire(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record's attributes as they were written, and its data unread."""

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
    subject: msgspec.Raw = msgspec.Raw(b"null")
    causationid: Name | None = None
    correlationid: Name | None = None
    traceparent: Name | None = None


_WIRE = msgspec.json.Decoder(Wire)
_DATA: dict[str, msgspec.json.Decoder[Event]] = {name: msgspec.json.Decoder(event) for name, event in CATALOGUE.items()}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PLACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def decode(record: bytes) -> Envelope:
    """Read a record; raises `UndecodableRecord` or `UnknownEventType`. Attributes that we do not know pass by.

    Whatever goes wrong with reading is the record's fault, because nothing else is read.
    """
    wire = demand_envelope(record)
    try:
        event = _event(wire.type, wire.data)
        _demand_subject(wire, event)
    except InvalidEvent:
        raise
    except Exception as problem:
        raise _undecodable(problem, wire.type) from problem
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


def demand_envelope(record: bytes) -> Wire:
    """Read what a record says of itself, whatever its data; raises `UndecodableRecord`.

    The stand-alone verifier has the same rule in `verifier/readable.py`.
    """
    demand_text(record)
    try:
        wire = _WIRE.decode(record)
    except Exception as problem:
        raise _undecodable(problem) from problem
    demand_shallow(record)
    if _UUID.fullmatch(wire.id) is None:
        raise UndecodableRecord(f"id {wire.id[:100]!r} is no UUID in lower case")
    if not (is_place(wire.organisation) and is_place(wire.store)):
        raise UndecodableRecord("organisation and store are 1 to 64 letters, digits, dots, dashes and underscores")
    if not (record.isascii() and b"\\" not in record) and not all(map(is_short, _names(wire))):  # else they are
        raise UndecodableRecord(f"an attribute has more than {LONGEST_NAME} bytes")
    if why := is_no_moment(wire.time):
        raise UndecodableRecord(why)
    return wire


def read_data(type_name: str, data: dict[str, Any]) -> Event:
    """Read a fact's data on its own, with `time` in it where it has one; raises as `decode` does."""
    newest, upcasted = upcast(type_name, data)
    if newest not in CATALOGUE:
        raise UnknownEventType(type_name)
    try:
        event = msgspec.convert(upcasted, CATALOGUE[newest])
    except Exception as problem:
        raise _undecodable(problem, type_name) from problem
    if event.time != UNKNOWN_TIME and (why := is_no_moment(event.time)):
        raise UndecodableRecord(f"{type_name}: {why}")
    return _usable(type_name, event)


@lru_cache(maxsize=10_000)
def is_place(name: str) -> bool:
    """Tell whether a name may be part of a key and of a list of organisations."""
    return _PLACE.fullmatch(name) is not None


def _names(wire: Wire) -> Iterator[str]:
    optional = (wire.causationid, wire.correlationid, wire.traceparent)
    return chain((wire.source, wire.type, wire.actor), filter(None, optional))


def _event(type_name: str, data: msgspec.Raw) -> Event:
    decoder = _DATA.get(type_name)
    if decoder is not None:
        return _usable(type_name, decoder.decode(data))
    if type_name not in UPCASTERS:
        raise UnknownEventType(type_name)
    newest, upcasted = upcast(type_name, msgspec.json.decode(data, type=dict[str, Any]))
    return _usable(type_name, msgspec.convert(upcasted, CATALOGUE[newest]))


def _demand_subject(wire: Wire, event: Event) -> None:
    """Refuse to forget somebody else than the record says outside of its data, which an auditor reads."""
    if isinstance(event, SubjectForgotten) and msgspec.json.decode(wire.subject) != event.subject:
        raise UndecodableRecord(f"{wire.type}: its subject is not the one that its data forgets")


def _usable(type_name: str, event: Event) -> Event:
    if why := out_of_bounds(event):
        raise UndecodableRecord(f"{type_name}: {why}")
    return event


def _undecodable(problem: Exception, what: str = "") -> UndecodableRecord:
    """Say why a record could not be read: it does not fit, is too deep, or too large for a number."""
    why = str(problem) or type(problem).__name__
    return UndecodableRecord(f"{what}: {why}" if what else why)
