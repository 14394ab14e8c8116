"""How facings look, from their pixels: the detector behind `vision_workers.watchers.facings`."""

from collections.abc import Sequence
from typing import Any

import cv2
import msgspec
import numpy as np

from event_store.layout.geometry import XY
from event_store.layout.model import Facing, Layout
from vision_workers.detectors.appearances import MARGIN_PX, SIDE_PX, Appearances, gradients
from vision_workers.detectors.detector import Method
from vision_workers.detectors.regions import Crops, RegionDetector
from vision_workers.frames import Picture
from vision_workers.watchers.facings import FACINGS, FacingLook

EDGES_PX = 160
"""Edges are counted in a picture of this width and height."""
CANNY = 60, 150
"""Weakest and strongest gradient of an edge."""
WIDE_PX = SIDE_PX + 2 * MARGIN_PX


class Place:
    """A facing in the picture, with the margin around it in which it is looked for, and its memory."""

    def __init__(self, shelf_id: str, facing: Facing) -> None:
        self.shelf_id, self.facing = shelf_id, facing
        across, down = [x for x, _ in facing.polygon], [y for _, y in facing.polygon]
        share = MARGIN_PX / SIDE_PX
        self._columns, self._rows = _Span(min(across), max(across), share), _Span(min(down), max(down), share)
        self._appearances = Appearances()

    @property
    def wide(self) -> list[XY]:
        """The rectangle with the margin, as far as it is in the picture."""
        return [(x, y) for x in self._columns.inside for y in self._rows.inside]

    def look(self, pixels: Picture) -> FacingLook:
        """Return how it looks; the pixels are those of the wide rectangle."""
        left, right = self._columns.part(pixels.shape[1])
        top, bottom = self._rows.part(pixels.shape[0])
        inner = pixels[top:bottom, left:right]
        before, after = self._columns.missing(pixels.shape[1]), self._rows.missing(pixels.shape[0])
        padded = cv2.copyMakeBorder(pixels, *after, *before, cv2.BORDER_REPLICATE)
        shown = self._appearances.take(gradients(np.asarray(padded, np.uint8), (WIDE_PX, WIDE_PX)))
        return FacingLook(
            shelf_id=self.shelf_id,
            slot=self.facing.slot,
            polygon=tuple(self.facing.polygon),
            edges=round(edges(inner), 4),
            chroma=round(chroma(inner), 1),
            appearance=shown.number,
            likeness=round(max(0.0, shown.likeness), 4),
        )


class _Span(msgspec.Struct, frozen=True):
    """A facing's extent along one side of the picture, in fractions."""

    start: float
    end: float
    share: float
    """Of the margin at each end, of the extent."""

    @property
    def margin(self) -> float:
        return (self.end - self.start) * self.share

    @property
    def inside(self) -> tuple[float, float]:
        return max(0.0, self.start - self.margin), min(1.0, self.end + self.margin)

    def part(self, pixels: int) -> tuple[int, int]:
        """Return where the facing lies in so many pixels of what is inside, one pixel at least."""
        low, high = self.inside
        first = min(round((self.start - low) / (high - low) * pixels), pixels - 1)
        return first, max(round((self.end - low) / (high - low) * pixels), first + 1)

    def missing(self, pixels: int) -> tuple[int, int]:
        """Return how many pixels of the margin lie outside the picture, before and after."""
        low, high = self.inside
        scale = pixels / (high - low)
        return round((low - self.start + self.margin) * scale), round((self.end + self.margin - high) * scale)


def facing_detector(layout: Layout, camera_id: str) -> RegionDetector[FacingLook]:
    """Return the detector of a camera's facings, which remembers how they have looked."""
    places = {
        f"{shelf.id}/{facing.slot}": Place(shelf.id, facing)
        for shelf in layout.shelf
        if shelf.camera == camera_id
        for facing in shelf.facing
    }

    def read(crops: Crops) -> Sequence[FacingLook]:
        return [places[name].look(pixels) for name, pixels in crops.items()]

    regions = {name: place.wide for name, place in places.items()}
    method: Any = Method("facing-look", 1, str(sorted(regions.items())))
    return RegionDetector(FACINGS, method, regions, read)


def edges(pixels: Picture) -> float:
    """Return the share of pixels that are edges."""
    small = cv2.resize(pixels, (EDGES_PX, EDGES_PX), interpolation=cv2.INTER_AREA)
    return float((cv2.Canny(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), *CANNY) > 0).mean())


def chroma(pixels: Picture) -> float:
    """Return the median distance from grey."""
    small = cv2.resize(pixels, (32, 32), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
    return float(np.median(np.hypot(lab[..., 1] - 128, lab[..., 2] - 128)))
