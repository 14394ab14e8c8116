"""The floor in square cells: the same for the worker that counts in them and for the answer that shows them."""

from collections.abc import Sequence
from math import ceil

import msgspec

from event_store.layout.geometry import XY
from event_store.layout.model import Layout

SMALLEST_CELL_MM = 500
"""A person's own place. Calibration and cut boxes blur it no further in a camera's near half."""
MOST_CELLS = 14_400
"""Two bytes for each are less than 40 kB in base64. A larger floor has larger cells."""


class FloorGrid(msgspec.Struct, frozen=True):
    """A floor's cells, row by row from its front left corner."""

    columns: int
    """To the right."""
    rows: int
    """To the back."""
    cell_mm: int
    """Length of a cell's side."""

    def cell_at(self, point: XY) -> int | None:
        """Return the number of the cell that a point of the floor, in metres, lies in; None off the floor."""
        column, row = (int(each * 1000 // self.cell_mm) for each in point)
        if not (0 <= column < self.columns and 0 <= row < self.rows):
            return None
        return row * self.columns + column

    def middle(self, cell: int) -> XY:
        """Return the middle of a cell, in metres."""
        row, column = divmod(cell, self.columns)
        return (column + 0.5) * self.cell_mm / 1000, (row + 0.5) * self.cell_mm / 1000

    def middles(self) -> Sequence[XY]:
        """Return the middle of each cell, in their order."""
        return [self.middle(cell) for cell in range(self.columns * self.rows)]


def floor_grid(layout: Layout) -> FloorGrid | None:
    """Return the cells of a store's floor; None where the layout does not say how large it is."""
    if layout.store.floor is None:
        return None
    width, depth = layout.store.floor
    cell_mm = SMALLEST_CELL_MM
    while _count(width, cell_mm) * _count(depth, cell_mm) > MOST_CELLS:
        cell_mm *= 2
    return FloorGrid(_count(width, cell_mm), _count(depth, cell_mm), cell_mm)


def _count(length_m: float, cell_mm: int) -> int:
    return max(1, ceil(length_m * 1000 / cell_mm))
