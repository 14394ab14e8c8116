"""The rounds in which tracks and the detections of one frame find each other, in order of trust."""

from collections.abc import Callable, Sequence
from datetime import datetime

from event_store.events.event import Box
from vision_workers.clothing import OTHER_CLOTHES, colours_apart
from vision_workers.frames import Detection
from vision_workers.tracking.association import height_ratio, match, overlap, same_person, size_ratio
from vision_workers.tracking.followed import Followed
from vision_workers.tracking.limits import TrackingLimits

Pair = tuple[Followed, Detection]
SOME = 1e-6
"""More than no likeness."""


class Rounds:
    """One frame's matching; every track and every detection is in one pair at most.

    First everybody confirmed, seen a moment ago or hidden, is looked for where they are expected; so nobody who is
    missed for a frame loses their place to a neighbour. Weak detections take part for who was just seen, at once and
    not after the strong ones as in Zhang et al., ByteTrack (2022): else a half-hidden person takes a stranger's strong
    detection before their own weak one. Only then may somebody be farther off, and last come unconfirmed tracks.
    """

    def __init__(self, time: datetime, limits: TrackingLimits, threshold: float) -> None:
        self._time, self._limits, self._threshold = time, limits, threshold

    def pair(self, followed: Sequence[Followed], detections: Sequence[Detection]) -> list[Pair]:
        """Return who was detected where."""
        least = self._limits.far_overlap
        confirmed = [each for each in followed if each.id is not None]
        tentative = [each for each in followed if each.id is None]
        near = _matched(confirmed, detections, self._near, least=SOME)
        missing, free = _rest(confirmed, [each for each in detections if self._is_strong(each)], near)
        far = _matched(missing, free, self._far, least)
        _, free = _rest(missing, free, far)
        new = _matched(tentative, free, self._far, least)
        _, free = _rest(tentative, free, new)
        return self._completed([*near, *far, *new], free)

    def _completed(self, pairs: Sequence[Pair], free: list[Detection]) -> list[Pair]:
        """Take the whole person instead of a part that is only weakly found, where nobody else has taken them."""
        completed: list[Pair] = []
        for followed, detection in pairs:
            weak = not self._is_strong(detection)
            whole = next((each for each in free if weak and same_person(detection.box, each.box)), None)
            if whole is not None:
                free.remove(whole)
            completed.append((followed, whole or detection))
        return completed

    def _is_strong(self, detection: Detection) -> bool:
        return detection.confidence >= self._threshold

    def _near(self, followed: Followed, detection: Detection) -> float:
        if not self._same_size(followed, detection.box):
            return 0.0
        expected = followed.motion.box
        likeness = overlap(expected, detection.box)
        if not self._is_strong(detection):
            likeness *= self._limits.weak_worth if self._may_continue_weakly(followed) else 0.0
        if likeness < self._limits.near_overlap:
            return 0.0
        worth = 1.0 - self._limits.hidden_worth_per_s * min(1.0, followed.unseen_s(self._time))
        # people who hide one another differ in height sooner than in place (Yang et al., Hybrid-SORT, 2024)
        likeness *= worth * height_ratio(expected, detection.box)
        apart = min(1.0, colours_apart(followed.clothing, detection.clothing) / OTHER_CLOTHES)
        if apart == 1.0 and followed.unseen_s(self._time) > self._limits.tentative_s:
            return 0.0  # who comes out in other clothes is somebody else
        return likeness * (1.0 - self._limits.clothes_worth * apart)

    def _far(self, followed: Followed, detection: Detection) -> float:
        if not self._same_size(followed, detection.box):
            return 0.0
        limits = self._limits
        if colours_apart(followed.clothing, detection.clothing) >= OTHER_CLOTHES:
            return 0.0
        per_s = limits.margin_per_s if followed.id is not None else limits.new_margin_per_s
        margin = per_s * followed.unseen_s(self._time)
        return overlap(followed.motion.box, detection.box, min(margin, limits.widest_margin))

    def _same_size(self, followed: Followed, box: Box) -> bool:
        # somebody who has just come into the picture grows faster than any limit
        if followed.id is None:
            return True
        alike = height_ratio(followed.box, box) >= self._limits.least_height_ratio
        return alike and size_ratio(followed.box, box) >= self._limits.least_size_ratio

    def _may_continue_weakly(self, followed: Followed) -> bool:
        strong_s = (self._time - followed.strong_seen).total_seconds()
        return followed.unseen_s(self._time) <= self._limits.tentative_s and strong_s <= self._limits.weak_s


def _matched(
    followed: Sequence[Followed],
    detections: Sequence[Detection],
    likeness: Callable[[Followed, Detection], float],
    least: float,
) -> list[Pair]:
    table = [[likeness(each, detection) for detection in detections] for each in followed]
    return [(followed[row], detections[column]) for row, column in match(table, least)]


def _rest(
    followed: Sequence[Followed], detections: Sequence[Detection], pairs: Sequence[Pair]
) -> tuple[list[Followed], list[Detection]]:
    taken = {id(each) for pair in pairs for each in pair}
    return [each for each in followed if id(each) not in taken], [each for each in detections if id(each) not in taken]
