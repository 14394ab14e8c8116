"""What is remembered of a person while a camera follows them, or while they are hidden."""

from datetime import datetime, timedelta

import msgspec

from vision_workers.frames import Point, Track, foot
from vision_workers.watchers.footing import Footing
from vision_workers.watchers.measures import heights_apart

MOVED_HEIGHTS = 0.25
"""Who has moved by less than a step since they were first seen stands there."""
HELD = timedelta(milliseconds=200)
"""So long they must be elsewhere; a box that loses its legs for a moment comes back sooner."""
COME_IN = timedelta(seconds=2)
"""Who walks in the door as soon as they are seen, and is still there after so long, has come in and stopped there."""
AT_EDGE = 0.01
"""A box this near the picture's left, top or right side is leaving or entering the picture, not hidden in it."""


class Known:
    """What is remembered of a person while their track goes on, or while they are hidden."""

    __slots__ = (
        "_away_since",
        "_moved_since",
        "arriving",
        "been_inside",
        "began",
        "footing",
        "has_come_in",
        "key",
        "track",
    )

    def __init__(self, key: str, track: Track) -> None:
        self.key, self.track = key, track
        self.began = track
        """The first sight of them; not their track's where somebody else had it before."""
        self.arriving = True
        self.been_inside = False
        """They were seen to go away from every door."""
        self.has_come_in = False
        self.footing = Footing()
        self._moved_since: datetime | None = None
        self._away_since: datetime | None = None

    def see(self, track: Track, *, in_door: bool) -> None:
        """Take the newest sight."""
        began = self.began
        self.track = msgspec.structs.replace(
            track,
            first_box=began.first_box,
            first_seen=began.first_seen,
            first_frame=began.first_frame,
            frames=tuple(frame for frame in track.frames if frame >= began.first_frame),
        )
        now, has_moved = track.last_seen, heights_moved(self.track) >= MOVED_HEIGHTS
        self._moved_since = (self._moved_since or now) if has_moved else None
        self._away_since = (self._away_since or now) if has_moved and not in_door else None
        self.been_inside = self.been_inside or _held(self._away_since, now)
        self.has_come_in = self.has_come_in or self.been_inside or self._has_walked_in(now)

    def _has_walked_in(self, now: datetime) -> bool:
        by = self.began.first_seen + COME_IN
        return now >= by and self._moved_since is not None and self._moved_since <= by and _held(self._moved_since, now)


def heights_moved(track: Track) -> float:
    """Return how far somebody is from where they were first seen, in their own heights.

    Whose feet were below the picture then has come as far as the head has, too.
    """
    first, last = track.first_box, track.box
    by_feet = heights_apart(foot(first), track.foot, last)
    by_head = heights_apart(Point(0.0, first.y0), Point(0.0, last.y0), last) if first.y1 > 1 - AT_EDGE else 0.0
    return max(by_feet, by_head)


def _held(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= HELD
