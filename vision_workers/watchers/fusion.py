"""One visit of one person, whichever cameras see them: they are handed over on the floor plan, in metres."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import dist

from event_store.events.event import Box, Event
from event_store.layout.geometry import XY
from event_store.layout.homography import fit
from event_store.layout.model import Layout
from vision_workers.frames import Track, foot
from vision_workers.observed import ObservedFrame
from vision_workers.watchers.footing import OUTSIDE_M
from vision_workers.watchers.handovers import CLOTHES_M, IMPOSSIBLE, REACH_M, Meetings, Newcomer, Sight

CLEAR_M = 1.0
"""Of two who may have come, the one who is so much likelier is believed at once …"""
DECIDED = timedelta(seconds=2)
"""… and otherwise whoever is likelier after so long, when they have come out from behind what hid them."""


class Fusion:
    """Knows the open visits of a store, and where each was seen last by which camera.

    A person whom a calibrated camera sees without a visit takes over the visit of who is there on another camera, or
    of who went out of sight and can have walked there. It knows places, times and a coarse colour of clothes, which it
    forgets with the visit; it writes none of it.
    """

    source = "fusion"

    def __init__(self, layout: Layout, cameras: Iterable[str]) -> None:
        calibrated = {each.id: fit(each.floor_points) for each in layout.camera if each.floor_points}
        self._views = {camera: view for camera in cameras if (view := calibrated.get(camera)) is not None}
        self._size = layout.store.floor
        self._strangers: dict[tuple[str, str], Sight] = {}
        self._meetings = Meetings()
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
        self._meetings.forget(visit)
        return self._visits.pop(visit, None) is not None

    def see(self, visit: str, camera_id: str, track: Track, *, in_door: bool) -> None:
        """Take where a camera sees the person of a visit."""
        sight = self._sight(camera_id, track, in_door=in_door)
        if sight is not None and visit in self._visits:
            self._visits[visit][camera_id] = sight

    def last_seen(self, visit: str) -> datetime | None:
        """Return when any camera saw the person of a visit last."""
        return max((each.time for each in self._visits.get(visit, {}).values()), default=None)

    def notice(self, camera_id: str, track: Track) -> None:
        """Take where a camera sees somebody without a visit."""
        if (sight := self._sight(camera_id, track)) is not None:
            self._strangers = {key: each for key, each in self._strangers.items() if each.is_now(track.last_seen)}
            self._strangers[camera_id, track.id] = sight

    def find(self, camera_id: str, track: Track, taken: Collection[str]) -> str | None:
        """Return the visit of somebody whom a camera sees without one, None where nobody can have come there.

        Those in `taken` are visits of people whom the camera knows beside them, in sight or hidden for a moment.
        Where several may have come, the answer waits until one is clearly likelier, or for as long as is documented.
        """
        floor = self._floor(camera_id, track.box)
        if floor is None or self._is_outside(floor):
            return None
        came_from = self._floor(camera_id, track.first_box)
        newcomer = Newcomer(camera_id=camera_id, track=track, floor=floor, came_from=came_from)
        lasts = {visit: _last(seen) for visit, seen in self._visits.items() if seen and visit not in taken}
        lasts = {visit: last for visit, last in lasts.items() if newcomer.may_be(last)}
        costs = {visit: self._cost(visit, last, newcomer) for visit, last in lasts.items()}
        likely = sorted((cost, visit) for visit, cost in costs.items() if cost < IMPOSSIBLE)
        if not likely:
            return None
        visit, now = likely[0][1], track.last_seen
        is_clear = len(likely) == 1 or (track.clothing is not None and likely[1][0] - likely[0][0] >= CLEAR_M)
        is_alone = lasts[visit].is_now(now) or not self._is_anybody_at(floor, camera_id, now)
        return visit if (is_clear and is_alone) or now - track.first_seen >= DECIDED else None

    def _cost(self, visit: str, last: Sight, newcomer: Newcomer) -> float:
        """Return how unlikely it is that a visit is a newcomer's; infinite where it cannot be, or not be told yet."""
        if last.is_now(newcomer.track.last_seen):
            apart = self._meetings.apart(visit, last, newcomer)
            apart = IMPOSSIBLE if self._is_stranger_nearer(last, newcomer) else apart
        else:
            apart = newcomer.apart_in_turn(last)
        return apart + CLOTHES_M * newcomer.colours_apart(last)

    def _is_stranger_nearer(self, last: Sight, newcomer: Newcomer) -> bool:
        """Say whether the camera that sees the person of a visit sees somebody else who is nearer to the newcomer."""
        seen = [each for each in self._strangers.values() if each.camera_id == last.camera_id]
        apart, now = dist(newcomer.floor, last.floor), newcomer.track.last_seen
        return any(each.is_now(now) and dist(newcomer.floor, each.floor) < apart for each in seen)

    def _is_anybody_at(self, floor: XY, camera_id: str, now: datetime) -> bool:
        """Say whether another camera sees somebody there, whoever it is."""
        known = [each for seen in self._visits.values() for each in seen.values()]
        seen_elsewhere = [each for each in (*known, *self._strangers.values()) if each.camera_id != camera_id]
        return any(each.is_now(now) and dist(floor, each.floor) <= REACH_M for each in seen_elsewhere)

    def _is_outside(self, floor: XY) -> bool:
        """Say whether a place is in the street; who is there has no visit yet, or not any more."""
        if self._size is None:
            return False
        return not all(-OUTSIDE_M < at < size + OUTSIDE_M for at, size in zip(floor, self._size, strict=True))

    def _sight(self, camera_id: str, track: Track, *, in_door: bool = False) -> Sight | None:
        floor = self._floor(camera_id, track.box)
        if floor is None:
            return None
        return Sight(camera_id=camera_id, floor=floor, time=track.last_seen, clothing=track.clothing, in_door=in_door)

    def _floor(self, camera_id: str, box: Box) -> XY | None:
        view, feet = self._views.get(camera_id), foot(box)
        return view.floor((feet.x, feet.y)) if view is not None else None


def _last(seen: Mapping[str, Sight]) -> Sight:
    return max(seen.values(), key=lambda each: each.time)
