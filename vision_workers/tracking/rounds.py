"""The rounds in which tracks and the detections of one frame find each other, in order of trust."""

from collections.abc import Callable, Sequence
from datetime import datetime

from event_store.events import Box
from vision_workers.frames import Detection
from vision_workers.tracking.association import match, overlap, size_ratio
from vision_workers.tracking.followed import Followed
from vision_workers.tracking.limits import TrackingLimits

Pair = tuple[Followed, Detection]


class Rounds:
    """One frame's matching; every track and every detection is in one pair at most.

    Strong detections go first to whoever is expected there, seen a moment ago or hidden; so nobody who is missed for
    a frame loses their place to a neighbour. Then weak ones continue who was just seen, as in Zhang et al., ByteTrack
    (2022). Only then may somebody be farther off than expected, and last come tracks that are not confirmed.
    """

    def __init__(self, time: datetime, limits: TrackingLimits) -> None:
        self._time, self._limits = time, limits

    def pair(self, followed: Sequence[Followed], strong: list[Detection], weak: list[Detection]) -> list[Pair]:
        """Return who was detected where."""
        limits = self._limits
        confirmed = [each for each in followed if each.id is not None]
        tentative = [each for each in followed if each.id is None]
        near = _matched(confirmed, strong, self._near, limits.near_overlap)
        missing, free = _rest(confirmed, strong, near)
        lately = [each for each in missing if self._may_continue_weakly(each)]
        weakly = _matched(lately, weak, self._near, limits.weak_overlap)
        missing, _ = _rest(missing, weak, weakly)
        far = _matched(missing, free, self._far, limits.far_overlap)
        _, free = _rest(missing, free, far)
        return [*near, *weakly, *far, *_matched(tentative, free, self._far, limits.far_overlap)]

    def _near(self, followed: Followed, box: Box) -> float:
        return overlap(followed.motion.box, box) if self._same_size(followed, box) else 0.0

    def _far(self, followed: Followed, box: Box) -> float:
        if not self._same_size(followed, box):
            return 0.0
        margin = self._limits.margin + self._limits.margin_per_s * followed.unseen_s(self._time)
        return overlap(followed.motion.box, box, min(margin, self._limits.widest_margin))

    def _same_size(self, followed: Followed, box: Box) -> bool:
        # somebody who has just come into the picture grows faster than any limit
        return followed.id is None or size_ratio(followed.box, box) >= self._limits.least_size_ratio

    def _may_continue_weakly(self, followed: Followed) -> bool:
        strong_s = (self._time - followed.strong_seen).total_seconds()
        return followed.unseen_s(self._time) <= self._limits.tentative_s and strong_s <= self._limits.weak_s


def _matched(
    followed: Sequence[Followed],
    detections: Sequence[Detection],
    likeness: Callable[[Followed, Box], float],
    least: float,
) -> list[Pair]:
    table = [[likeness(each, detection.box) for detection in detections] for each in followed]
    return [(followed[row], detections[column]) for row, column in match(table, least)]


def _rest(
    followed: Sequence[Followed], detections: Sequence[Detection], pairs: Sequence[Pair]
) -> tuple[list[Followed], list[Detection]]:
    taken = {id(each) for pair in pairs for each in pair}
    return [each for each in followed if id(each) not in taken], [each for each in detections if id(each) not in taken]
