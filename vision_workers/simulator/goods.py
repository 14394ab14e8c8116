"""The products and price labels that are drawn: which stands where, which is in whose hand."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from vision_workers.simulator import packaging
from vision_workers.simulator.figures import Array, Pose, held
from vision_workers.simulator.looks import Look
from vision_workers.simulator.paint import Paint
from vision_workers.simulator.plans import Plan
from vision_workers.simulator.shelves import ShelfFacing, facings
from vision_workers.simulator.stocks import Stock, Where


class Good(msgspec.Struct, frozen=True, eq=False):
    """A printed box: where a unit box goes (4 x 4, metres in the shop), and what is on it."""

    matrix: Array
    print: str
    """A name of `prints`."""


def prints(plan: Plan) -> dict[str, Paint]:
    """Return what is printed on the packages and labels of a store."""
    faces = {f"face/{product.sku}": packaging.face(product) for product in plan.product}
    return faces | {f"label/{product.sku}": packaging.label(product) for product in plan.product}


def goods(plan: Plan, stock: Stock, time_s: float, poses: Mapping[int, Pose], looks: Sequence[Look]) -> dict[str, Good]:
    """Return what is to be drawn at a moment, by name; a name keeps what is printed on it."""
    return dict(_goods(facings(plan), stock, time_s, poses, looks))


def _goods(
    places: Mapping[str, ShelfFacing], stock: Stock, time_s: float, poses: Mapping[int, Pose], looks: Sequence[Look]
) -> Iterator[tuple[str, Good]]:
    for facing in places.values():
        if facing.plan.label:
            yield f"label {facing.key}", Good(facing.label, f"label/{facing.product.sku}")
    for number, where in stock.at(time_s).items():
        home = stock.pieces[number].home
        matrix = _matrix(places, home, where, poses, looks)
        if matrix is not None:
            yield f"piece {number}", Good(matrix, f"face/{home.product.sku}")


def _matrix(
    places: Mapping[str, ShelfFacing],
    home: ShelfFacing,
    where: Where,
    poses: Mapping[int, Pose],
    looks: Sequence[Look],
) -> Array | None:
    """Return where a piece is; None when who holds it is not in the shop."""
    if where.facing is not None:
        return places[where.facing].piece(where.place)
    if where.shopper is None or where.shopper not in poses:
        return None
    wide, tall = home.plan.piece_m
    return held(looks[where.shopper], poses[where.shopper], (0.94 * wide, 0.94 * wide, tall))
