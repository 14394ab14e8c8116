"""What a simulated store is made of: floor, doors, furniture, places that shoppers go to, zones, lines and cameras."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from event_store.layout.model import Id, Metres, ZoneKind

Point = tuple[float, float]
Point3 = tuple[float, float, float]
PictureSize = tuple[
    Annotated[int, Meta(ge=64, le=3840, multiple_of=2)], Annotated[int, Meta(ge=64, le=2160, multiple_of=2)]
]
"""Width and height, even: colours of a clip are kept for two by two pixels."""
FixtureKind = Literal["gondola", "fridge", "till", "table", "pillar"]
FloorKind = Literal["tiles", "wood", "concrete", "carpet"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the store file; everything in metres from the front left corner, x to the right, y to the back."""


class Door(Part, frozen=True, kw_only=True):
    """An opening in an outer wall; both ends lie on that wall."""

    id: Id
    camera: Id
    start: Point = msgspec.field(name="from")
    end: Point = msgspec.field(name="to")
    depth_m: Metres = 1.3
    """How far into the shop the door's polygon of the layout reaches."""


class Fixture(Part, frozen=True, kw_only=True):
    """Furniture that stands in the way."""

    id: Id
    kind: FixtureKind = "gondola"
    rect: tuple[float, float, float, float]
    """x0, y0, x1, y1."""
    height_m: Metres = 1.5


class Place(Part, frozen=True, kw_only=True):
    """Where shoppers stand, and what they look at."""

    id: Id
    at: Point
    facing_deg: float = 90.0
    """0 looks along x, 90 along y."""
    queue: Point | None = None
    """Where the second in the queue stands, relative to the first; without it people stand side by side."""


class Line(Part, frozen=True, kw_only=True):
    """A line on the floor."""

    id: Id
    camera: Id
    start: Point = msgspec.field(name="from")
    end: Point = msgspec.field(name="to")
    inside: Literal["left", "right"]


class Zone(Part, frozen=True, kw_only=True):
    """A part of the floor, as one camera sees it."""

    id: Id
    name: str
    camera: Id
    kind: ZoneKind = "aisle"
    floor_polygon: Annotated[list[Point], Meta(min_length=3)]
    min_dwell_s: Annotated[float, Meta(ge=0.0)] = 2.0


class CameraPlan(Part, frozen=True, kw_only=True):
    """Where a camera hangs and what it looks at."""

    id: Id
    position: Point3
    target: Point3
    view_deg: Annotated[float, Meta(gt=5.0, lt=150.0)] = 75.0
    size: PictureSize | None = None
    """Of its picture; the scenario's if absent."""
    calibrated: bool = True
    """Whether the layout says where its picture shows the floor."""


class Product(Part, frozen=True, kw_only=True):
    """What a stock-keeping unit is."""

    sku: Annotated[str, Meta(min_length=1)]
    name: str
    price: Annotated[str, Meta(pattern=r"^\d+(\.\d\d)?$")]


class FacingPlan(Part, frozen=True, kw_only=True):
    """One place for one product on a shelf: pieces side by side, one deep."""

    slot: int
    sku: str
    start_m: Annotated[float, Meta(ge=0.0)] = msgspec.field(name="from")
    """Where it begins, from the fixture's end that is nearer to the front left corner."""
    piece_m: tuple[Metres, Metres] = (0.12, 0.24)
    """Width and height of a piece."""
    capacity: Annotated[int, Meta(ge=1, le=12)] = 1
    stock: Annotated[int, Meta(ge=0, le=12)] | None = None
    """Pieces there at the beginning; full if absent."""
    patience_s: Annotated[float, Meta(ge=0.0)] = 10.0
    label: bool = True
    """Whether a price label hangs below it."""
    marked: bool = True
    """Whether the layout says where that label is, so that it is read."""


class ShelfPlan(Part, frozen=True, kw_only=True):
    """One board of a gondola or a fridge, with products that a camera sees."""

    id: Id
    camera: Id
    fixture: Id
    level: Annotated[int, Meta(ge=1)]
    """Counted from the floor."""
    side: Literal["front", "back"] = "front"
    """Front is the side nearer to the store's front left corner."""
    facing: Annotated[list[FacingPlan], Meta(min_length=1)]


class Plan(Part, frozen=True, kw_only=True):
    """A store."""

    id: Id
    name: str
    floor: tuple[Metres, Metres]
    ceiling_m: Metres = 3.2
    floor_kind: FloorKind = "tiles"
    time_zone: str = "UTC"
    currency: str | None = None
    locale: str | None = None
    """Of the labels."""
    camera: Annotated[list[CameraPlan], Meta(min_length=1)]
    door: Annotated[list[Door], Meta(min_length=1)]
    fixture: list[Fixture] = []
    place: list[Place] = []
    line: list[Line] = []
    zone: list[Zone] = []
    shelf: list[ShelfPlan] = []
    product: list[Product] = []


def find(parts: Sequence[Part], name: str) -> Part | None:
    """Return the part with this id."""
    return next((part for part in parts if getattr(part, "id", None) == name), None)


def outward(plan: Plan, door: Door) -> Point:
    """Return the unit vector that leads out of the shop through a door."""
    x, y = (door.start[0] + door.end[0]) / 2, (door.start[1] + door.end[1]) / 2
    walls = {(0.0, -1.0): y, (0.0, 1.0): plan.floor[1] - y, (-1.0, 0.0): x, (1.0, 0.0): plan.floor[0] - x}
    return min(walls, key=lambda direction: abs(walls[direction]))


def walls(plan: Plan) -> list[tuple[Point, Point]]:
    """Return the outer walls without their doors, as segments, each from its lower to its higher end."""
    wide, deep = plan.floor
    segments: list[tuple[Point, Point]] = []
    for out in ((0.0, -1.0), (0.0, 1.0), (-1.0, 0.0), (1.0, 0.0)):
        axis = 0 if out[0] == 0 else 1
        fixed = 0.0 if min(out) < 0 else plan.floor[1 - axis]
        doors = [door for door in plan.door if outward(plan, door) == out]
        holes = sorted(sorted((door.start[axis], door.end[axis])) for door in doors)
        edges = [0.0, *(edge for hole in holes for edge in hole), (wide, deep)[axis]]
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            if end > start:
                segments.append(((start, fixed), (end, fixed)) if axis == 0 else ((fixed, start), (fixed, end)))
    return segments
