"""The store's clock: one MinutePassed a minute, in frame time, whatever the cameras' pace."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from event_store.events import Event, MinutePassed
from event_store.layout.model import Layout


class StoreClock:
    """Merges the frame times of a store's cameras; a minute passes when the slowest camera that is up is well past it.

    Calls for one camera must come in frame order; calls for different cameras may come in any order, the minutes
    are the same. One thread at a time.
    """

    def __init__(self, layout: Layout, cameras: Iterable[str]) -> None:
        """Begin with the cameras that are about to deliver; each holds the clock until its first frame or `down`."""
        self._layout, self._cameras = layout, tuple(cameras)

    def observe(self, camera_id: str, time: datetime, events: Sequence[Event]) -> list[MinutePassed]:
        """Take a frame's time and the facts that its watchers decided at it; return the minutes that passed."""
        return []

    def down(self, camera_id: str) -> list[MinutePassed]:
        """Stop waiting for a camera that failed or ended (after its last facts are in); a next frame brings it back."""
        return []

    def finish(self) -> list[MinutePassed]:
        """Return the minutes up to the last frame of all cameras, the unfinished one included."""
        return []
