"""Foot points cross lines."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from event_store.events.event import Box, Event
from event_store.events.lines import Direction, LineCrossed
from event_store.layout.geometry import XY, turn
from event_store.layout.model import Line
from vision_workers.frames import Point, Track, foot
from vision_workers.watchers.evidence import Rule, Witness
from vision_workers.watchers.measures import heights_right_of, rounded
from vision_workers.watchers.people import Scene
from vision_workers.watchers.visits import VisitWatcher

CROSSES = Rule("line-crossed-and-stayed", 2)
BEYOND_HEIGHTS = 0.1
"""How far beyond the line a foot must get: twice what a detector's box edge jumps while somebody stands."""
STAY = timedelta(milliseconds=200)
"""How long it must stay on the other side: a box that loses its legs for a moment comes back sooner."""
STAY_FRAMES = 2
AT_EDGE = 0.01
"""A line that ends so near the picture's edge goes on beyond it, where feet are cut off and look as if at the edge; and
feet so near its lower edge are farther down than they look."""


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a foot went over the line, between two sightings."""

    time: datetime
    along: float
    """Place on the line, 0 at `from` and 1 at `to`; others are beyond its ends."""


class Sides:
    """On which side of one line one person is, and was."""

    def __init__(self, line: Line) -> None:
        self._start, self._end = line.start, line.end
        self._first = float("-inf") if _at_edge(line.start) else 0.0
        self._last_place = float("inf") if _at_edge(line.end) else 1.0
        across = line.end[0] - line.start[0]
        self._below = 1 if across > 0 else -1 if across < 0 else 0
        """The side that lies farther down in the picture."""
        self._settled = 0
        self._side = 0
        self._frames = 0
        self._last: tuple[Point, datetime] | None = None
        self._crossing: Crossing | None = None
        self._top: float | None = None
        self._is_going = False
        self.beyond = 0.0

    def see(self, box: Box, time: datetime, person: Box) -> Crossing | None:
        """Take a sighting; return the crossing that it settles. Right of the line is 1, left is -1.

        `person` is the box whose height distances are measured in.
        """
        foot_point = foot(box)
        right = heights_right_of(foot_point, self._start, self._end, person)
        side = self._side if right == 0 else 1 if right > 0 else -1
        if side != self._side:
            self._crossing = self._cross(foot_point, time)
            self._side, self._frames = side, 0
        self._last = foot_point, time
        self._frames += 1
        self.beyond = abs(right)
        cut_below = foot_point.y >= 1 - AT_EDGE and side == self._below
        self._is_going = cut_below and self._top is not None and box.y0 - self._top >= BEYOND_HEIGHTS * _height(person)
        self._top = box.y0
        far = self.beyond >= BEYOND_HEIGHTS or cut_below
        if self._settled == 0:
            self._settled = side if far or self._frames >= STAY_FRAMES else 0
            return None
        stayed = self._crossing is not None and time - self._crossing.time >= STAY
        return self._settle() if stayed and far and self._frames >= STAY_FRAMES else None

    def leave(self) -> Crossing | None:
        """Take that they are gone.

        Who went over the line and out of sight at once has crossed it, too; one sight of them is enough when the
        picture's lower edge cut their feet and the head came down as well, which no flicker of a box's lower edge does.
        """
        return self._settle() if self._frames >= STAY_FRAMES or self._is_going else None

    @property
    def side(self) -> int:
        """The side they are on: 1 right, -1 left, 0 not known."""
        return self._settled

    def _settle(self) -> Crossing | None:
        if self._side == self._settled:
            return None
        self._settled = self._side
        crossing = self._crossing
        return crossing if crossing is not None and self._first <= crossing.along <= self._last_place else None

    def _cross(self, foot_point: Point, time: datetime) -> Crossing | None:
        if self._last is None:
            return None
        before, then = self._last
        a, b = (before.x, before.y), (foot_point.x, foot_point.y)
        off, beyond = abs(turn(self._start, self._end, a)), abs(turn(self._start, self._end, b))
        share = off / (off + beyond) if off + beyond > 0 else 1.0
        place = (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
        return Crossing(time=_to_millisecond(then + share * (time - then)), along=_along(place, self._start, self._end))


class LineWatcher:
    """Reports each crossing of a line once, with its direction."""

    def __init__(self, lines: Sequence[Line], visits: VisitWatcher, witness: Witness) -> None:
        self._lines, self._visits, self._witness = tuple(lines), visits, witness
        self._sides: dict[str, dict[str, Sides]] = {}

    def observe(self, scene: Scene) -> list[Event]:
        """Take one frame's people; return the crossings that are certain now."""
        crossed: list[Event] = []
        for person in scene.people if self._lines else ():
            sides = self._sides.get(person.key) or self._first_sight(person.key, person.track)
            for line in self._lines:
                crossing = sides[line.id].see(person.track.box, person.track.last_seen, person.track.box)
                crossed += self._facts(line, sides[line.id], crossing, person.key, person.track, scene)
        for gone in scene.departures:
            sides = self._sides.pop(gone.key, {})
            for line in self._lines if sides else ():
                crossing = sides[line.id].leave()
                crossed += self._facts(line, sides[line.id], crossing, gone.key, gone.track, scene)
        return crossed

    def _first_sight(self, key: str, track: Track) -> dict[str, Sides]:
        sides = self._sides[key] = {line.id: Sides(line) for line in self._lines}
        if track.first_frame < track.last_frame:
            for side in sides.values():
                side.see(track.first_box, track.first_seen, track.box)
        return sides

    def _facts(
        self, line: Line, sides: Sides, crossing: Crossing | None, key: str, track: Track, scene: Scene
    ) -> list[Event]:
        if crossing is None:
            return []
        direction: Direction = "in" if (sides.side > 0) == (line.inside == "right") else "out"
        stayed_ms = (track.last_seen - crossing.time).total_seconds() * 1000
        limits = [
            rounded("beyond_heights", BEYOND_HEIGHTS, sides.beyond),
            rounded("stayed_ms", STAY.total_seconds() * 1000, stayed_ms),
            rounded("along_line_share", 1.0, crossing.along),
        ]
        visit = self._visits.visit_of(key)
        testimony = self._witness.testify(crossing.time, track, visit, scene.observation, CROSSES, limits)
        return [LineCrossed(**testimony, line_id=line.id, direction=direction)]


def _height(box: Box) -> float:
    return box.y1 - box.y0


def _at_edge(point: XY) -> bool:
    return any(share <= AT_EDGE or share >= 1 - AT_EDGE for share in point)


def _along(point: XY, start: XY, end: XY) -> float:
    across, down = end[0] - start[0], end[1] - start[1]
    return ((point[0] - start[0]) * across + (point[1] - start[1]) * down) / (across * across + down * down)


def _to_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
