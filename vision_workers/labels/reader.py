"""What reads the text of a picture."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from vision_workers.frames import Picture


class TextLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of text in a picture, in pixels from the top left corner."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """How tall it is."""
        return self.bottom - self.top


class LabelReader(Protocol):
    """Finds lines of text and reads them."""

    name: str

    def read(self, picture: Picture) -> Sequence[TextLine]:
        """Return the lines, in any order; nothing where nothing can be read in time."""

    def read_line(self, picture: Picture) -> TextLine | None:
        """Return what a picture says that holds one line and nothing else."""
