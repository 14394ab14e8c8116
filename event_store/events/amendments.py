"""Facts that change how earlier records count; the records themselves stay as they are."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from event_store.events.event import Event

Wrongness = Literal[
    "misjudged", "misplaced", "mistimed", "miscounted", "doubled", "damaged", "foreign", "test", "other"
]
"""Why a record does not count as it was written. Words of their own would stay in the record for ever, whatever or
whomever somebody names in them, so there are none.

`misjudged`: taken for what it was not; `misplaced`: another door, line, zone or shelf; `mistimed`: another time;
`miscounted`: another number; `doubled`: recorded twice; `damaged`: nobody can make sense of it; `foreign`: it belongs
elsewhere; `test`: somebody tried something out.
"""


class EventCorrected(Event, frozen=True, kw_only=True):
    """A fact that was recorded before is wrong: in its place counts the right one, or none.

    Corrections of one fact count in the order of the record, each on top of those before it. One that names a fact of
    another store, of another type, or none that was recorded before it, is without effect.
    """

    major: ClassVar[int] = 2

    event_id: str
    """The wrong fact's id."""
    corrected_type: str
    """The wrong fact's type, whose data `right` is."""
    right: dict[str, Any] | None
    """The right fact's data, whole, with `time` where that was wrong too; null where nothing of the kind happened."""
    fields: Annotated[list[str], Meta(min_length=1)] | None
    """Those of its fields that were wrong, `time` among them: the others stay as they stood, whatever `right` says of
    them, and what did not happen still did not. Null replaces the whole fact."""
    reason: Wrongness

    @property
    def subject(self) -> str:
        """The wrong fact."""
        return f"event/{self.event_id}"


class RecordAmendment(Event, frozen=True, kw_only=True):
    """A fact about a record that could not be applied."""

    topic: str
    partition: Annotated[int, Meta(ge=0)]
    offset: Annotated[int, Meta(ge=0)]

    @property
    def subject(self) -> str:
        """The record."""
        return f"record/{self.topic}/{self.partition}/{self.offset}"


class RecordRetried(RecordAmendment, frozen=True, kw_only=True):
    """A dead letter, and what waits behind it, is taken again; what can be applied now counts at its own place."""


class RecordSkipped(RecordAmendment, frozen=True, kw_only=True):
    """A dead letter is given up: it does not count, and what waits behind it is taken."""

    major: ClassVar[int] = 2

    reason: Wrongness


FACTS = (EventCorrected, RecordRetried, RecordSkipped)
