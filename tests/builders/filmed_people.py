"""Detections of people who walk in front of a camera, as a fallible detector reports them; repeatable by seed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from event_store.events.event import Box
from vision_workers.frames import Detection, Track
from vision_workers.runs import Run
from vision_workers.tracking import Tracker

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RUN = Run(b"a run of the test")
THRESHOLD = 0.4


def detection(x: float, y: float, *, height: float = 0.4, width: float = 0.12, confidence: float = 0.9) -> Detection:
    """Return a person whose feet are at (x, y)."""
    return Detection(box=Box(x0=x - width / 2, y0=y - height, x1=x + width / 2, y1=y), confidence=confidence)


class Tracking:
    """Plays detections to a tracker, frame by frame."""

    def __init__(self, *, fps: float = 10) -> None:
        self.tracker = Tracker("entrance", RUN, THRESHOLD)
        self.seen: list[dict[str, Track]] = []
        """By frame: the tracks, by id."""
        self.lost: list[Track] = []
        self._interval = timedelta(seconds=1 / fps)

    @property
    def ids(self) -> set[str]:
        """Every track that was ever confirmed."""
        return set().union(*self.seen)

    def frame(self, *detections: Detection) -> dict[str, Track]:
        """Film one frame."""
        number = len(self.seen)
        tracked = self.tracker.update(number, NOON + number * self._interval, detections)
        self.seen.append({track.id: track for track in tracked.tracks})
        self.lost += tracked.lost
        return self.seen[-1]

    def frames(self, count: int, *detections: Detection) -> None:
        """Film the same for a number of frames."""
        for _ in range(count):
            self.frame(*detections)

    def walk(self, *path: tuple[float, float], frames: int, confidence: float = 0.9) -> None:
        """Film one person who walks from one place to another."""
        (x0, y0), (x1, y1) = path
        for number in range(frames):
            share = number / max(1, frames - 1)
            self.frame(detection(x0 + share * (x1 - x0), y0 + share * (y1 - y0), confidence=confidence))


def visible(boxes: Mapping[str, Box], least: float = 0.4) -> Sequence[str]:
    """Return the names of those of whom enough can be seen; nearer people, lower in the picture, hide others."""
    return [name for name, box in boxes.items() if _visible_share(box, boxes.values()) >= least]


def _visible_share(box: Box, others: Iterable[Box]) -> float:
    area = (box.x1 - box.x0) * (box.y1 - box.y0)
    hidden = 0.0
    for other in others:
        if other.y1 > box.y1:
            wide = max(0.0, min(box.x1, other.x1) - max(box.x0, other.x0))
            high = max(0.0, min(box.y1, other.y1) - max(box.y0, other.y0))
            hidden = max(hidden, wide * high)
    return 1 - hidden / area
