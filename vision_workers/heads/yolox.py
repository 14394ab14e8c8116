"""YOLOX's undecoded output (Ge et al., 2021): offsets from a grid, logarithms of sizes, and overlapping boxes."""

import functools
from collections.abc import Sequence

import numpy as np

from vision_workers.heads import boxes
from vision_workers.heads.grids import STRIDES_PX, cells
from vision_workers.heads.head import Candidates, Head, InputSize, Port, Values

BOX_AND_OBJECT = 5
LARGEST_OFFSET = 10.0
"""Offsets and logarithms stay well below this, decoded pixels do not. Measured with two networks: up to 4.3."""


@functools.cache
def _grid(size: InputSize) -> tuple[Values, Values]:
    corners, strides = [], []
    for stride in STRIDES_PX:
        xs, ys = np.meshgrid(np.arange(size.width // stride), np.arange(size.height // stride))
        corners.append(np.stack((xs.ravel(), ys.ravel()), axis=1))
        strides.append(np.full((xs.size, 1), stride))
    return np.concatenate(corners).astype(np.float32), np.concatenate(strides).astype(np.float32)


def is_decoded(rows: Values) -> bool:
    """Tell whether rows that begin with a box hold pixels rather than offsets and logarithms."""
    return bool(rows[..., :4].max(initial=0.0) > LARGEST_OFFSET)


def _fits(ports: Sequence[Port], size: InputSize) -> tuple[str, ...] | None:
    match [port.shape for port in ports]:
        case [(1 | None, rows, int(columns))] if rows == cells(size) and columns > BOX_AND_OBJECT:
            return (ports[0].name,)
        case _:
            return None


def _read(outputs: Sequence[Values], size: InputSize) -> Candidates:
    rows = outputs[0].reshape(-1, outputs[0].shape[-1])
    kept = np.flatnonzero(rows[:, 4] * rows[:, BOX_AND_OBJECT:].max(axis=1) >= boxes.FLOOR_SCORE)
    rows, (corners, strides) = rows[kept], _grid(size)
    centres = (rows[:, :2] + corners[kept]) * strides[kept]
    sizes = np.exp(rows[:, 2:4]) * strides[kept]
    return boxes.best_of(np.concatenate((centres, sizes), axis=1), rows[:, 4:5] * rows[:, BOX_AND_OBJECT:], size)


def _doubt(outputs: Sequence[Values], _: InputSize) -> str | None:
    if is_decoded(outputs[0]):
        return "it gives boxes that are decoded already"
    return boxes.doubt_scores(outputs[0][..., 4:])


YOLOX = Head(
    wanted="one output [1, N, 5 + classes] with N the cells of strides 8, 16 and 32, "
    "boxes not decoded (YOLOX exported without `--decode_in_inference`)",
    fits=_fits,
    read=_read,
    doubt=_doubt,
    classes=lambda outputs: outputs[0].shape[-1] - BOX_AND_OBJECT,
)
