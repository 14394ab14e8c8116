"""Recorded sources: a video file and a folder of pictures. They end, and may be read again."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

import cv2
import numpy as np

from vision_workers.cameras.captures import open_file, picture_of
from vision_workers.cameras.errors import NoPictures, UnreadableVideo
from vision_workers.cameras.moments import Moments
from vision_workers.frames import Frame, Picture

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
DEFAULT_FPS = 1.0
"""Pictures a second of a folder, unless told."""
USUAL_FPS = 25.0
"""Of a video that does not say."""


class Recording(Protocol):
    """A source that ends."""

    still: bool
    """Whether it is single pictures, each complete by itself."""

    def frames(self) -> Iterator[Frame]:
        """Yield every frame in order; raises a `SourceError` when nothing can be read."""

    @property
    def shortfall(self) -> str | None:
        """What was missing when the frames ended, in words for an operator; None when all were there."""

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return a digest of the content, made from those of its files; raises an `OSError`."""


class VideoFile:
    """A video file; frame times are its own time stamps, so a variable frame rate is kept."""

    still = False

    def __init__(self, camera_id: str, path: Path, start: datetime) -> None:
        self._camera_id, self._path, self._start = camera_id, path, start
        self.shortfall: str | None = None

    def frames(self) -> Iterator[Frame]:
        """Yield every frame that can be decoded; a corrupt tail ends them and is told as the shortfall."""
        capture = open_file(self._path)
        try:
            yield from self._decoded(capture)
        finally:
            capture.release()

    def _decoded(self, capture: cv2.VideoCapture) -> Iterator[Frame]:
        moments = Moments(self._start)
        promised = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        period_ms = 1000.0 / (capture.get(cv2.CAP_PROP_FPS) or USUAL_FPS)
        number, offset_ms = 0, -period_ms
        while capture.grab() and (picture := picture_of(capture)) is not None:
            stamp_ms = capture.get(cv2.CAP_PROP_POS_MSEC)
            offset_ms = stamp_ms if stamp_ms > offset_ms else offset_ms + period_ms  # raw streams have no time stamps
            time = moments.after(offset_ms)
            yield Frame(camera_id=self._camera_id, number=number, time=time, picture=picture)
            number += 1
        if number == 0:
            raise UnreadableVideo(self._path, "holds no picture that can be decoded")
        if number < promised:
            self.shortfall = f"the video can be read up to frame {number} of {promised} only"

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return the file's."""
        return of_file(self._path)


class PictureFolder:
    """A folder of pictures, sorted by name, a fixed time apart."""

    still = True

    def __init__(self, camera_id: str, folder: Path, start: datetime, fps: float = DEFAULT_FPS) -> None:
        self._camera_id, self._folder, self._start, self._fps = camera_id, folder, start, fps
        self.shortfall: str | None = None

    def frames(self) -> Iterator[Frame]:
        """Yield every picture; one that cannot be read keeps its number and is told in the shortfall."""
        moments = Moments(self._start)
        unreadable: list[str] = []
        paths = self._paths()
        for number, path in enumerate(paths):
            time = moments.after(number * 1000.0 / self._fps)
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if picture is None:
                unreadable.append(path.name)
                continue
            yield Frame(camera_id=self._camera_id, number=number, time=time, picture=_bytes(picture))
        if len(unreadable) == len(paths):
            raise NoPictures(self._folder)
        if unreadable:
            self.shortfall = f"{len(unreadable)} of {len(paths)} pictures cannot be read, first {unreadable[0]}"

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return one of all pictures in their order, and of how far apart they are."""
        return hashlib.sha256("\n".join([str(self._fps), *map(of_file, self._paths())]).encode()).hexdigest()

    def _paths(self) -> list[Path]:
        return sorted(path for path in self._folder.iterdir() if path.suffix.lower() in PICTURES)


class Rest:
    """What of a recording comes after a moment; what comes before was told."""

    def __init__(self, recording: Recording, after: datetime) -> None:
        self._recording, self._after = recording, after
        self.still = recording.still

    def frames(self) -> Iterator[Frame]:
        """Yield the frames after that moment, with the numbers and times that they have in the whole."""
        return (frame for frame in self._recording.frames() if frame.time > self._after)

    @property
    def shortfall(self) -> str | None:
        """What the whole lacks."""
        return self._recording.shortfall

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return that of the whole."""
        return self._recording.digest(of_file)


def _bytes(picture: object) -> Picture:
    return cast("Picture", np.asarray(picture, np.uint8))
