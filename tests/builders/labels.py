"""Labels: lines as a reader finds them, readers that say what a test wants, and drawn labels."""

from collections.abc import Sequence

import cv2
import numpy as np

from vision_workers.frames import Picture
from vision_workers.labels import TextLine


def line(text: str, height: float = 100, left: float = 0, top: float = 0, confidence: float = 1.0) -> TextLine:
    """Return a line of text whose letters are half as wide as tall."""
    width = len(text) * height / 2
    return TextLine(text=text, confidence=confidence, left=left, top=top, right=left + width, bottom=top + height)


class SayingReader:
    """Reads the same in all pictures, or one thing after another."""

    name = "saying"

    def __init__(self, *readings: Sequence[TextLine]) -> None:
        self._readings = readings
        self.pictures = 0

    def read(self, picture: Picture) -> Sequence[TextLine]:  # noqa: ARG002
        self.pictures += 1
        return self._readings[min(self.pictures, len(self._readings)) - 1]

    def read_line(self, picture: Picture) -> TextLine | None:  # noqa: ARG002
        return None


class FailingReader(SayingReader):
    """Breaks."""

    def read(self, picture: Picture) -> Sequence[TextLine]:  # noqa: ARG002
        raise RuntimeError("no reader is perfect")


def drawn_label(price: str, name: str = "MILK") -> Picture:
    """Draw a white label."""
    picture = np.full((120, 240, 3), 245, np.uint8)
    cv2.putText(picture, name, (10, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (30, 30, 30), 2, cv2.LINE_AA)
    cv2.putText(picture, price, (60, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.8, (0, 0, 0), 4, cv2.LINE_AA)
    return picture
