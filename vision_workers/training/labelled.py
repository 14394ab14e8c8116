"""A folder of labelled frames: pictures, and one line about each in `labels.jsonl`."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from vision_workers.frames import Picture

LABELS = "labels.jsonl"
Boxes = NDArray[np.float32]
"""N x 4: x0, y0, x1, y1 in fractions of the picture."""


class LabelledFrame(msgspec.Struct, frozen=True, kw_only=True):
    """One picture and the people in it, corners x0, y0, x1, y1 in fractions of the picture."""

    file: str
    """Name of the picture in the folder."""
    people: list[tuple[float, float, float, float]]
    unclear: list[tuple[float, float, float, float]] = []
    """People too hidden or too small to demand; finding them is neither right nor wrong."""
    group: str = ""
    """What the frame came from; frames of one group are never split between training and test."""


class LabelledFolder:
    """The frames of one folder, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = (folder / LABELS).read_bytes().splitlines()
        self.frames = [msgspec.json.decode(line, type=LabelledFrame) for line in lines]

    def picture(self, frame: LabelledFrame) -> Picture:
        """Return the frame's picture; height x width x 3, BGR."""
        picture = cv2.imread(str(self.folder / frame.file), cv2.IMREAD_COLOR)
        if picture is None:
            raise FileNotFoundError(f"{self.folder / frame.file} cannot be read; make the training frames again")
        return np.asarray(picture, np.uint8)


class LabelWriter:
    """Writes labelled frames into a folder, a line for each picture as it comes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._labels = (folder / LABELS).open("ab")

    def put(self, picture: Picture, frame: LabelledFrame) -> None:
        """Store one frame; pictures are JPEG of quality 92."""
        cv2.imwrite(str(self._folder / frame.file), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        self._labels.write(msgspec.json.encode(frame) + b"\n")

    def close(self) -> None:
        """End the list."""
        self._labels.close()


def boxes_of(people: list[tuple[float, float, float, float]]) -> Boxes:
    """Return the corners as an array, N x 4."""
    return np.array(people, np.float32).reshape(-1, 4)


def folders(paths: list[Path]) -> Iterator[LabelledFolder]:
    """Open several folders."""
    return map(LabelledFolder, paths)
