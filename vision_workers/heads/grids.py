"""The cells of one-stage detectors: one set of boxes for each cell of several grids."""

from vision_workers.heads.head import InputSize

STRIDES_PX = (8, 16, 32)
SETS_OF_STRIDES_PX = (STRIDES_PX, (8, 16, 32, 64), (4, 8, 16, 32), (16, 32))
"""The usual one, with a level above (P6), with one below (P2), and the tiny networks'."""
ANCHORS = 3
"""Boxes of each cell of YOLOv5 and YOLOv7."""


def cells(size: InputSize, strides_px: tuple[int, ...] = STRIDES_PX) -> int:
    """Return the number of grid cells over all strides."""
    return sum((size.width // stride) * (size.height // stride) for stride in strides_px)


def is_grid(rows: int, size: InputSize) -> bool:
    """Tell whether that many rows are the cells of usual grids, or three for each."""
    return any(rows in (cells(size, strides), ANCHORS * cells(size, strides)) for strides in SETS_OF_STRIDES_PX)
