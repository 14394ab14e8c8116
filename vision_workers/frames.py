"""One shape for each step of the way from picture to track."""

from collections.abc import Callable
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from event_store.events.event import Box, Fraction

Picture = NDArray[np.uint8]
"""Height x width x 3, BGR, 0 to 255."""


class Frame(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One picture of one camera. `time` is the camera's own time, in UTC, cut to the millisecond."""

    camera_id: str
    number: int
    """Counted from 0 by the source."""
    time: datetime
    picture: Picture


class Clothing(msgspec.Struct, frozen=True):
    """The mean colour of somebody's upper clothes, as CIE L*a*b*."""

    lightness: float
    green_red: float
    blue_yellow: float


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a detector found in one frame."""

    box: Box
    confidence: float
    clothing: Clothing | None = None
    """Of a person, where somebody looked."""


class Point(msgspec.Struct, frozen=True):
    """A point in fractions of the picture, from the top left corner."""

    x: Fraction
    y: Fraction


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One person as one camera has followed them up to now."""

    id: str
    box: Box
    """Where they were when last seen."""
    confidence: float
    """Mean of the detections behind the track, 0 to 1."""
    first_box: Box
    first_seen: datetime
    first_frame: int
    last_seen: datetime
    last_frame: int
    frames: tuple[int, ...]
    """Up to 20 frames in which they were detected, oldest first, spread over the track's life."""
    clothing: Clothing | None = None
    """Smoothed over the sights in which nobody was in front of them."""

    @property
    def foot(self) -> Point:
        """Where they stand: bottom centre of the box."""
        return foot(self.box)


def foot(box: Box) -> Point:
    """Return the bottom centre of a person's box."""
    return Point((box.x0 + box.x1) / 2, box.y1)


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One frame that was looked at for one target, and what the tracker made of it."""

    camera_id: str
    frame: int
    time: datetime
    tracks: tuple[Track, ...]
    """Confirmed tracks that were detected in this frame; none of what is not tracked."""
    lost: tuple[Track, ...]
    """Confirmed tracks that were given up at this frame, as they were last seen."""
    input_digest: Callable[[], str]
    """A function of no arguments: SHA-256 of what the detector looked at, made only when a fact needs it."""
