"""YOLOX's undecoded output (Ge et al., 2021): offsets from a grid, logarithms of sizes, and overlapping boxes."""

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

STRIDES_PX = (8, 16, 32)
FLOOR_SCORE = 0.05
"""Nothing below this is worth suppressing: no threshold is as low."""
OVERLAP = 0.45
"""Intersection over union from which two boxes of a class are one thing; the value of the original demo."""


def cells(width: int, height: int) -> int:
    """Return the number of grid cells over all strides."""
    return sum((width // stride) * (height // stride) for stride in STRIDES_PX)


@functools.cache
def _grid(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    corners, strides = [], []
    for stride in STRIDES_PX:
        xs, ys = np.meshgrid(np.arange(width // stride), np.arange(height // stride))
        corners.append(np.stack((xs.ravel(), ys.ravel()), axis=1))
        strides.append(np.full((xs.size, 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def decode(output: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Return candidates (see heads.py) of an N x (5 + classes) output for an input of that size in pixels."""
    classes = output[:, 5:].argmax(axis=1)
    scores = output[:, 4] * output[np.arange(len(output)), 5 + classes]
    kept = np.flatnonzero(scores >= FLOOR_SCORE)
    corners, strides = _grid(width, height)
    centres = (output[kept, :2] + corners[kept]) * strides[kept]
    sizes = np.exp(output[kept, 2:4]) * strides[kept]
    boxes = np.concatenate((centres - sizes / 2, sizes), axis=1).astype(np.float32, copy=False)
    chosen = cv2.dnn.NMSBoxesBatched(
        boxes.tolist(), scores[kept].tolist(), classes[kept].tolist(), FLOOR_SCORE, OVERLAP
    )
    order = np.asarray(chosen, dtype=np.intp).ravel()
    size = np.array((width, height), np.float32)
    x0y0 = boxes[order, :2] / size
    x1y1 = (boxes[order, :2] + boxes[order, 2:]) / size
    return np.column_stack((x0y0, x1y1, scores[kept][order], classes[kept][order])).astype(np.float32, copy=False)
