"""Where the boards of gondolas and fridges are, the facings on them, and each piece and label of a facing."""

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from vision_workers.simulator.plans import FacingPlan, Fixture, Place, Plan, Product, ShelfPlan

Array = NDArray[np.float64]
BASE_M = 0.14
"""From the floor to the lowest board."""
BOARD_M, BOARD_DEPTH_M = 0.025, 0.32
LEVEL_M = 0.38
STANDING_M = 0.5
"""Who takes something stands so far from the board's edge."""
MARGIN_M = 0.02
"""Around a facing nothing else stands."""
LABEL_M = (0.2, 0.1)
"""Width and height of a price label."""
LABEL_OUT_M = 0.015
"""How far its front is from the board's edge."""
SHELVED = frozenset({"gondola", "fridge"})


class Board(msgspec.Struct, frozen=True, eq=False):
    """The front edge of one board: its end nearer to the front left corner, and the ways along it and out of it."""

    end: Array
    along: Array
    out: Array
    length_m: float

    def at(self, along_m: float, out_m: float = 0.0, up_m: float = 0.0) -> Array:
        """Return a point by its distances along the edge, out of the shelf and above the board."""
        return np.asarray(self.end + self.along * along_m + self.out * out_m + np.array([0.0, 0.0, up_m]))


class ShelfFacing(msgspec.Struct, frozen=True, eq=False):
    """One facing in the shop."""

    shelf: ShelfPlan
    plan: FacingPlan
    product: Product
    board: Board

    @property
    def key(self) -> str:
        """`shelf/slot`, by which scenarios name it."""
        return f"{self.shelf.id}/{self.plan.slot}"

    @property
    def span_m(self) -> tuple[float, float]:
        """Where it begins and ends along the board."""
        return self.plan.start_m, self.plan.start_m + self.plan.capacity * self.plan.piece_m[0]

    @property
    def outline(self) -> Array:
        """The corners (4 x 3) of what a customer sees of the product when the place is full."""
        (start, end), tall = self.span_m, self.plan.piece_m[1]
        return np.array([self.board.at(x, 0.0, up) for x, up in ((start, tall), (end, tall), (end, 0.0), (start, 0.0))])

    def piece(self, place: int) -> Array:
        """Return the matrix that stretches a unit box to the piece at a place, counted from 0."""
        wide, tall = self.plan.piece_m
        base = self.board.at(self.plan.start_m + (place + 0.5) * wide, -wide / 2)
        return _placed(base, self.board, (0.94 * wide, 0.94 * wide, tall))

    @property
    def label(self) -> Array:
        """The matrix that stretches a unit box to its price label, which hangs at the board's edge."""
        wide, tall = LABEL_M
        return _placed(
            self.board.at(sum(self.span_m) / 2, LABEL_OUT_M / 2, -tall), self.board, (wide, LABEL_OUT_M, tall)
        )

    @property
    def label_outline(self) -> Array:
        """The label's corners (4 x 3)."""
        middle, (wide, tall) = sum(self.span_m) / 2, LABEL_M
        low, high = middle - wide / 2, middle + wide / 2
        return np.array(
            [self.board.at(x, 0.017, up) for x, up in ((low, 0.0), (high, 0.0), (high, -tall), (low, -tall))]
        )

    @property
    def place(self) -> Place:
        """Where somebody stands who reaches into it."""
        x, y, _ = self.board.at(sum(self.span_m) / 2, STANDING_M)
        back = -self.board.out
        return Place(id=self.key, at=(float(x), float(y)), facing_deg=float(np.degrees(np.arctan2(back[1], back[0]))))

    @property
    def reach_m(self) -> float:
        """How high above the floor a hand takes hold of a piece."""
        return float(self.board.end[2]) + 0.6 * self.plan.piece_m[1]

    def overlaps(self, base: tuple[float, float, float], size: tuple[float, float, float]) -> bool:
        """Say whether an upright box, by the centre of its base, takes room of the facing."""
        start, end = self.span_m
        corners = [self.board.at(start - MARGIN_M, 0.05), self.board.at(end + MARGIN_M, -BOARD_DEPTH_M, LEVEL_M * 0.8)]
        low, high = np.min(corners, axis=0), np.max(corners, axis=0)
        half = np.array([size[0] / 2, size[1] / 2, 0.0])
        return bool(np.all(base - half < high) and np.all(base + half + np.array([0, 0, size[2]]) > low))


def board_heights(fixture: Fixture) -> list[float]:
    """Return how high the undersides of a fixture's boards are, from the lowest."""
    levels = max(2, int(fixture.height_m / LEVEL_M))
    return [BASE_M + level * (fixture.height_m - BASE_M) / levels for level in range(levels)]


def facings(plan: Plan) -> Mapping[str, ShelfFacing]:
    """Return the facings of a store by `shelf/slot`; its shelves must have no `problems`."""
    products = {product.sku: product for product in plan.product}
    fixtures = {fixture.id: fixture for fixture in plan.fixture}
    found = [
        ShelfFacing(shelf, facing, products[facing.sku], _board(fixtures[shelf.fixture], shelf))
        for shelf in plan.shelf
        for facing in shelf.facing
    ]
    return {facing.key: facing for facing in found}


def problems(plan: Plan) -> Iterator[str]:
    """Yield what is wrong with the shelves of a store."""
    cameras, skus = {camera.id for camera in plan.camera}, {product.sku for product in plan.product}
    fixtures = {fixture.id: fixture for fixture in plan.fixture if fixture.kind in SHELVED}
    for shelf in plan.shelf:
        if shelf.camera not in cameras:
            known = ", ".join(sorted(cameras))
            yield f"shelf {shelf.id}: the store has no camera {shelf.camera!r}; choose from {known}"
        for facing in shelf.facing:
            if facing.sku not in skus:
                yield f"shelf {shelf.id}, slot {facing.slot}: there is no [[product]] with sku {facing.sku!r}"
        slots = [facing.slot for facing in shelf.facing]
        if len({*slots}) < len(slots):
            yield f"shelf {shelf.id}: two facings have one slot; number them"
        fixture = fixtures.get(shelf.fixture)
        if fixture is None:
            yield f"shelf {shelf.id}: {shelf.fixture!r} has no boards; choose from {', '.join(sorted(fixtures))}"
        elif shelf.level > (most := len(board_heights(fixture))):
            yield f"shelf {shelf.id}: {fixture.id} has {most} boards, level {shelf.level} is above them"
        else:
            yield from _too_long(shelf, _board(fixture, shelf).length_m)


def _too_long(shelf: ShelfPlan, length_m: float) -> Iterator[str]:
    for facing in shelf.facing:
        end = facing.start_m + facing.capacity * facing.piece_m[0]
        if end > length_m:
            yield f"shelf {shelf.id}, slot {facing.slot}: it ends at {end:.2f} m of a board of {length_m:.2f} m"


def _board(fixture: Fixture, shelf: ShelfPlan) -> Board:
    x0, y0, x1, y1 = fixture.rect
    is_front, height = shelf.side == "front", board_heights(fixture)[shelf.level - 1] + BOARD_M
    if x1 - x0 >= y1 - y0:
        end, along, out = (x0, y0 if is_front else y1), (1.0, 0.0), (0.0, -1.0 if is_front else 1.0)
    else:
        end, along, out = (x0 if is_front else x1, y0), (0.0, 1.0), (-1.0 if is_front else 1.0, 0.0)
    length = max(x1 - x0, y1 - y0)
    return Board(np.array([*end, height]), np.array([*along, 0.0]), np.array([*out, 0.0]), length)


def _placed(base: Array, board: Board, size: tuple[float, float, float]) -> Array:
    """A box whose y points into the shelf, as its maker drew it: the front is the side with the lower y."""
    right = np.array([-board.out[1], board.out[0], 0.0])
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1] = right * size[0], -board.out * size[1]
    matrix[2, 2], matrix[:3, 3] = size[2], base
    return matrix
