"""Keeps one id for one person in one camera."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from vision_workers.frames import Detection, Track
from vision_workers.runs import Run
from vision_workers.tracking.association import is_in_front, same_person
from vision_workers.tracking.followed import Followed, within_picture
from vision_workers.tracking.limits import TrackingLimits
from vision_workers.tracking.pace import Pace
from vision_workers.tracking.rounds import Pair, Rounds


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

    def __init__(self, camera_id: str, run: Run, threshold: float, limits: TrackingLimits | None = None) -> None:
        self._camera_id, self._run, self._threshold = camera_id, run, threshold
        self._limits = limits or TrackingLimits()
        self._followed: list[Followed] = []
        self._time: datetime | None = None
        self._pace = Pace()
        self._confirmed = 0

    def update(self, frame_number: int, time: datetime, detections: Sequence[Detection]) -> Tracked:
        """Take one frame's detections from half the threshold up; a frame without any must come too."""
        lost_in_pause = self._give_up(self._too_long_unseen(time))
        self._predict(time)
        inside = [msgspec.structs.replace(each, box=within_picture(each.box)) for each in detections]
        inside = [each for each in inside if each.confidence >= self._threshold / 2]
        pairs = Rounds(time, self._limits, self._threshold).pair(self._followed, inside)
        for followed, detection in pairs:
            followed.see(detection, frame_number, time, strong=detection.confidence >= self._threshold)
            if not any(is_in_front(each.box, detection.box) for each in inside if each is not detection):
                followed.wear(detection.clothing)
        lost = self._give_up(self._missed(frame_number, time))
        strong = [each for each in inside if each.confidence >= self._threshold]
        self._begin(strong, pairs, frame_number, time)
        return Tracked(tracks=self._seen(time), lost=(*lost_in_pause, *lost))

    def finish(self) -> tuple[Track, ...]:
        """Give up every confirmed track, because the camera ended or went dark; return them as last seen."""
        lost = tuple(each.track() for each in self._followed if each.id is not None)
        self._followed, self._time = [], None
        return lost

    def _predict(self, time: datetime) -> None:
        elapsed_s = 0.0 if self._time is None else (time - self._time).total_seconds()
        self._time = time
        self._pace.take(time)
        for each in self._followed:
            each.motion.predict(max(elapsed_s, 0.0))

    def _too_long_unseen(self, time: datetime) -> list[Followed]:
        """Return who may be anybody by now: nothing shows where they have been, so no frame continues them."""
        longest_s = max(self._limits.lost_s, self._limits.lost_frames * self._pace.usual_s)
        return [each for each in self._followed if each.unseen_s(time) > longest_s]

    def _missed(self, frame_number: int, time: datetime) -> list[Followed]:
        missed = self._too_long_unseen(time)
        for each in self._followed:
            flickers = each.id is None and each.missed(frame_number) > self._limits.tentative_missed
            if flickers and each.unseen_s(time) > self._limits.tentative_s and each not in missed:
                missed.append(each)
        return missed

    def _give_up(self, gone: Sequence[Followed]) -> tuple[Track, ...]:
        self._followed = [each for each in self._followed if each not in gone]
        return tuple(each.track() for each in gone if each.id is not None)

    def _begin(self, strong: Sequence[Detection], pairs: Sequence[Pair], frame_number: int, time: datetime) -> None:
        matched = [detection for _, detection in pairs]
        boxes = [detection.box for detection in matched]
        for detection in sorted(strong, key=lambda each: -each.confidence):
            known = any(detection is each for each in matched)
            if not known and not any(same_person(detection.box, box) for box in boxes):
                boxes.append(detection.box)
                self._followed.append(Followed(detection, frame_number, time))

    def _seen(self, time: datetime) -> tuple[Track, ...]:
        """Confirm who was detected often enough, and return all confirmed ones who were detected now."""
        believed = [each.box for each in self._followed if each.id is not None and each.last_seen == time]
        for each in self._followed:
            is_due = each.id is None and each.hits >= self._limits.confirm_hits
            if is_due and not any(same_person(each.box, box) for box in believed):
                self._confirmed += 1
                each.id = self._run.id("track", self._camera_id, self._confirmed)
        return tuple(each.track() for each in self._followed if each.id is not None and each.last_seen == time)
