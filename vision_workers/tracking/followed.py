"""One person as the tracker follows them."""

from datetime import datetime

from event_store.events.event import Box
from vision_workers.clothing import blended
from vision_workers.frames import Clothing, Detection, Track
from vision_workers.tracking.association import is_upper_body
from vision_workers.tracking.motion import Motion

MOST_FRAMES = 20
"""Supporting frames that evidence can hold."""


class Followed:
    """The state behind a track; it has no id until it is confirmed."""

    def __init__(self, detection: Detection, frame: int, time: datetime) -> None:
        self.id: str | None = None
        self.motion = Motion(detection.box)
        self.box = self._first_box = detection.box
        self.first_seen = self.last_seen = self.strong_seen = time
        self._first_frame = self._last_frame = frame
        self.hits = 1
        self._confidences = detection.confidence
        self._frames, self._stride = [frame], 1
        self.clothing: Clothing | None = None

    def see(self, detection: Detection, frame: int, time: datetime, *, strong: bool) -> None:
        """Take the detection that belongs to this person; a strong one is above the model's threshold."""
        self.motion.correct(detection.box)
        if self.id is None and is_upper_body(self._first_box, detection.box):
            self._first_box = detection.box  # where their feet were, a moment ago
        self.box, self.last_seen, self._last_frame = detection.box, time, frame
        self._confidences += detection.confidence
        self.strong_seen = time if strong else self.strong_seen
        if self.hits % self._stride == 0:
            self._frames.append(frame)
        self.hits += 1
        if len(self._frames) == MOST_FRAMES:
            self._frames, self._stride = self._frames[::2], self._stride * 2

    def wear(self, clothing: Clothing | None) -> None:
        """Take the colour of their clothes in a sight in which nobody else was beside them."""
        self.clothing = blended(self.clothing, clothing)

    def unseen_s(self, time: datetime) -> float:
        """Return for how many seconds they have not been detected."""
        return (time - self.last_seen).total_seconds()

    def missed(self, frame: int) -> int:
        """Return in how many frames, up to and with this one, they have not been detected."""
        return frame - self._last_frame

    def track(self) -> Track:
        """Return them as last seen; only for a confirmed one."""
        if self.id is None:
            raise ValueError("a track that is not confirmed has no id")
        frames = self._frames if self._frames[-1] == self._last_frame else [*self._frames, self._last_frame]
        return Track(
            id=self.id,
            box=self.box,
            confidence=self._confidences / self.hits,
            first_box=self._first_box,
            first_seen=self.first_seen,
            first_frame=self._first_frame,
            last_seen=self.last_seen,
            last_frame=self._last_frame,
            frames=tuple(frames),
            clothing=self.clothing,
        )


def within_picture(box: Box) -> Box:
    """Return the part of a box that lies in the picture, so that feet are never outside of it."""
    x0, x1 = (min(max(x, 0.0), 1.0) for x in (box.x0, box.x1))
    y0, y1 = (min(max(y, 0.0), 1.0) for y in (box.y0, box.y1))
    return Box(x0=x0, y0=y0, x1=x1, y1=y1)
