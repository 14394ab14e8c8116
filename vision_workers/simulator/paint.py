"""Surfaces: floors, cloth and soft shadows as small pictures."""

import numpy as np
from numpy.typing import NDArray

from vision_workers.simulator.looks import Fabric
from vision_workers.simulator.plans import FloorKind

Paint = NDArray[np.uint8]
SIDE = 64
FLOOR_COLOURS: dict[FloorKind, tuple[float, float, float]] = {
    "tiles": (0.74, 0.73, 0.70),
    "wood": (0.62, 0.42, 0.26),
    "concrete": (0.55, 0.54, 0.52),
    "carpet": (0.30, 0.33, 0.38),
}


def cloth(fabric: Fabric, rng: np.random.Generator) -> Paint:
    """Return a 64 x 64 x 3 pattern that is multiplied with the colour of the cloth."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    light = np.ones((SIDE, SIDE, 3))
    if fabric == "stripes":
        light[(y // int(rng.integers(4, 9))) % 2 == 0] = rng.uniform(0.2, 1.0, 3)
    if fabric == "checks":
        step = int(rng.integers(5, 12))
        light *= (1 - 0.35 * ((x // step) % 2) - 0.3 * ((y // step) % 2))[..., None]
    if fabric == "knit":
        light *= np.clip(rng.normal(0.85, 0.13, (SIDE, SIDE, 1)), 0.3, 1.0)
    if fabric == "print":
        light[18:40, 4:26] = rng.uniform(0.0, 1.0, 3)
    return _bytes(light * np.clip(rng.normal(1.0, 0.02, (SIDE, SIDE, 1)), 0, 1))


def floor(kind: FloorKind, rng: np.random.Generator, side: int = 256) -> Paint:
    """Return a square picture of four metres of floor."""
    y, x = np.mgrid[0:side, 0:side]
    light = np.ones((side, side, 3)) * FLOOR_COLOURS[kind] + rng.normal(0, 0.015, (side, side, 1))
    if kind == "tiles":
        step = side // int(rng.choice([4, 8]))
        tone = rng.normal(0, 0.015, (side // step, side // step))
        light += tone[y // step, x // step][..., None]
        light[(x % step <= 1) | (y % step <= 1)] *= 0.82
    if kind == "wood":
        step, plank = side // 32, rng.normal(0, 0.06, (4, 32))
        light += plank[y // (side // 4), x // step][..., None]
        light[x % step == 0] *= 0.8
    if kind in {"concrete", "carpet"}:
        rough = rng.normal(0, 0.05, (16, 16))
        light += np.kron(rough, np.ones((side // 16, side // 16)))[..., None] * 0.4
    return _bytes(light)


def shadow() -> Paint:
    """Return the 64 x 64 opacity of a soft round shadow."""
    y, x = np.mgrid[-1:1:64j, -1:1:64j]
    return _bytes(0.5 * np.clip(1.15 - np.hypot(x, y) * 1.15, 0, 1) ** 1.2)


def _bytes(light: NDArray[np.float64]) -> Paint:
    return (np.clip(light, 0, 1) * 255).astype(np.uint8)
