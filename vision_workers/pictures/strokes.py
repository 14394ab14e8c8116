"""Lines, surfaces and words on a picture, by fractions of its size."""

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from event_store.layout.geometry import XY
from vision_workers.frames import Picture

Colour = tuple[int, int, int]
"""Blue, green, red."""

GREEN: Colour = (80, 200, 60)
ORANGE: Colour = (30, 150, 255)
BLUE: Colour = (230, 150, 60)
MAGENTA: Colour = (200, 80, 220)
YELLOW: Colour = (60, 220, 240)
GREY: Colour = (200, 200, 200)
BLACK: Colour = (20, 20, 20)
SHADE = 0.25
"""How much a surface covers what is below it."""
REFERENCE_PX = 720
"""Height of the picture that strokes of one pixel and words of half size are made for."""


def pixels(picture: Picture, points: Sequence[XY]) -> NDArray[np.int32]:
    """Return points as pixels, n x 2."""
    height, width = picture.shape[:2]
    return np.array([(round(x * (width - 1)), round(y * (height - 1))) for x, y in points], dtype=np.int32)


def surface(picture: Picture, polygon: Sequence[XY], colour: Colour) -> None:
    """Shade a polygon and draw its edge, in place."""
    corners = pixels(picture, polygon)
    shaded = picture.copy()
    cv2.fillPoly(shaded, [corners], colour)
    cv2.addWeighted(shaded, SHADE, picture, 1 - SHADE, 0, dst=picture)
    cv2.polylines(picture, [corners], isClosed=True, color=colour, thickness=thickness(picture), lineType=cv2.LINE_AA)


def stroke(picture: Picture, points: Sequence[XY], colour: Colour, weight: int = 1) -> None:
    """Draw an open line, in place."""
    line = [pixels(picture, points)]
    cv2.polylines(
        picture, line, isClosed=False, color=colour, thickness=weight * thickness(picture), lineType=cv2.LINE_AA
    )


def arrow(picture: Picture, start: XY, end: XY, colour: Colour) -> None:
    """Draw an arrow, in place."""
    tail, head = (cast("tuple[int, int]", tuple(point)) for point in pixels(picture, [start, end]).tolist())
    cv2.arrowedLine(picture, tail, head, colour, 2 * thickness(picture), cv2.LINE_AA, tipLength=0.35)


def words(picture: Picture, text: str, at: XY, colour: Colour) -> None:
    """Write on a dark ground, its lower left corner at a point but inside the picture, in place."""
    scale = max(0.4, 0.6 * picture.shape[0] / REFERENCE_PX)
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness(picture))
    ((x, y),) = pixels(picture, [at]).tolist()
    x = min(max(x, 0), max(picture.shape[1] - width - 4, 0))
    y = min(max(y, height + below + 4), picture.shape[0] - below)
    cv2.rectangle(picture, (x, y - height - 4), (x + width + 4, y + below), BLACK, cv2.FILLED)
    cv2.putText(picture, text, (x + 2, y - 2), cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness(picture), cv2.LINE_AA)


def thickness(picture: Picture) -> int:
    """Return the pixels of a thin stroke."""
    height: int = picture.shape[0]
    return max(1, round(height / REFERENCE_PX))
