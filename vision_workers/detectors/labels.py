"""What labels say, from their pixels: the detector behind `vision_workers.watchers.labels`."""

import logging
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from event_store.layout.model import Label, Layout
from vision_workers.detectors.detector import Method
from vision_workers.detectors.regions import Changes, Crops, RegionDetector, RegionSettings
from vision_workers.frames import Picture
from vision_workers.labels import LabelLocale, LabelReader, LabelReading, find_locale, read_label
from vision_workers.watchers.labels import LABELS, SeenLabel

CHANGED = 0.03
"""Mean difference of brightness, as a share of full white, that makes a label worth reading again."""

logger = logging.getLogger(__name__)


def label_detector(
    layout: Layout, camera_id: str, reader: LabelReader, executor: Executor | None
) -> RegionDetector[SeenLabel]:
    """Return the detector of a camera's labels; raises `UnknownLocale`."""
    locale = find_locale(layout.store.locale or "")
    labels: dict[str, tuple[str, Label]] = {
        f"{shelf.id}/{label.slot}": (shelf.id, label)
        for shelf in layout.shelf
        if shelf.camera == camera_id
        for label in shelf.label
    }

    def read(crops: Crops) -> Sequence[SeenLabel]:
        return [_seen(*labels[name], read_safely(pixels, locale, reader)) for name, pixels in crops.items()]

    regions = {name: label.polygon for name, (_, label) in labels.items()}
    method: Any = Method(f"label-{reader.name}", 1, f"{locale.code} {sorted(regions.items())}")
    return RegionDetector(LABELS, method, regions, read, RegionSettings(changes=Changes(CHANGED), executor=executor))


def read_safely(pixels: Picture, locale: LabelLocale, reader: LabelReader) -> LabelReading:
    """Read a label; what a reader cannot cope with is unreadable, and no end of the camera."""
    try:
        return read_label(pixels, locale, reader)
    except Exception:
        logger.exception("a label of %s x %s pixels cannot be read", *pixels.shape[1::-1])
        return LabelReading(price=None, unit_price=None, currency=locale.currency, text="", confidence=0.0)


def _seen(shelf_id: str, label: Label, reading: LabelReading) -> SeenLabel:
    return SeenLabel(
        shelf_id=shelf_id,
        slot=label.slot,
        polygon=tuple(label.polygon),
        price=reading.price,
        unit_price=reading.unit_price,
        currency=reading.currency,
        text=reading.text,
        confidence=reading.confidence,
    )
