"""Boxes in the forms that networks give, overlapping ones among them."""

import cv2
import numpy as np

from vision_workers.heads.head import Candidates, InputSize, Values

FLOOR_SCORE = 0.05
"""Nothing below this is worth suppressing: no threshold is as low."""
OVERLAP = 0.45
"""Intersection over union from which two boxes of a class are one thing. The value of YOLO's and YOLOX's own demos."""
LARGEST_FRACTION = 2.0
"""Boxes in fractions of the picture stay below this, and boxes in pixels do not."""
TOLERANCE = 1e-2
"""By how much a score in half precision may miss the range 0 to 1."""


def corners(centred: Values) -> Values:
    """Return x0, y0, x1, y1 of boxes that are given by their centre, width and height."""
    boxes: Values = centred.astype(np.float32, copy=True)
    boxes[:, :2] -= boxes[:, 2:] / 2
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def fractions(boxes: Values, size: InputSize) -> Values:
    """Return boxes in pixels as fractions of the input."""
    pixels = np.array((size.width, size.height, size.width, size.height), np.float32)
    return np.asarray(boxes / pixels, np.float32)


def candidates(boxes: Values, scores: Values, classes: Values) -> Candidates:
    """Put boxes in fractions, their scores and their classes side by side."""
    return np.column_stack((boxes, scores, classes)).astype(np.float32, copy=False)


def best_of(centred: Values, scores: Values, size: InputSize) -> Candidates:
    """Return one candidate for each thing.

    Takes N boxes in pixels by centre, width and height, and N x classes scores. Of boxes of one class that overlap the
    one with the highest score stays.
    """
    classes = scores.argmax(axis=1)
    best = scores[np.arange(len(scores)), classes]
    kept = np.flatnonzero(best >= FLOOR_SCORE)
    boxes = centred[kept].astype(np.float32, copy=True)
    boxes[:, :2] -= boxes[:, 2:] / 2
    chosen = cv2.dnn.NMSBoxesBatched(boxes.tolist(), best[kept].tolist(), classes[kept].tolist(), FLOOR_SCORE, OVERLAP)
    order = np.asarray(chosen, dtype=np.intp).ravel()
    boxes[:, 2:] += boxes[:, :2]
    return candidates(fractions(boxes[order], size), best[kept][order], classes[kept][order])


def doubt_scores(scores: Values) -> str | None:
    """Say that values are no probabilities."""
    if scores.size and (scores.min() < -TOLERANCE or scores.max() > 1 + TOLERANCE):
        return f"it gives {scores.min():.3g} to {scores.max():.3g} where scores from 0 to 1 belong"
    return None


def doubt_pixels(boxes: Values) -> str | None:
    """Say that boxes are fractions where pixels belong."""
    if boxes.size and 0 < np.abs(boxes).max() <= LARGEST_FRACTION:
        return "it gives boxes in fractions of the picture where pixels belong"
    return None


def doubt_fractions(boxes: Values) -> str | None:
    """Say that boxes are pixels where fractions belong."""
    if boxes.size and np.abs(boxes).max() > LARGEST_FRACTION:
        return "it gives boxes in pixels where fractions of the picture belong"
    return None
