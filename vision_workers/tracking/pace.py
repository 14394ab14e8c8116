"""How often a camera sends frames."""

from collections import deque
from datetime import datetime
from statistics import median

RECENT = 9
"""Frames from which the pace is taken; a pause among them changes nothing."""


class Pace:
    """The usual time between two frames, whatever pauses a camera, a recorder or a network makes."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._gaps_s: deque[float] = deque(maxlen=RECENT)

    def take(self, time: datetime) -> None:
        """Take the time of a frame."""
        if self._last is not None:
            self._gaps_s.append((time - self._last).total_seconds())
        self._last = time

    @property
    def usual_s(self) -> float:
        """Seconds from one frame to the next; 0 while nobody can know."""
        return median(self._gaps_s) if self._gaps_s else 0.0
