"""Whether a model can be believed: one that sees crowds where hardly anybody ever moves is flooding."""

from collections import deque
from collections.abc import Iterable
from enum import Enum

import msgspec

from vision_workers.frames import Track

FORGIVEN = 3


class Belief(Enum):
    """What to do with a model's facts."""

    BELIEVED = "believed"
    DOUBTED = "doubted"
    """Hold them back until more frames have been seen."""
    SUSPECT = "suspect"
    """Withhold them until the doubt has ended."""


class FloodLimits(msgspec.Struct, frozen=True, kw_only=True):
    """From when detections are a flood. A published INT8 file was seen to report 150 people where there were three."""

    crowd: int = 20
    """Detections in a frame from which there must be people who move among them."""
    moving_share: float = 0.15
    """Share of a crowd's detections that belong to people who have moved; a flood has less: 0.03 to 0.12, measured with
    four published models whose thresholds were taken away."""
    impossible: int = 90
    """Detections that no shop camera can show, moving or not."""
    frames: int = 60
    """Frames of doubt that make certainty; each frame without doubt takes three of them away."""


class Suspicion:
    """Weighs one camera's detections; a model that was found suspect stays so until nothing is doubtful any more."""

    def __init__(self, limits: FloodLimits | None = None) -> None:
        self._limits = limits or FloodLimits()
        self._recent: deque[tuple[int, int]] = deque(maxlen=self._limits.frames)
        self._doubts = 0
        self._is_suspect = False

    @property
    def detections_per_frame(self) -> float:
        """Mean over the last frames."""
        return sum(found for found, _ in self._recent) / max(len(self._recent), 1)

    @property
    def matched_share(self) -> float:
        """Share of the detections of the last frames that matched a track that moved, 0 to 1."""
        return sum(matched for _, matched in self._recent) / max(sum(found for found, _ in self._recent), 1)

    def weigh(self, found: int, tracks: Iterable[Track]) -> Belief:
        """Take one frame's number of detections and the tracks that they matched."""
        self._recent.append((found, sum(map(has_moved, tracks))))
        nobody_moves = found > self._limits.crowd and self.matched_share < self._limits.moving_share
        if nobody_moves or found > self._limits.impossible:
            self._doubts = min(self._doubts + 1, self._limits.frames)
        else:
            self._doubts = max(self._doubts - FORGIVEN, 0)
        self._is_suspect = self._doubts >= self._limits.frames or (self._is_suspect and self._doubts > 0)
        if self._is_suspect:
            return Belief.SUSPECT
        return Belief.DOUBTED if self._doubts else Belief.BELIEVED

    def conclude(self) -> Belief:
        """Decide what is still in doubt at the end: against a model whose last frames were a flood."""
        suspect = self._doubts > 0 and self._doubts * 2 >= len(self._recent)
        return Belief.SUSPECT if suspect else Belief.BELIEVED


def has_moved(track: Track) -> bool:
    """Tell whether a person has left the spot where they were first seen, by their own size."""
    first, last = track.first_box, track.box
    width, height = first.x1 - first.x0, first.y1 - first.y0
    sideways = abs(last.x0 + last.x1 - first.x0 - first.x1) / 2
    return sideways > width or abs(last.y1 - first.y1) > height
