"""One camera's frames on their way: decoded and given to the device by a thread of their own, taken in order."""

import threading
from collections import deque

import msgspec

from vision_workers.detectors import Finding
from vision_workers.errors import VisionError
from vision_workers.frames import Frame

CAPACITY = 8
"""Frames of one camera that may wait for the device or for their turn."""


class DetectedFrame(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A frame and what is found in it."""

    frame: Frame
    findings: tuple[Finding, ...]
    """One for each target that is looked for in it."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A recording is over: all of it, up to a corrupt part, or before it began."""

    shortfall: str | None = None
    problem: VisionError | None = None


class Lane:
    """The bounded queue of one camera; `changed` is notified whenever something may have become due."""

    def __init__(self, camera_id: str, *, live: bool, changed: threading.Condition) -> None:
        self.camera_id, self.live, self.changed = camera_id, live, changed
        self.ended = False
        """Set when its end has been taken, by the one who takes."""
        self._waiting: deque[DetectedFrame | Ended] = deque()
        self._closed = False

    def put(self, item: DetectedFrame | Ended) -> bool:
        """Wait for room and queue an item; False when nobody takes any more."""
        with self.changed:
            self.changed.wait_for(lambda: self._closed or len(self._waiting) < CAPACITY)
            if not self._closed:
                self._waiting.append(item)
                self.changed.notify_all()
            return not self._closed

    @property
    def has_room(self) -> bool:
        """Whether `put` would return at once."""
        return len(self._waiting) < CAPACITY

    @property
    def head(self) -> DetectedFrame | Ended | None:
        """The oldest item."""
        return self._waiting[0] if self._waiting else None

    def take(self) -> DetectedFrame | Ended:
        """Take the oldest item away."""
        with self.changed:
            item = self._waiting.popleft()
            self.ended = isinstance(item, Ended)
            self.changed.notify_all()
            return item

    def close(self) -> None:
        """Let whoever waits in `put` go."""
        with self.changed:
            self._closed = True
            self._waiting.clear()
            self.changed.notify_all()

    def wake(self) -> None:
        """Say that the device has an answer."""
        with self.changed:
            self.changed.notify_all()
