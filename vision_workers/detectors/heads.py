"""How each kind of network says what it found.

A head turns a network's outputs for one picture into candidates: rows of x0, y0, x1, y1, score and class, the corners
in fractions of the network's input.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vision_workers.detectors import yolox
from vision_workers.models.description import Head, InputDescription

Outputs = dict[str, NDArray[np.float32]]
"""A network's outputs by name; those without a name are `output0`, `output1` …"""
Candidates = NDArray[np.float32]
"""N x 6: x0, y0, x1, y1 (fractions of the input), score, class."""
ReadOutputs = Callable[[Outputs, InputDescription], Candidates]

SSD_COLUMNS = 7
BOX_COLUMNS = 5


def read_ssd(outputs: Outputs, _: InputDescription) -> Candidates:
    """Read the [1, 1, N, 7] blob: picture, class, score, x0, y0, x1, y1; a negative picture number ends it."""
    (blob,) = outputs.values()
    rows = blob.reshape(-1, SSD_COLUMNS)
    ended = np.flatnonzero(rows[:, 0] < 0)
    rows = rows[: ended[0]] if ended.size else rows
    return rows[:, (3, 4, 5, 6, 2, 1)]


def read_boxes_and_labels(outputs: Outputs, taken: InputDescription) -> Candidates:
    """Read `boxes` [N, 5] (corners in input pixels, score) and `labels` [N]."""
    boxes, labels = outputs["boxes"], outputs["labels"]
    size = np.array((taken.width, taken.height, taken.width, taken.height, 1.0), np.float32)
    return np.column_stack((boxes / size, labels)).astype(np.float32, copy=False)


def read_yolox(outputs: Outputs, taken: InputDescription) -> Candidates:
    """Read the undecoded [1, N, 5 + classes] output of YOLOX (Ge et al., 2021)."""
    (blob,) = outputs.values()
    return yolox.decode(blob[0], taken.width, taken.height)


READERS: dict[Head, ReadOutputs] = {"ssd": read_ssd, "boxes-labels": read_boxes_and_labels, "yolox": read_yolox}

WANTED: dict[Head, str] = {
    "ssd": "one output [1, 1, N, 7]",
    "boxes-labels": "`boxes` [N, 5] and `labels` [N]",
    "yolox": "one output [1, N, 5 + classes] with N the cells of strides 8, 16 and 32",
}

Shape = Sequence[int | None]


def fits(head: Head, outputs: dict[str, Shape], taken: InputDescription) -> bool:
    """Tell whether a network with these output shapes (None where open) has this head."""
    shapes = [tuple(shape) for shape in outputs.values()]
    match head, shapes:
        case "ssd", [(1, 1, _, 7)]:
            return True
        case "boxes-labels", _:
            named = {name: tuple(shape) for name, shape in outputs.items()}
            boxes, labels = named.get("boxes", ()), named.get("labels", ())
            return len(boxes) == 2 and boxes[-1] == BOX_COLUMNS and len(labels) == 1  # noqa: PLR2004 - rank of a table
        case "yolox", [(1, cells, columns)]:
            return cells == yolox.cells(taken.width, taken.height) and (columns or 0) > BOX_COLUMNS
        case _:
            return False
