"""Time passes in the store."""

from event_store.events.event import Event, Moment, Value


class CameraMinute(Value, frozen=True, kw_only=True):
    """What one camera delivered in a minute; a camera that delivered nothing has no entry."""

    camera_id: str
    frames: int
    last_frame_at: Moment
    covered_ms: int
    """Milliseconds of the minute that the camera's frames cover."""


class MinutePassed(Event, frozen=True, kw_only=True):
    """A minute of frame time ended at `time` for every camera of the store that was up.

    Deadlines fire by this fact, and coverage is counted from it; no fold reads a clock.
    """

    store_id: str
    cameras: list[CameraMinute]
    occupancy: int | None
    """People inside by the doors' count; null where the layout has no door."""

    @property
    def subject(self) -> str:
        """The store."""
        return f"store/{self.store_id}"


FACTS = (MinutePassed,)
