"""Recorded sources: a video file and a folder of pictures. They end, and may be read again."""

import hashlib
import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from vision_workers.cameras.captures import open_file
from vision_workers.cameras.decoding import Decoder, NoVideo
from vision_workers.cameras.errors import NoPictures, UnreadableVideo
from vision_workers.cameras.moments import Moments
from vision_workers.cameras.pixels import Pixels
from vision_workers.cameras.rates import RateLimit
from vision_workers.cameras.shortfall import shortfall
from vision_workers.frames import Frame, Picture

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
NUMBERS = re.compile(r"([0-9]+)")
DEFAULT_FPS = 1.0
"""Pictures a second of a folder, unless told."""


class Recording(Protocol):
    """A source that ends."""

    still: bool
    """Whether it is single pictures, each complete by itself."""

    def frames(self) -> Iterator[Frame]:
        """Yield every frame in order; raises a `SourceError` when nothing can be read."""

    @property
    def shortfall(self) -> str | None:
        """What was missing when the frames ended, in words for an operator; None when all were there."""

    def length(self) -> timedelta:
        """Return how long after its first frame the last one comes; raises a `SourceError`."""

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return a digest of the content, made from those of its files; raises an `OSError`."""

    def pieces(self) -> Iterator[bytes]:
        """Yield the content in pieces that stay what they are when more comes after them; raises a `SourceError`."""


class VideoFile:
    """A video file; frame times are its own time stamps, so a variable frame rate is kept."""

    still = False

    def __init__(self, camera_id: str, path: Path, start: datetime, most_per_second: float | None = None) -> None:
        self._camera_id, self._path, self._start = camera_id, path, start
        self._most_per_second = most_per_second
        self.shortfall: str | None = None

    def frames(self) -> Iterator[Frame]:
        """Yield every frame that is wanted and can be decoded; what cannot is told as the shortfall."""
        with open_file(self._path) as container:
            try:
                yield from self._decoded(Decoder(container, "AUTO"))
            except NoVideo as problem:
                raise UnreadableVideo(self._path, str(problem)) from None

    def _decoded(self, decoder: Decoder) -> Iterator[Frame]:
        moments, pixels, limit = Moments(self._start), Pixels(), RateLimit(self._most_per_second)
        decoded, number, offset_s = 0, 0, Fraction(-1)
        for frame in decoder.frames():
            due_s = decoder.offset_s(frame.pts)
            untimed_s = offset_s + decoder.period_s if decoded else Fraction(0)
            offset_s = due_s if due_s is not None and due_s > offset_s else untimed_s
            time = moments.after(offset_s)
            decoded += 1
            if limit.takes(time):
                yield Frame(camera_id=self._camera_id, number=number, time=time, picture=pixels.picture(frame))
                number += 1
        if decoded == 0:
            raise UnreadableVideo(self._path, "holds no picture that can be decoded")
        self.shortfall = shortfall(decoder, decoded, offset_s + decoder.period_s)

    def length(self) -> timedelta:
        """Return how long it is by its packets; nothing is decoded."""
        with open_file(self._path) as container:
            try:
                return timedelta(seconds=math.ceil(Decoder(container, "SLICE").extent_s()))
            except NoVideo as problem:
                raise UnreadableVideo(self._path, str(problem)) from None

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return the file's."""
        return of_file(self._path)

    def pieces(self) -> Iterator[bytes]:
        """Yield its packets but for the last, which may not have been written whole."""
        with open_file(self._path) as container:
            try:
                packets = Decoder(container, "SLICE").content()
            except NoVideo:
                return
            yield from (packet for packet, _ in pairwise(packets))


class PictureFolder:
    """A folder of pictures, sorted by name as people count, a fixed time apart."""

    still = True

    def __init__(
        self,
        camera_id: str,
        folder: Path,
        start: datetime,
        fps: float = DEFAULT_FPS,
        most_per_second: float | None = None,
    ) -> None:
        self._camera_id, self._folder, self._start, self._fps = camera_id, folder, start, fps
        self._most_per_second = most_per_second
        self.shortfall: str | None = None

    def frames(self) -> Iterator[Frame]:
        """Yield every picture that is wanted; one that cannot be read keeps its number and is told in the shortfall."""
        unreadable: list[str] = []
        paths = self._taken()
        for number, (time, path) in enumerate(paths):
            picture = _read(path)
            if picture is None:
                unreadable.append(path.name)
                continue
            yield Frame(camera_id=self._camera_id, number=number, time=time, picture=picture)
        if len(unreadable) == len(paths):
            raise NoPictures(self._folder)
        if unreadable:
            self.shortfall = f"{len(unreadable)} of {len(paths)} pictures cannot be read, first {unreadable[0]}"

    def length(self) -> timedelta:
        """Return how long it is by the number of its pictures."""
        return timedelta(seconds=math.ceil(max(0, len(self._paths()) - 1) / self._fps))

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return one of all pictures in their order, and of how far apart they are."""
        return hashlib.sha256("\n".join([str(self._fps), *map(of_file, self._paths())]).encode()).hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """Yield how far apart they are, and each picture."""
        yield str(self._fps).encode()
        yield from (path.read_bytes() for path in self._paths())

    def _taken(self) -> list[tuple[datetime, Path]]:
        """Return the pictures that are looked at, with their times."""
        moments, fps = Moments(self._start), Fraction(self._fps).limit_denominator()
        limit = RateLimit(self._most_per_second)
        timed = [(moments.after(number / fps), path) for number, path in enumerate(self._paths())]
        return [(time, path) for time, path in timed if limit.takes(time)]

    def _paths(self) -> list[Path]:
        paths = (path for path in self._folder.iterdir() if path.suffix.lower() in PICTURES)
        return sorted(paths, key=lambda path: _in_order(path.name))


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

    def length(self) -> timedelta:
        """Return that of the whole."""
        return self._recording.length()

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return that of the whole."""
        return self._recording.digest(of_file)

    def pieces(self) -> Iterator[bytes]:
        """Yield those of the whole."""
        return self._recording.pieces()


def _in_order(name: str) -> tuple[list[str | int], str]:
    """Return what sorts names as people count: frame2 before frame10."""
    return [int(part) if part.isdecimal() else part.lower() for part in NUMBERS.split(name)], name


def _read(path: Path) -> Picture | None:
    """Return a picture; None of one that cannot be read or is cut off."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if not content:
        return None
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return None if picture is None else np.asarray(picture, np.uint8)
