"""Several cameras in one picture."""

import math
from collections.abc import Mapping
from typing import cast

import cv2
import numpy as np

from vision_workers.frames import Picture
from vision_workers.pictures.strokes import GREY, words

TILE_PX = 720
"""Width of a camera's tile where there are several."""


def tile(pictures: Mapping[str, Picture]) -> Picture:
    """Return the cameras' pictures side by side, each with its id; a single one keeps its size."""
    named = [_named(picture, name) for name, picture in pictures.items()]
    if len(named) == 1:
        return named[0]
    small = [_scaled(picture) for picture in named]
    high = max(picture.shape[0] for picture in small)
    columns = math.ceil(math.sqrt(len(small)))
    cells = [_padded(picture, high) for picture in small]
    cells += [np.zeros((high, TILE_PX, 3), np.uint8)] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    return np.vstack(rows)


def _named(picture: Picture, name: str) -> Picture:
    named = picture.copy()
    words(named, name, (0.0, 0.0), GREY)
    return named


def _scaled(picture: Picture) -> Picture:
    height = round(picture.shape[0] * TILE_PX / picture.shape[1])
    return cast("Picture", cv2.resize(picture, (TILE_PX, height), interpolation=cv2.INTER_AREA))


def _padded(picture: Picture, height: int) -> Picture:
    below = height - picture.shape[0]
    return np.pad(picture, ((0, below), (0, 0), (0, 0)))
