"""What the amendments among a partition's facts make of the earlier ones: pure, without a database."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from event_store.envelope import RecordedEvent
from event_store.errors import UndecodableRecord, UnknownEventType
from event_store.events import FACTS, TYPE_OF
from event_store.events.amendments import EventCorrected, RecordAmendment, RecordSkipped
from event_store.events.erasures import SubjectForgotten
from event_store.events.event import UNKNOWN_TIME, Event
from event_store.replay import Entry
from event_store.serialization import read_data
from event_store.upcasting import newest_type

AMENDING = (EventCorrected, RecordAmendment)
"""They change how earlier records count; no fold takes them, and they cannot be corrected themselves."""

AMENDING_TYPES = tuple(name for name, event in FACTS.items() if issubclass(event, AMENDING))
UNCORRECTABLE = frozenset((*AMENDING_TYPES, TYPE_OF[SubjectForgotten]))
"""What is amended is the fact itself; whoever was forgotten stays so."""

AMENDING_SUBJECTS = ("event/", "record/")
"""How their subjects begin: they wait behind nothing, and nothing waits behind them."""

_Store = tuple[str, str]
_Fact = tuple[str, str, str]
"""Organisation, store and event id."""

_Place = tuple[str, int, int]
"""Topic, partition and offset."""


class _Right(msgspec.Struct, frozen=True, gc=False):
    """What counts in the place of facts that were recorded before `offset`: an event of their type, or none."""

    type: type[Event]
    event: Event | None
    fields: Sequence[str] | None
    """Those that it says, None where it says all of them."""
    offset: int

    def corrects(self, recorded: RecordedEvent, standing: RecordedEvent | None) -> RecordedEvent | None:
        """Return what counts of a fact from now on, as it was recorded and as it stood."""
        if self.event is None:
            return None
        if self.fields is None or not set(self.fields) <= set(self.event.__struct_fields__):
            return _replaced(recorded, self.event)
        if standing is None:
            return None
        said = {name: getattr(self.event, name) for name in self.fields}
        return _replaced(standing, msgspec.structs.replace(standing.event, **said))


class Amendments:
    """What facts of a partition say about earlier ones, as far as they have been noted."""

    def __init__(self, amending: Iterable[RecordedEvent] = (), retaken: Collection[int] = ()) -> None:
        self._right: dict[_Fact, list[_Right]] = {}
        self._skipped: dict[_Place, dict[_Store, int]] = {}
        self.retaken = frozenset(retaken)
        """Offsets of dead and parked records that were taken later, and so count at their place."""
        for recorded in amending:
            self.note(recorded)

    def note(self, recorded: RecordedEvent) -> None:
        """Take notice of an amendment, in the order of the record; other facts pass by."""
        envelope = recorded.envelope
        match envelope.event:
            case EventCorrected(event_id=wrong) as correction:
                kind, event = right_fact(correction)
                fact = (envelope.organisation, envelope.store, wrong)
                self._right.setdefault(fact, []).append(
                    _Right(kind, event, correction.fields, recorded.position.offset)
                )
            case RecordSkipped(topic=topic, partition=partition, offset=offset):
                stores = self._skipped.setdefault((topic, partition, offset), {})
                stores[envelope.organisation, envelope.store] = recorded.position.offset

    def counts(self, entry: Entry) -> bool:
        """Tell whether a record of the ledger counts, as far as nobody gave it up."""
        return entry.disposition == "applied" or entry.offset in self.retaken

    def amend(self, recorded: RecordedEvent) -> RecordedEvent | None:
        """Return a fact as it counts now, at its own place; None where it counts no longer."""
        if not (self._right or self._skipped):
            return recorded
        envelope, at = recorded.envelope, recorded.position
        store = (envelope.organisation, envelope.store)
        if (skipped := self._skipped.get((at.topic, at.partition, at.offset))) and skipped.get(store, -1) > at.offset:
            return None
        standing: RecordedEvent | None = recorded
        for right in self._right.get((*store, envelope.id), ()):
            if isinstance(envelope.event, right.type) and right.offset > at.offset:
                standing = right.corrects(recorded, standing)
        return standing


def right_fact(correction: EventCorrected) -> tuple[type[Event], Event | None]:
    """Return the class of a wrong fact, and the right one, without a time where that stands.

    Raises `InvalidEvent` for a type that cannot be corrected and for data that does not fit it.
    """
    name = newest_type(correction.corrected_type)
    if name not in FACTS:
        raise UnknownEventType(correction.corrected_type)
    if name in UNCORRECTABLE:
        raise UndecodableRecord(f"{name} cannot be corrected")
    if correction.right is None:
        return FACTS[name], None
    right = read_data(correction.corrected_type, correction.right)
    fields = set(correction.fields or ())
    if name == correction.corrected_type and (unknown := fields - set(right.__struct_fields__)):
        raise UndecodableRecord(f"{name} has no field {min(unknown)!r}")
    if "time" in fields and right.time == UNKNOWN_TIME:
        raise UndecodableRecord("the time was wrong, and the right one is not said")
    return FACTS[name], right


def _replaced(recorded: RecordedEvent, right: Event) -> RecordedEvent:
    structs = msgspec.structs
    dated = structs.replace(right, time=recorded.event.time) if right.time == UNKNOWN_TIME else right
    return structs.replace(recorded, envelope=structs.replace(recorded.envelope, event=dated))
