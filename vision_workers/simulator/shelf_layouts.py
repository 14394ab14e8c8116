"""The shelves of a simulated store as its cameras see them: facings, labels and products of its layout."""

from collections.abc import Mapping

from vision_workers.simulator.lenses import Array, Lens
from vision_workers.simulator.plans import Plan, Point
from vision_workers.simulator.shelves import facings
from vision_workers.simulator.tables import table

DIGITS = 4


def write_shelves(plan: Plan, lenses: Mapping[str, Lens]) -> list[str]:
    """Return the tables of the shelves that the cameras given see, and of the products."""
    tables: list[str] = []
    for shelf in plan.shelf:
        lens = lenses.get(shelf.camera)
        if lens is None:
            continue
        tables.append(table("shelf", id=shelf.id, camera=shelf.camera, fixture=shelf.fixture, level=shelf.level))
        own = [facing for facing in facings(plan).values() if facing.shelf is shelf]
        for facing in own:
            fields = {"slot": facing.plan.slot, "polygon": _seen(facing.outline, lens), "sku": facing.plan.sku}
            room = {"capacity": facing.plan.capacity, "patience_s": facing.plan.patience_s}
            tables.append(table("shelf.facing", **fields, **room))
        for facing in own:
            if facing.plan.label and facing.plan.marked:
                polygon = _seen(facing.label_outline, lens)
                tables.append(table("shelf.label", slot=facing.plan.slot, polygon=polygon))
    tables += [table("product", sku=each.sku, name=each.name, price=each.price) for each in plan.product]
    return tables


def _seen(corners: Array, lens: Lens) -> list[Point]:
    """Return corners as fractions of the picture, cut at its edges."""
    points = lens.project(corners)[:, :2].clip(0.0, 1.0)
    return [(round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in points]
