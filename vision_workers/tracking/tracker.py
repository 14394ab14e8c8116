"""Keeps one id for one person in one camera."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from event_store.events import Box
from vision_workers.frames import Detection, Track
from vision_workers.runs import Run
from vision_workers.tracking.association import match, overlap, same_person, size_ratio
from vision_workers.tracking.followed import Followed, within_picture


class TrackingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When a detection continues a track; in seconds and shares of the person's own box, never in pixels."""

    confirm_hits: int = 3
    """Detections before a track is believed; what flickers for one or two frames never is."""
    tentative_s: float = 0.3
    """An unconfirmed track that is missed for longer is dropped."""
    lost_s: float = 2.0
    """A confirmed track that is missed for longer is given up: longer than one person takes to pass another."""
    margin: float = 0.15
    """Growth of both boxes, in box sizes, when they are compared from one frame to the next."""
    margin_per_s: float = 0.5
    """Further growth for each second unseen: slower than a walk, since the expected motion is known."""
    widest_margin: float = 0.6
    least_overlap: float = 0.15
    """Intersection over union of the grown boxes."""
    weak_overlap: float = 0.5
    """The same without growth, for detections below the model's threshold; ByteTrack's own limit."""
    weak_s: float = 1.0
    """Longer than this, weak detections alone do not keep a track: a ghost in the furniture has nothing else."""
    least_size_ratio: float = 0.4
    """Areas of the smaller and the larger box from one sight of a confirmed track to the next."""


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """What one frame did to the tracks."""

    tracks: tuple[Track, ...] = ()
    """Confirmed tracks that were detected in this frame."""
    lost: tuple[Track, ...] = ()
    """Confirmed tracks that were given up at this frame, as they were last seen."""


class Tracker:
    """Follows the people of one camera from frame to frame; frames must come in order.

    `threshold` is the model's own: only detections above it start a track. Weaker ones, down to half of it, still
    continue one, so the detector should hand them over too. Two rounds of matching, strong detections first: Zhang
    et al., ByteTrack (2022).
    """

    def __init__(self, camera_id: str, run: Run, threshold: float, limits: TrackingLimits | None = None) -> None:
        self._camera_id, self._run, self._threshold = camera_id, run, threshold
        self._limits = limits or TrackingLimits()
        self._followed: list[Followed] = []
        self._time: datetime | None = None
        self._confirmed = 0

    def update(self, frame_number: int, time: datetime, detections: Sequence[Detection]) -> Tracked:
        """Take one frame's detections from half the threshold up; a frame without any must come too."""
        self._predict(time)
        inside = [msgspec.structs.replace(each, box=within_picture(each.box)) for each in detections]
        strong = [each for each in inside if each.confidence >= self._threshold]
        weak = [each for each in inside if self._threshold / 2 <= each.confidence < self._threshold]
        pairs = self._strong_pairs(strong, time)
        taken = {id(detection) for _, detection in pairs}
        missing = [each for each in self._followed if each not in {followed for followed, _ in pairs}]
        pairs += self._weak_pairs(missing, weak, time)
        for followed, detection in pairs:
            followed.see(detection, frame_number, time)
            if detection.confidence >= self._threshold:
                followed.strong_seen = time
        seen = {followed for followed, _ in pairs}
        lost = self._give_up(seen, time)
        boxes = [detection.box for _, detection in pairs]
        for detection in sorted(strong, key=lambda each: -each.confidence):
            if id(detection) not in taken and not any(same_person(detection.box, box) for box in boxes):
                boxes.append(detection.box)
                self._followed.append(Followed(detection, frame_number, time))
        return Tracked(tracks=tuple(each.track() for each in self._confirm(seen)), lost=lost)

    def finish(self) -> tuple[Track, ...]:
        """Give up every confirmed track, because the camera ended or went dark; return them as last seen."""
        lost = tuple(each.track() for each in self._followed if each.id is not None)
        self._followed, self._time = [], None
        return lost

    def _predict(self, time: datetime) -> None:
        elapsed_s = 0.0 if self._time is None else (time - self._time).total_seconds()
        self._time = time
        for each in self._followed:
            each.motion.predict(max(elapsed_s, 0.0))

    def _strong_pairs(self, strong: list[Detection], time: datetime) -> list[tuple[Followed, Detection]]:
        """Match in order of trust: who was seen a moment ago, who is hidden, and last what is not confirmed yet."""
        pairs: list[tuple[Followed, Detection]] = []
        recent = [each for each in self._followed if each.id is not None and each.misses == 0]
        hidden = [each for each in self._followed if each.id is not None and each.misses > 0]
        tentative = [each for each in self._followed if each.id is None]
        for group in (recent, hidden, tentative):
            taken = {id(detection) for _, detection in pairs}
            free = [each for each in strong if id(each) not in taken]
            likeness = [[self._likeness(each, detection.box, time) for detection in free] for each in group]
            matched = match(likeness, self._limits.least_overlap)
            pairs += [(group[row], free[column]) for row, column in matched]
        return pairs

    def _likeness(self, followed: Followed, box: Box, time: datetime) -> float:
        if followed.id is not None and size_ratio(followed.box, box) < self._limits.least_size_ratio:
            return 0.0
        margin = self._limits.margin + self._limits.margin_per_s * followed.unseen_s(time)
        return overlap(followed.motion.box, box, min(margin, self._limits.widest_margin))

    def _weak_pairs(
        self, missing: list[Followed], weak: list[Detection], time: datetime
    ) -> list[tuple[Followed, Detection]]:
        """Continue confirmed tracks that were just seen; a weak detection is no reason to revive a hidden one."""
        recent = [each for each in missing if each.id is not None and self._may_continue_weakly(each, time)]
        likeness = [[overlap(each.motion.box, detection.box) for detection in weak] for each in recent]
        return [(recent[row], weak[column]) for row, column in match(likeness, self._limits.weak_overlap)]

    def _may_continue_weakly(self, followed: Followed, time: datetime) -> bool:
        strong_s = (time - followed.strong_seen).total_seconds()
        return followed.unseen_s(time) <= self._limits.tentative_s and strong_s <= self._limits.weak_s

    def _give_up(self, seen: set[Followed], time: datetime) -> tuple[Track, ...]:
        lost: list[Track] = []
        kept: list[Followed] = []
        for each in self._followed:
            each.misses = 0 if each in seen else each.misses + 1
            patience_s = self._limits.tentative_s if each.id is None else self._limits.lost_s
            if each in seen or each.unseen_s(time) <= patience_s:
                kept.append(each)
            elif each.id is not None:
                lost.append(each.track())
        self._followed = kept
        return tuple(lost)

    def _confirm(self, seen: set[Followed]) -> list[Followed]:
        for each in self._followed:
            if each.id is None and each.hits >= self._limits.confirm_hits:
                self._confirmed += 1
                each.id = self._run.id("track", self._camera_id, self._confirmed)
        return [each for each in self._followed if each in seen and each.id is not None]
