"""Whether a model can be believed: one that sees crowds where hardly anybody ever moves is flooding."""

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

    crowd: int = 25
    """Detections in a frame from which there must be people who move among them."""
    moving_share: float = 0.05
    """Share of a crowd's detections that belong to people who have moved; a flood has less."""
    impossible: int = 90
    """Detections that no shop camera can show, moving or not."""
    frames: int = 60
    """Frames in a row after which doubt is certainty."""


class Suspicion:
    """Weighs one camera's detections; a model that was found suspect stays so for the run."""

    def __init__(self, limits: FloodLimits | None = None) -> None:
        self._limits = limits or FloodLimits()
        self._doubted: list[tuple[int, int]] = []
        self._suspect = False

    @property
    def detections_per_frame(self) -> float:
        """Mean since the doubt began."""
        return sum(found for found, _ in self._doubted) / max(len(self._doubted), 1)

    @property
    def matched_share(self) -> float:
        """Share of the detections since then that matched a track that moved, 0 to 1."""
        return sum(matched for _, matched in self._doubted) / max(sum(found for found, _ in self._doubted), 1)

    def weigh(self, found: int, tracks: Iterable[Track]) -> Belief:
        """Take one frame's number of detections and the tracks that they matched."""
        if self._suspect:
            return Belief.SUSPECT
        matched = sum(map(has_moved, tracks))
        nobody_moves = found > self._limits.crowd and matched < found * self._limits.moving_share
        if not nobody_moves and found <= self._limits.impossible:
            self._doubted.clear()
            return Belief.BELIEVED
        self._doubted.append((found, matched))
        self._suspect = len(self._doubted) >= self._limits.frames
        return Belief.SUSPECT if self._suspect else Belief.DOUBTED


def has_moved(track: Track) -> bool:
    """Tell whether a person has left the spot where they were first seen, by half their own size."""
    first, last = track.first_box, track.box
    width, height = first.x1 - first.x0, first.y1 - first.y0
    sideways = abs(last.x0 + last.x1 - first.x0 - first.x1) / 2
    return sideways > width / 2 or abs(last.y1 - first.y1) > height / 2
