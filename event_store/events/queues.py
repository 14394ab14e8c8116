"""People stand in line."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from event_store.events.event import Event, Moment, Named

Outcome = Literal["served", "given_up", "unknown"]
"""Left as the first in line, left from behind others, or was not seen to leave."""


class QueueLengthChanged(Event, frozen=True, kw_only=True):
    """As many people as it says stand in line from `time` on; told only when that changes."""

    zone_id: str
    zone_name: str
    camera_id: str
    """The one that counts the line."""
    length: Annotated[int, Meta(ge=0, le=2**31 - 1)]

    @property
    def subject(self) -> str:
        """The line."""
        return f"queue/{self.zone_id}"


class QueueLeft(Event, frozen=True, kw_only=True):
    """Somebody does not stand in line any more; `time` is when they left it, or were last seen in it."""

    named: ClassVar[Mapping[str, Named]] = {"visit_id": "visit", "track_id": "track"}

    zone_id: str
    zone_name: str
    camera_id: str
    track_id: str
    visit_id: str | None
    joined_at: Moment
    served_at: Moment | None
    """When they became the first in line; null where they never did."""
    wait_ms: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None
    """Until they were served, or gave up; null where nobody knows."""
    outcome: Outcome

    @property
    def subject(self) -> str:
        """The visit where it is known, otherwise the track."""
        return f"track/{self.track_id}" if self.visit_id is None else f"visit/{self.visit_id}"


FACTS = (QueueLengthChanged, QueueLeft)
