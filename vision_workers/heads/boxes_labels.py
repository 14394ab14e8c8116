"""Finished boxes with their labels: Geti, the Open Model Zoo's ATSS and SSD, torchvision, RT-DETR and D-FINE."""

from collections.abc import Sequence

from vision_workers.heads import boxes
from vision_workers.heads.head import Candidates, Head, InputSize, Port, Values

CORNERS, CORNERS_AND_SCORE = 4, 5
LABELS = ("label", "class")
"""What the output that tells the class has in its name."""


def _boxes_and_labels(ports: Sequence[Port], _: InputSize) -> tuple[str, ...] | None:
    found = _tables(ports, CORNERS_AND_SCORE)
    lists = [port for port in ports if port.is_list and port not in found]
    labels = [port for port in lists if _tells_class(port)] or lists
    return (found[0].name, labels[0].name) if len(found) == len(labels) == 1 else None


def _read_boxes_and_labels(outputs: Sequence[Values], size: InputSize) -> Candidates:
    found, labels = outputs[0].reshape(-1, CORNERS_AND_SCORE), outputs[1].ravel()
    return boxes.candidates(boxes.fractions(found[:, :4], size), found[:, 4], labels)


def _doubt_boxes_and_labels(outputs: Sequence[Values], _: InputSize) -> str | None:
    found = outputs[0].reshape(-1, CORNERS_AND_SCORE)
    return boxes.doubt_scores(found[:, 4]) or boxes.doubt_pixels(found[:, :4])


def _boxes_labels_scores(ports: Sequence[Port], _: InputSize) -> tuple[str, ...] | None:
    found = _tables(ports, CORNERS)
    lists = [port for port in ports if port.is_list and port not in found]
    labels = [port for port in lists if port.name.lower().startswith(LABELS)] or [port for port in lists if port.whole]
    scores = [port for port in lists if port not in labels]
    if len(found) == len(labels) == len(scores) == 1:
        return found[0].name, labels[0].name, scores[0].name
    return None


def _read_boxes_labels_scores(outputs: Sequence[Values], size: InputSize) -> Candidates:
    found, labels, scores = outputs
    return boxes.candidates(boxes.fractions(found.reshape(-1, CORNERS), size), scores.ravel(), labels.ravel())


def _doubt_boxes_labels_scores(outputs: Sequence[Values], _: InputSize) -> str | None:
    return boxes.doubt_scores(outputs[2]) or boxes.doubt_pixels(outputs[0])


def _tables(ports: Sequence[Port], columns: int) -> list[Port]:
    return [port for port in ports if port.columns == columns and not (port.is_list and port.whole)]


def _tells_class(port: Port) -> bool:
    return port.whole or any(word in port.name.lower() for word in LABELS)


BOXES_LABELS = Head(
    wanted="`boxes` [N, 5] or [1, N, 5] (corners in input pixels, score) and `labels` [N] or [1, N]",
    fits=_boxes_and_labels,
    read=_read_boxes_and_labels,
    doubt=_doubt_boxes_and_labels,
)
BOXES_LABELS_SCORES = Head(
    wanted="boxes [N, 4] (corners in input pixels), labels [N] and scores [N], each with or without a leading 1 "
    "(torchvision; RT-DETR and D-FINE exported with their post-processor)",
    fits=_boxes_labels_scores,
    read=_read_boxes_labels_scores,
    doubt=_doubt_boxes_labels_scores,
)
