"""The store's clock: one MinutePassed a minute, in frame time, whatever the cameras' pace."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from event_store.events.clock import MinutePassed
from event_store.events.event import Event
from event_store.layout.model import Layout
from vision_workers.observed import ObservedFrame
from vision_workers.watchers.coverage import MINUTE, Coverage, minute_of
from vision_workers.watchers.occupancy import Occupancy

SETTLE = timedelta(seconds=10)
"""A minute waits this long, in frame time, for facts that are decided later than they became true."""
LONGEST_SILENCE = timedelta(days=1)
"""After a longer silence of all cameras the clock jumps, and does not pass each minute of it."""


class StoreClock:
    """Merges the frame times of a store's cameras; a minute passes when the slowest camera that is up is well past it.

    Calls for one camera must come in frame order; calls for different cameras may come in any order, the minutes
    are the same. One thread at a time. While every camera is down, no minute passes.
    """

    source = "clock"

    def __init__(self, layout: Layout, cameras: Iterable[str]) -> None:
        """Begin with the cameras that are about to deliver; each holds the clock until its first frame or `down`.

        How many are inside is not known where a door is on another camera than these.
        """
        self._store_id = layout.store.id
        self._coverage = {camera: Coverage(camera) for camera in cameras}
        self._down: set[str] = set()
        sees_doors = layout.door and all(door.camera in self._coverage for door in layout.door)
        self._occupancy = Occupancy(layout.store.time_zone) if sees_doors else None
        self._next: datetime | None = None
        """Beginning of the minute that passes next."""

    def prepare(self, frame: ObservedFrame) -> None:
        """Need nothing of a frame before its facts."""

    def observe(self, camera_id: str, time: datetime, events: Sequence[Event]) -> list[MinutePassed]:
        """Take a frame's time and the facts that its watchers decided at it; return the minutes that passed."""
        self._down.discard(camera_id)
        self._coverage[camera_id].add(time)
        if self._occupancy is not None:
            self._occupancy.take(camera_id, time, events)
        return self._pass_until(self._slowest())

    def down(self, camera_id: str) -> list[MinutePassed]:
        """Stop waiting for a camera that failed or ended (after its last facts are in); a next frame brings it back."""
        self._down.add(camera_id)
        return self._pass_until(self._slowest())

    def finish(self) -> list[MinutePassed]:
        """Return the minutes up to the last frame of all cameras, the unfinished one included."""
        last = [coverage.last_frame for coverage in self._coverage.values() if coverage.last_frame is not None]
        return self._pass_until(minute_of(max(last)) + MINUTE + SETTLE) if last else []

    def _slowest(self) -> datetime | None:
        """Return the frame time that all cameras that are up have reached, None while one has still to begin."""
        times = [coverage.last_frame for camera, coverage in self._coverage.items() if camera not in self._down]
        reached = [time for time in times if time is not None]
        return min(reached) if reached and len(reached) == len(times) else None

    def _pass_until(self, reached: datetime | None) -> list[MinutePassed]:
        if reached is None:
            return []
        if self._next is None:
            first = [coverage.first_frame for coverage in self._coverage.values() if coverage.first_frame is not None]
            self._next = minute_of(min(first))
        if reached - self._next > LONGEST_SILENCE:
            self._next = minute_of(reached)
        passed: list[MinutePassed] = []
        while self._next + MINUTE + SETTLE <= reached:
            passed.append(self._pass(self._next))
            self._next += MINUTE
        return passed

    def _pass(self, minute: datetime) -> MinutePassed:
        end = minute + MINUTE
        cameras = [covered for coverage in self._coverage.values() if (covered := coverage.take(minute)) is not None]
        inside = self._occupancy.at(end, end + SETTLE) if self._occupancy is not None else None
        return MinutePassed(time=end, store_id=self._store_id, cameras=cameras, occupancy=inside)
