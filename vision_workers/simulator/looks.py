"""What a shopper looks like: drawn at random, within what people look like."""

import colorsys
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]

SKIN: tuple[Colour, ...] = (
    (0.95, 0.80, 0.70), (0.90, 0.72, 0.60), (0.80, 0.60, 0.46), (0.65, 0.45, 0.33), (0.48, 0.32, 0.23),
    (0.33, 0.22, 0.16),
)  # fmt: skip
HAIR: tuple[Colour, ...] = (
    (0.06, 0.05, 0.05), (0.12, 0.08, 0.06), (0.25, 0.16, 0.10), (0.42, 0.28, 0.16), (0.72, 0.56, 0.32),
    (0.60, 0.59, 0.58), (0.48, 0.20, 0.10),
)  # fmt: skip
PLAIN: tuple[Colour, ...] = (
    (0.07, 0.07, 0.08), (0.13, 0.13, 0.15), (0.14, 0.17, 0.27), (0.3, 0.3, 0.32), (0.5, 0.5, 0.5),
    (0.68, 0.68, 0.66), (0.88, 0.88, 0.86), (0.22, 0.3, 0.48), (0.42, 0.52, 0.68), (0.36, 0.28, 0.2),
    (0.66, 0.57, 0.44), (0.26, 0.32, 0.22),
)  # fmt: skip
"""What most clothes are: black, navy, grey, white, denim, brown, sand, olive."""

Hair = Literal["bald", "short", "bob", "long", "bun", "cap", "scarf"]
Legs = Literal["trousers", "shorts", "skirt", "dress", "coat"]
Bag = Literal["none", "tote", "backpack", "basket"]
Fabric = Literal["plain", "stripes", "checks", "knit", "print"]

HAIR_ODDS = {"short": 0.36, "bob": 0.16, "long": 0.2, "bun": 0.08, "bald": 0.06, "cap": 0.09, "scarf": 0.05}


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Body and clothes of one shopper."""

    height_m: float
    build: float
    """Girth: 1 is average."""
    rounded: bool
    skin: Colour
    hair: Hair
    hair_colour: Colour
    top_colour: Colour
    fabric: Fabric
    legs: Legs
    legs_colour: Colour
    shoe_colour: Colour
    long_sleeves: bool
    bag: Bag
    bag_colour: Colour


def draw_look(rng: np.random.Generator) -> Look:
    """Draw one shopper."""
    child = rng.random() < 0.06  # noqa: PLR2004
    height = rng.uniform(1.1, 1.4) if child else np.clip(rng.normal(1.70, 0.10), 1.45, 2.0)
    build = float(np.clip(rng.normal(1.05, 0.14), 0.8, 1.5))
    return Look(
        height_m=round(float(height), 3),
        build=round(build, 3),
        rounded=bool(build > 1.15 or rng.random() < 0.2),  # noqa: PLR2004
        skin=_tint(rng, SKIN, 0.03),
        hair=_choose(rng, HAIR_ODDS),
        hair_colour=_tint(rng, HAIR, 0.03),
        top_colour=_cloth(rng, 0.45),
        fabric=_choose(rng, {"plain": 0.5, "knit": 0.2, "stripes": 0.12, "checks": 0.1, "print": 0.08}),
        legs=_choose(rng, {"trousers": 0.64, "coat": 0.14, "dress": 0.08, "skirt": 0.07, "shorts": 0.07}),
        legs_colour=_cloth(rng, 0.8),
        shoe_colour=_cloth(rng, 0.9),
        long_sleeves=bool(rng.random() < 0.65),  # noqa: PLR2004
        bag=_choose(rng, {"none": 0.5, "tote": 0.18, "backpack": 0.16, "basket": 0.16}),
        bag_colour=_cloth(rng, 0.4),
    )


def _choose(rng: np.random.Generator, odds: dict[str, float]) -> Any:
    return list(odds)[int(rng.choice(len(odds), p=np.array(list(odds.values())) / sum(odds.values())))]


def _cloth(rng: np.random.Generator, plain: float) -> Colour:
    if rng.random() < plain:
        return _tint(rng, PLAIN, 0.04)
    hue, saturation, value = rng.random(), rng.uniform(0.3, 0.95), rng.uniform(0.25, 0.95)
    return _rounded(np.array(colorsys.hsv_to_rgb(hue, saturation, value)))


def _tint(rng: np.random.Generator, colours: tuple[Colour, ...], spread: float) -> Colour:
    return _rounded(np.array(colours[int(rng.integers(len(colours)))]) + rng.normal(0, spread, 3))


def _rounded(colour: NDArray[np.float64]) -> Colour:
    red, green, blue = (round(float(c), 3) for c in np.clip(colour, 0.0, 1.0))
    return red, green, blue
