"""What the database must hold in the end, told by dictionaries, one record after the other."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from event_store.envelope import Envelope
from event_store.errors import InvalidEvent
from event_store.events.gaps import GapDetected
from event_store.events.lines import LineCrossed
from event_store.ledger import readable_attributes
from event_store.serialization import decode
from tests.builders.logs import Record

Subject = tuple[str | None, str | None, str | None]
REFUSED_LINES = ("cursed", "too-long")


class Expected(msgspec.Struct):
    """What became of each record, and what the facts that count come to."""

    dispositions: dict[tuple[int, int], str]
    """By partition and offset."""
    parked: dict[Subject, int]
    crossings: Counter[tuple[str, str, str]]
    holes: set[tuple[str, int, int]]
    """Source, first and last missing."""
    numbers: dict[str, int]
    """The highest number of each source."""
    reported: Counter[tuple[str, int, int]]
    """Reports of holes that count, the same way."""


def expected(logs: Mapping[int, Sequence[Record]]) -> Expected:
    """Take every log from its beginning."""
    told = Expected(dispositions={}, parked={}, crossings=Counter(), holes=set(), numbers={}, reported=Counter())
    for records in logs.values():
        _Teller(told).tell(records)
    return told


class _Teller:
    """Takes one partition."""

    def __init__(self, told: Expected) -> None:
        self._told = told
        self._counted: set[str] = set()

    def tell(self, records: Iterable[Record]) -> None:
        for record in records:
            self._told.dispositions[record.partition, record.offset] = self._take(record)

    def _take(self, record: Record) -> str:
        try:
            envelope = decode(record.value or b"")
        except InvalidEvent:
            about = readable_attributes(record.value)
            self._number(about.source, about.sequence)
            return self._refuse(record, (about.organisation, about.store, about.subject))
        if envelope.id in self._counted:
            return "duplicate"
        self._number(envelope.source, envelope.sequence)
        return self._fold(record, envelope)

    def _fold(self, record: Record, envelope: Envelope) -> str:
        subject = (envelope.organisation, envelope.store, envelope.event.subject)
        event = envelope.event
        if subject in self._told.parked:
            return "parked"
        if isinstance(event, LineCrossed) and event.line_id in REFUSED_LINES:
            return self._refuse(record, subject)
        self._counted.add(envelope.id)
        if isinstance(event, LineCrossed):
            self._told.crossings[envelope.organisation, envelope.store, event.line_id] += 1
        if isinstance(event, GapDetected):
            self._told.reported[event.source_id, event.first_missing, event.last_missing] += 1
        return "applied"

    def _refuse(self, record: Record, subject: Subject) -> str:
        if None not in subject:
            self._told.parked.setdefault(subject, record.offset)
        return "dead"

    def _number(self, source: str | None, sequence: int | None) -> None:
        if source is None or sequence is None:
            return
        last = self._told.numbers.get(source, 0)
        if sequence > last + 1:
            self._told.holes.add((source, last + 1, sequence - 1))
        self._told.numbers[source] = max(last, sequence)
