"""How many people are inside, by the doors' count."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from event_store.events.event import Event
from event_store.events.visits import ShopperEntered, ShopperExited
from vision_workers.watchers.days import next_midnight

Change = tuple[datetime, str, int, datetime, int]
"""When it became true, by which camera and as its how manyth, when that was decided, and by how many."""


class Occupancy:
    """Counts those who came in through a door less those who left by one, from midnight to midnight.

    Somebody whom the cameras lose is still inside; only a door takes them out. So somebody whom nobody saw come
    counts when they leave, but there are never fewer than none.
    """

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)
        self._inside = 0
        self._day_ends: datetime | None = None
        self._changes: list[Change] = []
        self._taken = 0

    def take(self, camera_id: str, decided: datetime, events: Iterable[Event]) -> None:
        """Take the facts that a camera's watchers decided at a frame."""
        for event in events:
            step = _step(event)
            if step != 0:
                self._taken += 1
                self._changes.append((event.time, camera_id, self._taken, decided, step))

    def at(self, moment: datetime, settled: datetime) -> int:
        """Return the count at a moment, from what was decided until `settled`; moments must come in order."""
        due = sorted(change for change in self._changes if change[0] < moment and change[3] <= settled)
        self._changes = [change for change in self._changes if not (change[0] < moment and change[3] <= settled)]
        for time, *_, step in due:
            self._begin_day(time)
            self._inside = max(0, self._inside + step)
        return self._inside

    def _begin_day(self, time: datetime) -> None:
        if self._day_ends is not None and time >= self._day_ends:
            self._inside = 0
        if self._day_ends is None or time >= self._day_ends:
            self._day_ends = next_midnight(time, self._zone)


def _step(event: Event) -> int:
    match event:
        case ShopperEntered():
            return 1
        case ShopperExited(reason="left"):
            return -1
        case _:
            return 0
