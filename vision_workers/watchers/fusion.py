"""One visit of one person, whichever cameras see them: they are handed over on the floor plan, in metres."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from math import dist

import msgspec

from event_store.events.event import Box, Event
from event_store.layout.geometry import XY
from event_store.layout.homography import fit
from event_store.layout.model import Layout
from vision_workers.frames import Track, foot
from vision_workers.observed import ObservedFrame

REACH_M = 1.5
"""How far apart two cameras may see the same feet: calibration, cut boxes and hidden legs together."""
WALK_M_PER_S = 1.5
"""Nobody is expected farther off, where no camera looks."""
WAITING_M_PER_S = 0.1
"""Of two who may have come, the one who was out of sight for so much less is worth a metre."""
IN_SIGHT = timedelta(seconds=0.5)
PATIENCE = timedelta(seconds=60)
"""Whom no camera has found again after so long is lost."""


class Sight(msgspec.Struct, frozen=True):
    """Where and when one camera saw somebody last."""

    floor: XY
    time: datetime
    in_door: bool


class Fusion:
    """Knows the open visits of a store, and where each was seen last by which camera.

    A person whom a calibrated camera sees without a visit takes over the visit of who is there on another camera, or
    of who went out of sight and can have walked there. It knows places and times, and nothing about anybody's looks.
    """

    source = "fusion"

    def __init__(self, layout: Layout, cameras: Iterable[str]) -> None:
        calibrated = {each.id: fit(each.floor_points) for each in layout.camera if each.floor_points}
        self._views = {camera: view for camera in cameras if (view := calibrated.get(camera)) is not None}
        self._visits: dict[str, dict[str, Sight]] = {}

    def prepare(self, frame: ObservedFrame) -> None:
        """Need nothing of a frame: the cameras' own watchers say whom they see."""

    def observe(self, _camera_id: str, _time: datetime, _events: Sequence[Event]) -> Sequence[Event]:
        """Say nothing: visits are the cameras' facts."""
        return ()

    def down(self, _camera_id: str) -> Sequence[Event]:
        """Say nothing: a camera's last frame has ended what it followed."""
        return ()

    def finish(self) -> Sequence[Event]:
        """Say nothing."""
        return ()

    def hands_over(self, camera_id: str) -> bool:
        """Tell whether somebody whom a camera loses may be found by another."""
        return camera_id in self._views and len(self._views) > 1

    def open(self, visit: str) -> None:
        """Begin to follow a visit."""
        self._visits[visit] = {}

    def is_open(self, visit: str) -> bool:
        """Tell whether a visit goes on."""
        return visit in self._visits

    def close(self, visit: str) -> bool:
        """End a visit; False where another camera has ended it."""
        return self._visits.pop(visit, None) is not None

    def see(self, visit: str, camera_id: str, track: Track, *, in_door: bool) -> None:
        """Take where a camera sees the person of a visit."""
        floor = self._floor(camera_id, track.box)
        if floor is not None and visit in self._visits:
            self._visits[visit][camera_id] = Sight(floor, track.last_seen, in_door)

    def last_seen(self, visit: str) -> datetime | None:
        """Return when any camera saw the person of a visit last."""
        return max((each.time for each in self._visits.get(visit, {}).values()), default=None)

    def find(self, camera_id: str, track: Track, taken: Collection[str]) -> str | None:
        """Return the visit of somebody whom a camera sees without one, None where nobody can have come there.

        Those in `taken` are visits of people whom the camera knows beside them, in sight or hidden for a moment.
        """
        free = {visit: seen for visit, seen in self._visits.items() if seen and visit not in taken}
        costs = {visit: self._cost(seen, camera_id, track) for visit, seen in free.items()}
        visit = min(costs, key=lambda each: costs[each], default=None)
        return visit if visit is not None and costs[visit] < float("inf") else None

    def _cost(self, seen: dict[str, Sight], camera_id: str, track: Track) -> float:
        """Return how unlikely it is that a visit is this person's; infinite where it cannot be."""
        last = max(seen.values(), key=lambda each: each.time)
        gap_s = (track.first_seen - last.time).total_seconds()
        box = track.first_box if gap_s > 0 else track.box
        floor = self._floor(camera_id, box)
        away = last.in_door or track.last_seen - last.time > PATIENCE
        if away or floor is None or (gap_s <= 0 and track.last_seen - last.time > IN_SIGHT):
            return float("inf")
        apart = dist(floor, last.floor)
        waited_s = max(gap_s, 0.0)
        return apart + WAITING_M_PER_S * waited_s if apart <= REACH_M + WALK_M_PER_S * waited_s else float("inf")

    def _floor(self, camera_id: str, box: Box) -> XY | None:
        view, feet = self._views.get(camera_id), foot(box)
        return view.floor((feet.x, feet.y)) if view is not None else None
