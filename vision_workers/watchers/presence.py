"""Who is at a place in the picture, and who was lately."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from event_store.events.event import Box
from event_store.layout.geometry import XY
from vision_workers.frames import Observation, Track

REACH = 0.15
"""A person may hide or reach what lies so far beside their box, as a share of its width and height."""
REMEMBERED = timedelta(seconds=0.5)
"""A person whom the detector misses is still there for so long."""


SHORTLY = timedelta(seconds=2)
"""Before a change, in which whoever was at the place may have made it."""
FORGOTTEN = timedelta(minutes=5)
"""A place does not change for good so long after somebody was at it because of them."""


class Somebody(msgspec.Struct, frozen=True, kw_only=True):
    """A person as last seen, with the visit they were known by."""

    track: Track
    visit_id: str | None

    @property
    def key(self) -> str:
        """The visit where it is known, otherwise the track."""
        return self.visit_id or self.track.id


class Presence:
    """The people of one camera, as far as places ask for them."""

    def __init__(self, visit_of: Callable[[str], str | None]) -> None:
        self._visit_of = visit_of
        self._people: dict[str, Somebody] = {}

    def observe(self, observation: Observation) -> None:
        """Take one frame's tracks."""
        for track in observation.tracks:
            self._people[track.id] = Somebody(track=track, visit_id=self._visit_of(track.id))
        kept = self._people.items()
        self._people = {key: each for key, each in kept if observation.time - each.track.last_seen <= REMEMBERED}

    def at(self, polygon: Sequence[XY]) -> list[Somebody]:
        """Return who is at a place, those first who hide most of it."""
        shares = [(hidden_share(polygon, each.track.box), key) for key, each in self._people.items()]
        return [self._people[key] for share, key in sorted(shares, reverse=True) if share > 0]

    def near_at(self, polygon: Sequence[XY]) -> datetime | None:
        """Return when somebody was seen last in front of it or within reach; None where that was not lately."""
        return max((each.track.last_seen for each in self.near(polygon)), default=None)

    def near(self, polygon: Sequence[XY]) -> list[Somebody]:
        """Return who is in front of it or within reach."""
        return [each for each in self._people.values() if hidden_share(polygon, widened(each.track.box)) > 0]


class Visitors:
    """Who was at one place lately; who only stood near it counts where nobody was at it."""

    def __init__(self, polygon: Sequence[XY]) -> None:
        self._polygon = polygon
        self._at: dict[str, Somebody] = {}
        self._near: dict[str, Somebody] = {}

    def observe(self, presence: Presence, time: datetime) -> None:
        """Take who is there now."""
        self._at |= {each.key: each for each in presence.at(self._polygon)}
        self._near |= {each.key: each for each in presence.near(self._polygon)}
        for people in (self._at, self._near):
            for key in [key for key, each in people.items() if time - each.track.last_seen > FORGOTTEN]:
                del people[key]

    def since(self, time: datetime) -> tuple[Somebody, ...]:
        """Return who was there at a moment, shortly before it, or later."""
        at, near = (
            tuple(each for each in people.values() if each.track.last_seen >= time - SHORTLY)
            for people in (self._at, self._near)
        )
        return at or near


def hidden_share(polygon: Sequence[XY], box: Box) -> float:
    """Return the share of a polygon's upright rectangle that a box covers."""
    across, down = [x for x, _ in polygon], [y for _, y in polygon]
    left, right, top, bottom = min(across), max(across), min(down), max(down)
    wide = min(right, box.x1) - max(left, box.x0)
    tall = min(bottom, box.y1) - max(top, box.y0)
    return max(wide, 0.0) * max(tall, 0.0) / ((right - left) * (bottom - top))


def widened(box: Box) -> Box:
    """Return a person's box with what may be hidden or within reach beside it."""
    across, down = (box.x1 - box.x0) * REACH, (box.y1 - box.y0) * REACH
    return Box(x0=box.x0 - across, y0=box.y0 - down, x1=box.x1 + across, y1=box.y1 + down)
