"""From a clean drawing to what a camera delivers: light, focus, noise."""

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from vision_workers.frames import Picture


class Sensor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one camera sees."""

    exposure: float = 1.0
    warmth: float = 0.0
    """Positive is warm, 0.1 is clearly so."""
    contrast: float = 1.0
    blur_px: float = 0.5
    noise: float = 2.0
    """Standard deviation of a grey value."""
    vignette: float = 0.15
    """How much darker the corners are."""


def draw_sensor(rng: np.random.Generator, noise: float = 2.0) -> Sensor:
    """Draw one ordinary camera."""
    return Sensor(
        exposure=round(float(rng.uniform(0.9, 1.12)), 3),
        warmth=round(float(rng.normal(0.0, 0.03)), 3),
        contrast=round(float(rng.uniform(0.92, 1.08)), 3),
        blur_px=round(float(rng.uniform(0.3, 0.7)), 2),
        noise=noise,
    )


def expose(drawing: Picture, sensor: Sensor, size: tuple[int, int], rng: np.random.Generator) -> Picture:
    """Return the camera's picture (width, height) of a drawing of that size or larger."""
    picture = cv2.resize(drawing, size, interpolation=cv2.INTER_AREA)
    if sensor.blur_px > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), sensor.blur_px)
    tint = np.array([1 - sensor.warmth, 1.0, 1 + sensor.warmth], np.float32) * sensor.exposure
    light = (picture.astype(np.float32) - 128) * sensor.contrast + 128
    light *= tint * _corners(size, sensor.vignette)[..., None]
    grain = rng.standard_normal(light.shape[:2], np.float32)[..., None]
    return np.clip(light + grain * sensor.noise, 0, 255).astype(np.uint8)


def _corners(size: tuple[int, int], strength: float) -> NDArray[np.float32]:
    y, x = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    return np.asarray(1 - strength * (x**2 + y**2) / 2, np.float32)
