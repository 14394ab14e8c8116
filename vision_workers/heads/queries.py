"""Transformers that answer a set of queries: RT-DETR, D-FINE and RF-DETR without post-processing.

Each query gives one box in fractions of the input, by centre, width and height, and one score for each class (Zhao et
al., 2023). They do not overlap.
"""

from collections.abc import Sequence

import numpy as np

from vision_workers.heads import boxes
from vision_workers.heads.grids import is_grid
from vision_workers.heads.head import Candidates, Head, InputSize, Port, Values

CENTRED = 4
MOST_QUERIES = 1000
USUAL_QUERIES = 300
"""Where there are more classes than queries, rows are queries only if they are so many."""
BOXES, LOGITS = ("box", "dets"), ("logit",)


def _boxes_and_logits(ports: Sequence[Port], _: InputSize) -> tuple[str, ...] | None:
    tables = [port for port in ports if port.table and not port.is_list]
    found = [port for port in tables if port.columns == CENTRED]
    found = _named(found, BOXES) or found
    logits = [port for port in tables if port not in found and port.table[0] == found[0].table[0]] if found else []
    logits = _named(logits, LOGITS) or logits
    return (found[0].name, logits[0].name) if len(found) == len(logits) == 1 else None


def _named(ports: Sequence[Port], words: tuple[str, ...]) -> list[Port]:
    return [port for port in ports if any(word in port.name.lower() for word in words)]


def _read_boxes_and_logits(outputs: Sequence[Values], _: InputSize) -> Candidates:
    found, logits = outputs[0].reshape(-1, CENTRED), outputs[1].reshape(-1, outputs[1].shape[-1])
    return _best(found, np.reciprocal(np.exp(-logits) + np.float32(1)))


def _doubt_boxes_and_logits(outputs: Sequence[Values], _: InputSize) -> str | None:
    return boxes.doubt_fractions(outputs[0])


def _queries(ports: Sequence[Port], size: InputSize) -> tuple[str, ...] | None:
    match [port.shape for port in ports]:
        case [(1 | None, int(rows), int(columns))] if columns > CENTRED and (columns < rows or rows == USUAL_QUERIES):
            return None if rows > MOST_QUERIES or is_grid(rows, size) else (ports[0].name,)
        case _:
            return None


def _read_queries(outputs: Sequence[Values], _: InputSize) -> Candidates:
    rows = outputs[0].reshape(-1, outputs[0].shape[-1])
    return _best(rows[:, :CENTRED], rows[:, CENTRED:])


def _doubt_queries(outputs: Sequence[Values], _: InputSize) -> str | None:
    return boxes.doubt_fractions(outputs[0][..., :CENTRED]) or boxes.doubt_scores(outputs[0][..., CENTRED:])


def _best(centred: Values, scores: Values) -> Candidates:
    classes = scores.argmax(axis=1)
    return boxes.candidates(boxes.corners(centred), scores[np.arange(len(scores)), classes], classes)


BOXES_LOGITS = Head(
    wanted="boxes [1, N, 4] (centre and size in fractions) and logits [1, N, classes] "
    "(RT-DETR, D-FINE or RF-DETR exported without post-processing)",
    fits=_boxes_and_logits,
    read=_read_boxes_and_logits,
    doubt=_doubt_boxes_and_logits,
    classes=lambda outputs: outputs[1].shape[-1],
)
QUERIES = Head(
    wanted="one output [1, N, 4 + classes], boxes in fractions (Ultralytics' RT-DETR)",
    fits=_queries,
    read=_read_queries,
    doubt=_doubt_queries,
    classes=lambda outputs: outputs[0].shape[-1] - CENTRED,
)
