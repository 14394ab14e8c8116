"""Keeps one id for one person in one camera."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from vision_workers.frames import Detection, Track
from vision_workers.runs import Run


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """What one frame did to the tracks."""

    tracks: tuple[Track, ...] = ()
    """Confirmed tracks that were detected in this frame."""
    lost: tuple[Track, ...] = ()
    """Confirmed tracks that were given up at this frame, as they were last seen."""


class Tracker:
    """Follows the people of one camera from frame to frame; frames must come in order.

    `threshold` is the model's own: only detections above it start a track. Weaker ones, down to half of it, still
    continue one, so the detector should hand them over too.
    """

    def __init__(self, camera_id: str, run: Run, threshold: float) -> None:
        self._camera_id, self._run, self._threshold = camera_id, run, threshold

    def update(self, frame_number: int, time: datetime, detections: Sequence[Detection]) -> Tracked:
        """Take one frame's detections from half the threshold up; a frame without any must come too."""
        return Tracked()

    def finish(self) -> tuple[Track, ...]:
        """Give up every confirmed track, because the camera ended or went dark; return them as last seen."""
        return ()
