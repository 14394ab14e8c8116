"""People made unrecognisable, before anything is written."""

from collections.abc import Iterable

import cv2

from event_store.events.event import Box
from vision_workers.frames import Picture

BLOCKS = 6
"""A person's box keeps this many blocks across; a face in it is then less than one."""
MARGIN = 0.15
"""Of the box's size, on every side: detectors cut off hair and hands."""
TRANSPARENT = 4


def blur(picture: Picture, boxes: Iterable[Box]) -> Picture:
    """Return a copy in which each box, and a margin around it, is averaged into blocks; nothing brings it back."""
    blurred = picture.copy()
    height, width = picture.shape[:2]
    for box in boxes:
        wide, high = (box.x1 - box.x0) * MARGIN, (box.y1 - box.y0) * MARGIN
        left, right = _within(box.x0 - wide, width), _within(box.x1 + wide, width)
        top, bottom = _within(box.y0 - high, height), _within(box.y1 + high, height)
        if right - left < 1 or bottom - top < 1:
            continue
        # from the picture, not the copy: where boxes overlap, blocks of blocks would show seams
        person = picture[top:bottom, left:right]
        rows = max(1, round(BLOCKS * person.shape[0] / person.shape[1]))
        blocks = cv2.resize(person, (BLOCKS, rows), interpolation=cv2.INTER_AREA)
        blurred[top:bottom, left:right] = cv2.resize(blocks, person.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return blurred


def _within(share: float, extent: int) -> int:
    return min(max(round(share * extent), 0), extent)
