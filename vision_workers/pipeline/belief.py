"""Whether a model can be believed: one that sees crowds where hardly anybody ever moves is flooding."""

from collections import deque
from collections.abc import Iterable
from enum import Enum

import msgspec

from vision_workers.frames import Track


class Belief(Enum):
    """What to do with a model's facts."""

    BELIEVED = "believed"
    DOUBTED = "doubted"
    """Hold them back until more frames have been seen."""
    SUSPECT = "suspect"


class FloodLimits(msgspec.Struct, frozen=True, kw_only=True):
    """From when detections are a flood. A published INT8 file was seen to report 150 people where there were three."""

    crowd: float = 25.0
    """Detections a frame that need people who move behind them."""
    matched_share: float = 0.05
    """Share of a crowd's detections that belong to people who have moved; a flood has less."""
    impossible: float = 90.0
    """Detections a frame that no shop camera can show, moving or not."""
    frames: int = 60
    """Frames that decide."""


class Suspicion:
    """Weighs one camera's detections; a model that was found suspect stays so for the run."""

    def __init__(self, limits: FloodLimits | None = None) -> None:
        self._limits = limits or FloodLimits()
        self._window: deque[tuple[int, int]] = deque(maxlen=self._limits.frames)
        self._suspect = False

    @property
    def detections_per_frame(self) -> float:
        """Mean over the last frames."""
        return sum(found for found, _ in self._window) / max(len(self._window), 1)

    @property
    def matched_share(self) -> float:
        """Share of the detections that matched a track that moved, 0 to 1."""
        return sum(matched for _, matched in self._window) / max(sum(found for found, _ in self._window), 1)

    def weigh(self, found: int, tracks: Iterable[Track]) -> Belief:
        """Take one frame's number of detections and the tracks that they matched."""
        self._window.append((found, sum(map(has_moved, tracks))))
        if not self._flooding():
            return Belief.SUSPECT if self._suspect else Belief.BELIEVED
        self._suspect = self._suspect or len(self._window) == self._limits.frames
        return Belief.SUSPECT if self._suspect else Belief.DOUBTED

    def _flooding(self) -> bool:
        mean = self.detections_per_frame
        nobody_moves = mean > self._limits.crowd and self.matched_share < self._limits.matched_share
        return nobody_moves or mean > self._limits.impossible


def has_moved(track: Track) -> bool:
    """Tell whether a person has left the spot where they were first seen, by half their own size."""
    first, last = track.first_box, track.box
    width, height = first.x1 - first.x0, first.y1 - first.y0
    sideways = abs(last.x0 + last.x1 - first.x0 - first.x1) / 2
    return sideways > width / 2 or abs(last.y1 - first.y1) > height / 2
