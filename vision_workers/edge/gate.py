"""What may pass the bridge: facts and samples of the store under whose key they go."""

from collections.abc import Collection

import msgspec

from event_store.errors import InvalidEvent, UnknownEventType
from event_store.readability import demand_readable
from event_store.serialization import decode, demand_envelope, is_place
from vision_workers.edge.errors import EdgeError
from vision_workers.spool.waiting import Waiting


class NotAdmitted(EdgeError):
    """A record that does not pass."""


class _Place(msgspec.Struct, frozen=True):
    organisation: str
    store: str


def demand_admitted(waiting: Waiting, organisations: Collection[str]) -> None:
    """Raise `NotAdmitted` for what is no fact, or another store's than its key says, or nobody's who is served here.

    A fact whose type is not in this version's catalogue passes: it is a dead letter until the projector is upgraded.
    """
    try:
        organisation, store, source, sequence = _told(waiting)
    except (InvalidEvent, msgspec.MsgspecError) as problem:
        raise NotAdmitted(str(problem)) from problem
    if (waiting.source, waiting.sequence) != (source, sequence):
        raise NotAdmitted(
            f"it says that it is {sequence} of {source}, its entry {waiting.sequence} of {waiting.source}"
        )
    if waiting.key != f"{organisation}/{store}":
        raise NotAdmitted(f"it is of {organisation}/{store}, and its key is {waiting.key}")
    if organisations and organisation not in organisations:
        raise NotAdmitted(f"organisation {organisation} is not served here ({', '.join(sorted(organisations))})")


def _told(waiting: Waiting) -> tuple[str, str, str, int]:
    """Return whose record it is and its number, as it says itself."""
    if waiting.channel == "samples":
        return _told_by_a_sample(waiting)
    try:
        fact = decode(waiting.record)
    except UnknownEventType:
        wire = demand_envelope(waiting.record)
        return wire.organisation, wire.store, wire.source, wire.sequence
    return fact.organisation, fact.store, fact.source, fact.sequence


def _told_by_a_sample(waiting: Waiting) -> tuple[str, str, str, int]:
    """Samples have no number of their own; theirs may not pass for one of a camera's facts."""
    demand_readable(waiting.record)
    place = msgspec.json.decode(waiting.record, type=_Place)
    if not (is_place(place.organisation) and is_place(place.store)):
        raise NotAdmitted("organisation and store are no names")
    if not waiting.source.endswith("/samples"):
        raise NotAdmitted(f"{waiting.source} is no source of samples")
    return place.organisation, place.store, waiting.source, waiting.sequence
