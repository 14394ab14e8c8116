"""Whether a camera's pictures show anything: not all black, not of one colour, not the same for ever."""

from datetime import datetime, timedelta

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from event_store.events.workers import Obstruction
from vision_workers.frames import Frame, Picture

LOOK_EVERY = timedelta(seconds=1)
PATIENCE: dict[Obstruction, timedelta] = {
    "black": timedelta(seconds=10),
    "covered": timedelta(seconds=10),
    "frozen": timedelta(seconds=30),
}
"""How long it must be so. A video that is compressed hard repeats a still picture for up to some seconds."""
BLOCKS = (16, 9)
"""Noise is averaged out over blocks of the picture."""
MIDDLE_PERCENT = (10, 90)
"""A clock or a name that the camera writes into the picture stays outside."""
FLAT, DARK = 8.0, 32.0
"""Of 255: by how much the blocks of one colour differ at most, and how bright black is at most."""
POINTS = 64
"""Lines and columns of a picture that are compared with the one before."""


class Obscured(msgspec.Struct, frozen=True):
    """What a camera's pictures lack, and since when."""

    how: Obstruction
    since: datetime

    def __str__(self) -> str:
        words = {"black": "is black", "covered": "is of one colour", "frozen": "does not change"}
        return f"its picture {words[self.how]} since {self.since:%H:%M:%S}; look at the camera"


class Sight:
    """Looks at one camera's pictures once a second."""

    def __init__(self) -> None:
        self.obscured: Obscured | None = None
        """What they lack now."""
        self._looked_at: datetime | None = None
        self._points: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._since: dict[Obstruction, datetime] = {}

    def look(self, frame: Frame) -> None:
        """Take a frame; most cost nothing."""
        last = self._looked_at
        if last is not None and timedelta() <= frame.time - last < LOOK_EVERY:
            return
        signs = self._signs(frame.picture)
        if last is None or not timedelta() <= frame.time - last < min(PATIENCE.values()):
            self._since.clear()
            last = frame.time
        began: dict[Obstruction, datetime] = {"black": frame.time, "covered": frame.time, "frozen": last}
        self._since = {sign: self._since.get(sign, began[sign]) for sign in signs}
        self._looked_at = frame.time
        lasting = [Obscured(sign, since) for sign, since in self._since.items() if frame.time - since >= PATIENCE[sign]]
        self.obscured = next(iter(lasting), None)

    def _signs(self, picture: Picture) -> list[Obstruction]:
        step = max(min(picture.shape[:2]) // POINTS, 1)
        points, self._points = self._points, picture[::step, ::step].copy()
        blocks = np.asarray(cv2.resize(self._points, BLOCKS, interpolation=cv2.INTER_AREA), np.float32)
        low, high = np.percentile(blocks, MIDDLE_PERCENT, axis=(0, 1))
        signs: list[Obstruction] = []
        if (high - low).max() <= FLAT:
            signs.append("black" if high.max() <= DARK else "covered")
        if np.array_equal(points, self._points):
            signs.append("frozen")
        return signs
