"""Reads regions of a camera's picture with a plain function of their pixels: facings, labels."""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Generic

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from event_store.layout.geometry import XY
from vision_workers.detectors.detector import Method
from vision_workers.frames import Picture
from vision_workers.targets import Target, Thing

Crops = Mapping[str, Picture]
"""The smallest upright rectangles around regions, by the region's name."""
SIDE_PX = 16
"""Of the small picture by which a change is seen: noise and single pixels are gone in it."""


class RegionFinding(Generic[Thing]):
    """What was read of some regions."""

    def __init__(self, target: Target[Thing], crops: Crops, answer: Future[tuple[Thing, ...]], *, late: bool) -> None:
        self.target, self.late = target, late
        self._crops, self._answer = crops, answer

    @property
    def ready(self) -> bool:
        """Whether the answer is there."""
        return self._answer.done()

    def things(self) -> tuple[Thing, ...]:
        """Wait for the answer and return it; raises what the function raised."""
        return self._answer.result()

    @functools.cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, pixels in sorted(self._crops.items()):
            digest.update(f"{name} {pixels.shape}\n".encode())
            digest.update(pixels.data)
        return digest.hexdigest()

    def input_digest(self) -> str:
        """Return the SHA-256 of the regions' names, shapes and pixels."""
        return self._digest


class Changes:
    """Tells which regions look different from when they were last taken."""

    def __init__(self, least: float) -> None:
        """Take the least mean difference of brightness that is a change, as a share of full white."""
        self._least = least
        self._taken: dict[str, NDArray[np.float32]] = {}

    def take(self, crops: Crops) -> dict[str, Picture]:
        """Return the changed regions and remember how they look now; a region that is new has changed."""
        small = {name: _small(pixels) for name, pixels in crops.items()}
        changed = {name for name, look in small.items() if self._differs(name, look)}
        self._taken |= {name: small[name] for name in changed}
        return {name: pixels for name, pixels in crops.items() if name in changed}

    def _differs(self, name: str, look: NDArray[np.float32]) -> bool:
        before = self._taken.get(name)
        return before is None or float(np.abs(look - before).mean()) >= self._least


class RegionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How regions are read."""

    changes: Changes | None = None
    """Where only regions that have changed are to be read."""
    executor: Executor | None = None
    """What reads, where reading takes longer than a frame; live cameras then get the answer with a later frame."""


class RegionDetector(Generic[Thing]):
    """Gives a function the crops of one camera's regions; the function is all that differs between its uses."""

    threshold = 0.0

    def __init__(
        self,
        target: Target[Thing],
        model: Method,
        regions: Mapping[str, Sequence[XY]],
        read: Callable[[Crops], Sequence[Thing]],
        settings: RegionSettings | None = None,
    ) -> None:
        """Take polygons in fractions of the picture, by name; `read` is not called where there is nothing to read."""
        self.target, self.model = target, model
        self._regions, self._read = dict(regions), read
        self._settings = settings or RegionSettings()

    def detect(self, picture: Picture, then: Callable[[], None] = lambda: None, /) -> RegionFinding[Thing]:
        """Read the regions, at once or in the executor's order; `then` is called when the answer is there."""
        crops: Crops = {name: crop(picture, polygon) for name, polygon in self._regions.items()}
        if self._settings.changes is not None:
            crops = self._settings.changes.take(crops)
        answer = self._begin(crops)
        answer.add_done_callback(lambda _: then())
        return RegionFinding(self.target, crops, answer, late=self._settings.executor is not None)

    def _begin(self, crops: Crops) -> Future[tuple[Thing, ...]]:
        if crops and self._settings.executor is not None:
            return self._settings.executor.submit(lambda: tuple(self._read(crops)))
        answer: Future[tuple[Thing, ...]] = Future()
        answer.set_result(tuple(self._read(crops)) if crops else ())
        return answer


def crop(picture: Picture, polygon: Sequence[XY]) -> Picture:
    """Return the pixels of the smallest upright rectangle around a polygon, one pixel at least."""
    height, width = picture.shape[:2]
    across, down = [x * width for x, _ in polygon], [y * height for _, y in polygon]
    left, top = min(int(min(across)), width - 1), min(int(min(down)), height - 1)
    right, bottom = max(round(max(across)), left + 1), max(round(max(down)), top + 1)
    return picture[top:bottom, left:right].copy()


def _small(pixels: Picture) -> NDArray[np.float32]:
    small = cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)
