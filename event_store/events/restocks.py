"""Tasks to fill empty facings open and close."""

from event_store.events.event import Event, Moment
from event_store.events.shelves import Slot


class RestockFact(Event, frozen=True, kw_only=True):
    """A fact about the task to fill one facing; it is known by its facing and the gap's beginning."""

    shelf_id: str
    slot: Slot
    sku: str | None
    """The product that the layout plans there; null where it plans none."""
    camera_id: str
    empty_since: Moment

    @property
    def subject(self) -> str:
        """The facing."""
        return f"facing/{self.shelf_id}/{self.slot}"


class RestockRequested(RestockFact, frozen=True, kw_only=True):
    """A facing wants filling: it has been empty for its patience. Said once for each gap."""


class RestockCompleted(RestockFact, frozen=True, kw_only=True):
    """The camera sees product in a facing that was to be filled; `time` is when that came."""

    requested_at: Moment
    empty_ms: int
    people: int | None
    """Different people seen at the empty facing; null where the camera was not watched all the time."""


FACTS = (RestockRequested, RestockCompleted)
