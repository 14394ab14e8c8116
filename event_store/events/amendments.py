"""Facts that change how earlier records count; the records themselves stay as they are."""

from typing import Annotated, Any

from msgspec import Meta

from event_store.events.event import Event

Words = Annotated[str, Meta(min_length=1, max_length=500)]


class EventCorrected(Event, frozen=True, kw_only=True):
    """A fact that was recorded before is wrong: in its place counts the right one, or none.

    The last correction of a fact stands. One that names a fact of another store, of another type, or none that was
    recorded before it, is without effect.
    """

    event_id: str
    """The wrong fact's id."""
    corrected_type: str
    """The wrong fact's type, whose data `right` is."""
    right: dict[str, Any] | None
    """The right fact's data, with `time` where that was wrong too; null where nothing of the kind happened."""
    reason: Words

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

    reason: Words
