"""Real frames that no network learned from: people marked by two published detectors and corrected by eye."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np

from vision_workers.frames import Picture
from vision_workers.training.labelled import Boxes, boxes_of

MARKS = Path(__file__).parent / "kept_frames.json"

Corners = tuple[float, float, float, float]


class KeptFrame(msgspec.Struct, frozen=True):
    """The people of one frame, corners as fractions; finding the unclear ones is neither right nor wrong."""

    frame: int
    people: list[Corners]
    unclear: list[Corners]


class KeptVideo(msgspec.Struct, frozen=True):
    """The marked frames of one video."""

    video: str
    frames: list[KeptFrame]


def kept_videos() -> list[KeptVideo]:
    """Return the marks of every kept video."""
    return msgspec.json.decode(MARKS.read_bytes(), type=list[KeptVideo])


def kept_frames(kept: KeptVideo, folder: Path) -> Iterator[tuple[Picture, Boxes, Boxes]]:
    """Yield pictures, people and unclear people of one video in a folder of videos."""
    marks = {frame.frame: frame for frame in kept.frames}
    video = cv2.VideoCapture(str(folder / kept.video))
    for number in range(max(marks) + 1):
        read, picture = video.read()
        if not read:
            raise FileNotFoundError(
                f"{folder / kept.video} ends before frame {number}; it is not the video of the marks"
            )
        if number in marks:
            mark = marks[number]
            yield np.asarray(picture, np.uint8), boxes_of(mark.people), boxes_of(mark.unclear)
    video.release()
