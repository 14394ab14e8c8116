"""Where on the floor people are: positions in metres become counts of cells, five minutes at a time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import dist
from zoneinfo import ZoneInfo

import msgspec

from event_store.events.event import Event, Reason
from event_store.events.heatmaps import FloorCounted
from event_store.layout.geometry import XY
from event_store.layout.grid import floor_grid
from event_store.layout.homography import Homography, fit
from event_store.layout.model import Layout
from vision_workers.observed import ObservedFrame
from vision_workers.targets import PEOPLE, Want
from vision_workers.watchers.days import start_of_day
from vision_workers.watchers.shoppers import ShopperWatcher
from vision_workers.watchers.site import Site, StoreSite

INTERVAL = timedelta(seconds=0.5)
"""Each person counts at most twice a second, however many cameras see them."""
LONGEST_GAP = timedelta(seconds=2)
"""Who is not seen for longer was somewhere, but nobody knows where."""
WINDOW = timedelta(minutes=5)
"""A part of every time zone's hour. So much is lost at most where a worker dies."""
HOUR = timedelta(hours=1)
SETTLE = timedelta(seconds=10)
"""Cameras may be so far behind one another."""
STANDING_M = 0.6
"""Who stays this near to where they stopped …"""
STANDING = timedelta(seconds=3)
"""… for so long stands still."""
FORGOTTEN = timedelta(minutes=5)
"""Whom no camera has seen for so long is counted as somebody else."""
MOST_CELLS = 2_000
"""In one fact, which is then half of what a record holds at most."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Person:
    """Where one person was last, and which cells they have come to."""

    __slots__ = ("anchor", "been_to", "cell", "seen", "standing_since", "stopped")

    def __init__(self, at: XY, time: datetime) -> None:
        self.seen = time
        self.cell: int | None = None
        self.been_to = set[int]()
        self.stand(at, time)

    def stand(self, at: XY, time: datetime) -> None:
        """Begin to stand at a point."""
        self.anchor, self.standing_since, self.stopped = at, time, False


class Counts(msgspec.Struct, frozen=True):
    """What five minutes bring, by cell."""

    visits: Counter[int] = msgspec.field(default_factory=Counter)
    stay_ms: Counter[int] = msgspec.field(default_factory=Counter)
    stops: Counter[int] = msgspec.field(default_factory=Counter)


class HeatMap:
    """Counts the floor of a store, over all calibrated cameras of a run."""

    source = "heatmap"

    def __init__(self, site: StoreSite) -> None:
        self._store, self._grid = site.layout.store, floor_grid(site.layout)
        self._people: dict[str, Person] = {}
        """By visit, or by track where nobody saw them come."""
        self._windows: dict[datetime, Counts] = {}
        """By their beginning."""
        self._now = EPOCH

    def see(self, track: str, visit: str | None, at: XY, time: datetime) -> None:
        """Take where somebody is, by their track; whose visit it is may become known later."""
        person = self._known(track, visit) or Person(at, time - INTERVAL)
        self._people[visit or track] = person
        gap = time - person.seen
        if self._grid is None or gap < INTERVAL:
            return
        counts = self._windows.setdefault(EPOCH + (time - EPOCH) // WINDOW * WINDOW, Counts())
        if gap > LONGEST_GAP:
            person.stand(at, time)
        elif person.cell is not None:
            counts.stay_ms[person.cell] += gap // timedelta(milliseconds=1)
        person.seen, person.cell = time, self._grid.cell_at(at)
        if person.cell is None:
            return
        if person.cell not in person.been_to:
            person.been_to.add(person.cell)
            counts.visits[person.cell] += 1
        if dist(at, person.anchor) > STANDING_M:
            person.stand(at, time)
        elif not person.stopped and time - person.standing_since >= STANDING:
            person.stopped = True
            counts.stops[person.cell] += 1

    def _known(self, track: str, visit: str | None) -> Person | None:
        if visit is None or visit in self._people:
            return self._people.get(visit or track)
        return self._people.pop(track, None)

    def prepare(self, frame: ObservedFrame) -> None:
        """Need nothing of a frame: the cameras' own watchers say where they see whom."""

    def observe(self, _camera_id: str, time: datetime, _events: Sequence[Event]) -> list[Event]:
        """Take a frame's time; return what was counted in five minutes that are over."""
        self._now = max(self._now, time)
        due = [start for start in self._windows if start + WINDOW + SETTLE <= self._now]
        if not due:
            return []
        self._people = {key: each for key, each in self._people.items() if self._now - each.seen <= FORGOTTEN}
        return self._tell(due)

    def down(self, _camera_id: str) -> list[Event]:
        """Say nothing: other cameras may go on."""
        return []

    def finish(self) -> list[Event]:
        """Return what was counted since."""
        return self._tell(list(self._windows))

    def _tell(self, starts: Sequence[datetime]) -> list[Event]:
        return [fact for start in sorted(starts) for fact in self._facts(start, self._windows.pop(start))]

    def _facts(self, start: datetime, counts: Counts) -> Iterator[FloorCounted]:
        grid = self._grid
        if grid is None:
            return
        touched = sorted(counts.visits.keys() | counts.stay_ms.keys() | counts.stops.keys())
        day = start_of_day(start, ZoneInfo(self._store.time_zone))
        for first in range(0, len(touched), MOST_CELLS):
            cells = touched[first : first + MOST_CELLS]
            yield FloorCounted(
                time=min(start + WINDOW, self._now),
                store_id=self._store.id,
                day=day,
                hour=(start - day) // HOUR,
                **msgspec.structs.asdict(grid),
                cells=cells,
                people=[counts.visits[cell] for cell in cells],
                stay_ms=[counts.stay_ms[cell] for cell in cells],
                stops=[counts.stops[cell] for cell in cells],
            )


class PositionWatcher:
    """Says where on the floor a calibrated camera sees whom."""

    def __init__(self, site: Site, shoppers: ShopperWatcher, /) -> None:
        self._map, self._shoppers = site.of_store(HeatMap), shoppers
        self._view = _view(site.layout, site.camera_id)

    @staticmethod
    def wants(layout: Layout, camera_id: str) -> Sequence[Want]:
        """Return people, where the camera knows the floor and the layout says how large that is."""
        return [Want(target=PEOPLE)] if floor_grid(layout) and _view(layout, camera_id) else []

    def observe(self, frame: ObservedFrame, /) -> list[Event]:
        """Take one frame; it says nothing by itself."""
        people = frame.of(PEOPLE)
        if people is None or self._map is None or self._view is None:
            return []
        for track in people.observation.tracks:
            at = self._view.floor((track.foot.x, track.foot.y))
            if at is not None:
                self._map.see(track.id, self._shoppers.visit_of(track.id), at, frame.time)
        return []

    def finish(self, frame: ObservedFrame, reason: Reason, /) -> list[Event]:  # noqa: ARG002
        """Say nothing: what was seen is counted."""
        return []


def _view(layout: Layout, camera_id: str) -> Homography | None:
    points = next(each.floor_points for each in layout.camera if each.id == camera_id)
    return fit(points) if points else None
