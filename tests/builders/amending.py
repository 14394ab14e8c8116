"""Facts that change how earlier records count."""

from collections.abc import Sequence
from typing import Any

import msgspec

from event_store.envelope import RecordedEvent
from event_store.events import TYPE_OF
from event_store.events.amendments import EventCorrected, RecordRetried, RecordSkipped
from event_store.events.event import Event
from event_store.events.lines import LineCrossed
from event_store.serialization import data_of, timestamp
from projections.folding.projection import Projection, Rows
from projections.folding.readings import Reader
from projections.policies.gaps import Gaps
from tests.builders.facts import crossed
from tests.builders.logs import TOPIC, Log
from tests.builders.tallies import Tallies, TallyRow


def corrected(wrong: RecordedEvent, right: Event | None, *fields: str) -> EventCorrected:
    """Somebody says what was right, or that nothing was; of some fields, or of all."""
    data = None if right is None else data_of(right) | {"time": timestamp(right.time)}
    return EventCorrected(
        event_id=wrong.envelope.id,
        corrected_type=TYPE_OF[type(wrong.event)],
        right=data,
        fields=list(fields) or None,
        reason="misjudged",
    )


def skipped(record: RecordedEvent) -> RecordSkipped:
    """Somebody gives a record up."""
    at = record.position
    return RecordSkipped(topic=at.topic, partition=at.partition, offset=at.offset, reason="damaged")


def retried(partition: int, offset: int) -> RecordRetried:
    """Somebody has a record taken again."""
    return RecordRetried(topic=TOPIC, partition=partition, offset=offset)


def of_visit(visit: str, line: str) -> LineCrossed:
    """Somebody crossed a line; what a visit did waits behind itself only."""
    return msgspec.structs.replace(crossed(line), visit_id=visit)


def fact_at(log: Log, offset: int) -> RecordedEvent:
    """Return the fact that a log holds at an offset."""
    recorded = Reader(12).read(log.records[offset]).recorded
    assert recorded is not None
    return recorded


def give_up(log: Log, offset: int) -> RecordSkipped:
    """Somebody gives up what a log holds at an offset."""
    return RecordSkipped(topic=TOPIC, partition=log.partition, offset=offset, reason="damaged")


class Cured(Tallies):
    """The tallies of a later program, which takes crossings of the cursed line as any others."""

    def fold(self, rows: Rows[TallyRow], recorded: RecordedEvent) -> None:
        match recorded.event:
            case LineCrossed(line_id="cursed"):
                before = rows.get("cursed")
                rows["cursed"] = TallyRow(count=1 if before is None else before.count + 1)
            case _:
                super().fold(rows, recorded)


CURED: Sequence[Projection[Any]] = (Cured(), Gaps())
