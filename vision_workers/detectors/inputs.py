"""A picture becomes a network's input, and the network's corners become the picture's again."""

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_workers.frames import Picture
from vision_workers.models.description import InputDescription

GREY = 114
"""The padding that YOLOX was trained with."""


def to_input(picture: Picture, taken: InputDescription) -> Picture:
    """Return the picture as the network takes it: height x width x 3, raw 0 to 255."""
    size = (taken.width, taken.height)
    if taken.resize == "stretch":
        resized = np.asarray(cv2.resize(picture, size), np.uint8)
    else:
        resized = np.full((taken.height, taken.width, 3), GREY, np.uint8)
        width, height = _letterboxed(picture, taken)
        cv2.resize(picture, (width, height), dst=resized[:height, :width])
    return resized if taken.colour == "BGR" else np.ascontiguousarray(resized[:, :, ::-1])


def picture_share(picture: Picture, taken: InputDescription) -> NDArray[np.float32]:
    """Return the fractions (x, y) of the input that the picture fills; the rest is padding."""
    if taken.resize == "stretch":
        return np.ones(2, np.float32)
    width, height = _letterboxed(picture, taken)
    return np.array((width / taken.width, height / taken.height), np.float32)


def _letterboxed(picture: Picture, taken: InputDescription) -> tuple[int, int]:
    height, width = picture.shape[:2]
    scale = min(taken.width / width, taken.height / height)
    return round(width * scale), round(height * scale)
