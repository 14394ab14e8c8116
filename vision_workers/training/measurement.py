"""How well a detector finds people: precision, recall and average precision at half overlap."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from vision_workers.frames import Detection
from vision_workers.training.labelled import Boxes

HALF = 0.5


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One frame: what is there and what a detector found."""

    people: Boxes
    unclear: Boxes
    found: Sequence[Detection]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Precision and recall at the threshold, and average precision (area under the curve) at IoU 0.5."""

    frames: int
    people: int
    precision: float
    recall: float
    average_precision: float


def measure(frames: Iterable[Judged], threshold: float) -> Figures:
    """Match each frame's detections, best first, to the people; one person answers for one detection."""
    judged = list(frames)
    marks = [mark for frame in judged for mark in _marks(frame)]
    people = sum(len(frame.people) for frame in judged)
    marks.sort(key=lambda mark: -mark[0])
    scores = np.array([score for score, _ in marks], np.float64)
    right = np.array([hit for _, hit in marks], bool)
    found = np.cumsum(right)
    precision = found / np.arange(1, len(found) + 1)
    counted = int((scores >= threshold).sum())
    hits = int(found[counted - 1]) if counted else 0
    return Figures(
        frames=len(judged),
        people=people,
        precision=hits / counted if counted else float("nan"),
        recall=hits / people if people else float("nan"),
        average_precision=_area(found / max(people, 1), precision),
    )


def _marks(frame: Judged) -> list[tuple[float, bool]]:
    free = np.ones(len(frame.people), bool)
    marks = []
    for detection in sorted(frame.found, key=lambda each: -each.confidence):
        corners = np.array([detection.box.x0, detection.box.y0, detection.box.x1, detection.box.y1])
        overlaps = np.where(free, overlap(corners, frame.people), 0.0)
        if overlaps.size and overlaps.max() >= HALF:
            free[overlaps.argmax()] = False
            marks.append((detection.confidence, True))
        elif not _unclear(corners, frame.unclear):
            marks.append((detection.confidence, False))
    return marks


def _unclear(corners: NDArray[np.float64], unclear: Boxes) -> bool:
    return bool(len(unclear)) and float(overlap(corners, unclear).max()) >= HALF


def overlap(corners: NDArray[np.float64], boxes: Boxes) -> NDArray[np.float64]:
    """Return the intersection over union of one box with each of N."""
    if not len(boxes):
        return np.zeros(0)
    inner = np.clip(np.minimum(corners[2:], boxes[:, 2:]) - np.maximum(corners[:2], boxes[:, :2]), 0, None)
    shared = inner.prod(1)
    areas = (corners[2:] - corners[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return np.asarray(shared / np.maximum(areas - shared, 1e-12), np.float64)


def _area(recall: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    """Area under the precision envelope over recall, every point (PASCAL VOC from 2010 on)."""
    if not len(recall):
        return 0.0
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(np.concatenate(([0.0], recall)))
    return float((steps * envelope).sum())
