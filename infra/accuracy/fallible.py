"""A detector that errs as real ones do, for scenes whose truth is known; repeatable by seed."""

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from event_store.events.event import Box
from vision_workers.frames import Detection

THRESHOLD = 0.4
STRONG, WEAK, FALSE = 0.85, 0.3, 0.5
"""Confidences that it gives."""


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """How it errs."""

    missed: float = 0.07
    """Share of the people in sight who are not found."""
    weak: float = 0.1
    """Share that is found with a confidence below the threshold; so is everybody of whom less than half is seen."""
    hidden: float = 0.3
    """Of whom less than this is seen is not found."""
    jitter: float = 0.03
    """Spread of a box's edges, in box sizes."""
    false_per_frame: float = 0.02


def found(people: Iterable[tuple[Box, float]], faults: Faults, rng: np.random.Generator) -> Iterator[Detection]:
    """Yield what it finds of people in one frame, each given by box and visible share."""
    for box, visible in people:
        luck, noise = rng.random(), rng.normal(0.0, faults.jitter, 4)
        if visible < faults.hidden or luck < faults.missed:
            continue
        weak = luck < faults.missed + faults.weak or visible < 0.5  # noqa: PLR2004 - a half, as documented above
        if (seen := _shaken(box, noise)) is not None:
            yield Detection(box=seen, confidence=WEAK if weak else STRONG)
    if rng.random() < faults.false_per_frame:
        x, y = float(rng.uniform(0, 0.9)), float(rng.uniform(0.1, 0.6))
        yield Detection(box=Box(x0=x, y0=y, x1=x + 0.06, y1=y + 0.3), confidence=FALSE)


def _shaken(box: Box, noise: np.ndarray) -> Box | None:
    size = np.array([box.x1 - box.x0, box.y1 - box.y0] * 2)
    edges = np.clip(np.array([box.x0, box.y0, box.x1, box.y1]) + noise * size, 0, 1)
    x0, y0, x1, y1 = (float(edge) for edge in edges)
    return Box(x0=x0, y0=y0, x1=x1, y1=y1) if x1 - x0 > 1e-3 and y1 - y0 > 1e-2 else None  # noqa: PLR2004 - slivers
