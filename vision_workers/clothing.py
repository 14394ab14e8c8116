"""The coarse colour of somebody's upper clothes.

It tells apart who comes out from behind whom, and who comes into which picture next. It lives in the worker's memory
for as long as a visit is open, is in no fact and no sample, and tells nothing about who somebody is.
"""

from typing import Final

import cv2
import msgspec
import numpy as np

from event_store.events.event import Box
from vision_workers.frames import Clothing, Picture

ACROSS, DOWN = (0.3, 0.7), (0.18, 0.45)
"""Where the chest or back is in a person's box."""
LIGHTNESS_WORTH = 0.6
"""Light differs from place to place and from camera to camera more than colour does."""
OTHER_CLOTHES = 30.0
"""Colours so far apart are other clothes, whatever the light."""
AT_EDGE = 0.01
GAIN: Final = 0.1
"""Share of the newest sight."""


def clothing_of(picture: Picture, box: Box) -> Clothing | None:
    """Return the mean colour of somebody's upper clothes in a picture, None where its edge cuts them."""
    if min(box.x0, box.y0) < AT_EDGE or max(box.x1, box.y1) > 1 - AT_EDGE:
        return None
    height, width = picture.shape[:2]
    wide, high = box.x1 - box.x0, box.y1 - box.y0
    left, right = (round((box.x0 + share * wide) * width) for share in ACROSS)
    top, bottom = (round((box.y0 + share * high) * height) for share in DOWN)
    pixels = picture[top : max(bottom, top + 1), left : max(right, left + 1)]
    mean = np.asarray(cv2.mean(pixels)[:3], np.float32) / np.float32(255)
    lightness, green_red, blue_yellow = cv2.cvtColor(mean.reshape(1, 1, 3), cv2.COLOR_BGR2LAB)[0, 0].tolist()
    return Clothing(lightness, green_red, blue_yellow)


def colours_apart(one: Clothing | None, other: Clothing | None) -> float:
    """Return how different two colours are: 0 is the same or unknown, 10 is seen at a glance."""
    if one is None or other is None:
        return 0.0
    lightness = LIGHTNESS_WORTH * (one.lightness - other.lightness)
    return float(np.hypot(np.hypot(lightness, one.green_red - other.green_red), one.blue_yellow - other.blue_yellow))


def blended(before: Clothing | None, now: Clothing | None) -> Clothing | None:
    """Return the smoothed colour after one more sight."""
    if before is None or now is None:
        return before or now
    pairs = zip(msgspec.structs.astuple(before), msgspec.structs.astuple(now), strict=True)
    return Clothing(*(old + GAIN * (new - old) for old, new in pairs))
