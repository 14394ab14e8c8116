"""The blob of single-shot detectors: Open Model Zoo, and OpenCV's own samples."""

from collections.abc import Sequence

import numpy as np

from vision_workers.heads.head import Candidates, Head, InputSize, Port, Values

COLUMNS = 7


def _fits(ports: Sequence[Port], _: InputSize) -> tuple[str, ...] | None:
    match [port.shape for port in ports]:
        case [(1 | None, 1 | None, _, 7)]:
            return (ports[0].name,)
        case _:
            return None


def _read(outputs: Sequence[Values], _: InputSize) -> Candidates:
    """Read rows of picture, class, score, x0, y0, x1, y1. A negative picture number ends them."""
    rows = outputs[0].reshape(-1, COLUMNS)
    ended = np.flatnonzero(rows[:, 0] < 0)
    rows = rows[: ended[0]] if ended.size else rows
    return rows[:, (3, 4, 5, 6, 2, 1)]


SSD = Head(wanted="one output [1, 1, N, 7]", fits=_fits, read=_read)
