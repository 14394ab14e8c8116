"""The YOLO family with decoded boxes: versions 5 to 13, and those that need no suppression (10, 26)."""

from collections.abc import Sequence

import numpy as np

from vision_workers.heads import boxes
from vision_workers.heads.grids import cells, is_grid
from vision_workers.heads.head import Candidates, Head, InputSize, Port, Values
from vision_workers.heads.yolox import is_decoded

BOX, OBJECT, FINISHED = 4, 5, 6
"""Columns of a box, of a box with its objectness, and of a finished detection."""
RANK_OF_RAW_GRIDS = 5


def _by_objectness(ports: Sequence[Port], _: InputSize) -> tuple[str, ...] | None:
    """Take one table; older exports give the raw grids beside it."""
    tables = [port for port in ports if len(port.shape) != RANK_OF_RAW_GRIDS]
    match [port.shape for port in tables]:
        case [(1 | None, rows, int(columns))] if columns > OBJECT and (rows is None or rows > columns):
            return (tables[0].name,)
        case _:
            return None


def _read_by_objectness(outputs: Sequence[Values], size: InputSize) -> Candidates:
    rows = outputs[0].reshape(-1, outputs[0].shape[-1])
    rows = rows[rows[:, BOX] >= boxes.FLOOR_SCORE]
    return boxes.best_of(rows[:, :BOX], rows[:, BOX:OBJECT] * rows[:, OBJECT:], size)


def _doubt_by_objectness(outputs: Sequence[Values], size: InputSize) -> str | None:
    rows = outputs[0]
    if rows.shape[-2] == cells(size) and not is_decoded(rows):
        return "it gives boxes that are not decoded"
    return boxes.doubt_scores(rows[..., BOX:]) or boxes.doubt_pixels(rows[..., :BOX])


def _by_class(ports: Sequence[Port], _: InputSize) -> tuple[str, ...] | None:
    match [port.shape for port in ports]:
        case [(1 | None, int(columns), rows)] if columns > BOX and (rows is None or rows > columns):
            return (ports[0].name,)
        case _:
            return None


def _read_by_class(outputs: Sequence[Values], size: InputSize) -> Candidates:
    table = outputs[0].reshape(outputs[0].shape[-2:])
    rows = table[:, table[BOX:].max(axis=0) >= boxes.FLOOR_SCORE].T
    return boxes.best_of(rows[:, :BOX], rows[:, BOX:], size)


def _doubt_by_class(outputs: Sequence[Values], _: InputSize) -> str | None:
    return boxes.doubt_scores(outputs[0][..., BOX:, :]) or boxes.doubt_pixels(outputs[0][..., :BOX, :])


def _finished(ports: Sequence[Port], size: InputSize) -> tuple[str, ...] | None:
    match [port.table for port in ports]:
        case [(rows, 6)] if rows is None or not is_grid(rows, size):
            return (ports[0].name,)
        case _:
            return None


def _read_finished(outputs: Sequence[Values], size: InputSize) -> Candidates:
    rows = outputs[0].reshape(-1, FINISHED)
    return boxes.candidates(boxes.fractions(rows[:, :BOX], size), rows[:, 4], rows[:, 5])


def _doubt_finished(outputs: Sequence[Values], _: InputSize) -> str | None:
    rows = outputs[0].reshape(-1, FINISHED)
    if rows.size and np.abs(rows[:, 5] - np.round(rows[:, 5])).max() > boxes.TOLERANCE:
        return "it gives class numbers that are not whole"
    return boxes.doubt_scores(rows[:, 4]) or boxes.doubt_pixels(rows[:, :BOX])


YOLOV5 = Head(
    wanted="one output [1, N, 5 + classes], boxes decoded to input pixels (YOLOv5 `export.py`; YOLOv7 "
    "`export.py --grid` without `--end2end`; YOLOv6 without `--end2end`; YOLOX with `--decode_in_inference`)",
    fits=_by_objectness,
    read=_read_by_objectness,
    doubt=_doubt_by_objectness,
    classes=lambda outputs: outputs[0].shape[-1] - OBJECT,
)
YOLOV8 = Head(
    wanted="one output [1, 4 + classes, N], boxes in input pixels (YOLOv8, 9, 11, 12: `yolo export format=openvino`; "
    "YOLO26 with `end2end=False`)",
    fits=_by_class,
    read=_read_by_class,
    doubt=_doubt_by_class,
    classes=lambda outputs: outputs[0].shape[-2] - BOX,
)
YOLO_END_TO_END = Head(
    wanted="one output [1, N, 6]: x0, y0, x1, y1 in input pixels, score, class (YOLOv10, YOLO26; others exported with "
    "`nms=True`)",
    fits=_finished,
    read=_read_finished,
    doubt=_doubt_finished,
)
