"""Facts read again from the ledger, in a third of the time: what was checked when they were taken is not checked again.

Evidence is left unread, because no read model folds it and it is most of a camera fact.
"""

from collections.abc import Collection
from functools import cache
from typing import Any

import msgspec

from event_store.envelope import Envelope
from event_store.errors import NoLongerReadable
from event_store.events import CATALOGUE, TYPE_OF
from event_store.events.bounds import is_no_moment, no_moment_in
from event_store.events.event import CameraFact, Event, Moment
from event_store.serialization import decode
from event_store.upcasting import UPCASTERS, newest_type


def recorded_types(events: Collection[type[Event]]) -> list[str]:
    """Return the types under which the record may hold facts of these classes, older versions of them included."""
    wanted = {TYPE_OF[event] for event in events}
    return sorted(name for name in CATALOGUE.keys() | UPCASTERS.keys() if newest_type(name) in wanted)


def read_again(type_name: str, record: bytes) -> Envelope:
    """Return the fact of a record that was applied as this type, or an older version of it, without its evidence.

    A camera fact comes as a subclass of its class: ask by `isinstance` or `match`. Raises `NoLongerReadable`.
    """
    if type_name not in CATALOGUE:
        return decode(record)
    try:
        wire = _decoder(type_name).decode(record)
    except msgspec.ValidationError:
        return decode(record)
    if wire.type != type_name:
        return decode(record)
    if why := is_no_moment(wire.time) or no_moment_in(wire.data):
        raise NoLongerReadable(why)
    msgspec.structs.force_setattr(wire.data, "time", wire.time)  # nobody else has seen it yet
    return Envelope(
        id=wire.id,
        source=wire.source,
        sequence=wire.sequence,
        organisation=wire.organisation,
        store=wire.store,
        actor=wire.actor,
        event=wire.data,
        causationid=wire.causationid,
        correlationid=wire.correlationid,
        traceparent=wire.traceparent,
    )


class _Wire(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record and its fact in one pass; every type has a class of its own, with `data` of the fact's."""

    id: str
    source: str
    type: str
    time: Moment
    organisation: str
    store: str
    actor: str
    sequence: int
    causationid: str | None = None
    correlationid: str | None = None
    traceparent: str | None = None


@cache
def _decoder(type_name: str) -> "msgspec.json.Decoder[Any]":
    event: type[msgspec.Struct] = CATALOGUE[type_name]
    if issubclass(event, CameraFact):  # still one of its class, for whoever matches it
        unread = [("evidence", msgspec.Raw)]
        event = msgspec.defstruct(event.__name__, unread, bases=(event,), frozen=True, kw_only=True, gc=False)
    wire = msgspec.defstruct("Wire", [("data", event)], bases=(_Wire,), frozen=True, kw_only=True, gc=False)
    return msgspec.json.Decoder(wire)
