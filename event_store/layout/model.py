"""What a layout says: one store, its cameras, and the places in their pictures.

Picture points are `(x, y)` fractions of the picture's width and height from the top left corner; floor points are
metres. The names are those of the layout file.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Letters, digits, . _ and -")]
Share = Annotated[float, Meta(ge=0.0, le=1.0, description="Fraction of the picture's width or height")]
PicturePoint = tuple[Share, Share]
FloorPoint = tuple[float, float]
PicturePolygon = Annotated[list[PicturePoint], Meta(min_length=3, max_length=100)]
FloorPolygon = Annotated[list[FloorPoint], Meta(min_length=3, max_length=100)]
Seconds = Annotated[float, Meta(ge=0.0, le=86_400.0)]
Metres = Annotated[float, Meta(gt=0.0, le=10_000.0)]

RuleKind = Literal["restricted", "loitering", "crowding", "queue", "closed", "covered"]
Severity = Literal["notice", "warning", "critical"]
ZoneKind = Literal["aisle", "checkout", "promotion", "restricted", "service"]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A table of the layout file."""


class Store(Part, frozen=True, kw_only=True):
    """The store itself."""

    id: Id
    name: str
    time_zone: str
    """IANA name, `Asia/Tokyo`."""
    organisation: Id = "default"
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] | None = None
    locale: Annotated[str, Meta(pattern=r"^[a-z]{2,3}_[A-Z]{2}$")] | None = None
    floor: tuple[Metres, Metres] | None = None
    """Width and depth in metres."""
    checkout: Literal["tills", "self", "walk-out"] = "tills"
    opening_hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], str] = {}
    """`"09:00-21:00"` by day of the week, in the store's own time."""
    holidays: list[date] = []
    plan_picture: str | None = None
    valid_from: datetime | None = None
    """When the layout came into force; the moment of publishing if absent."""


class Camera(Part, frozen=True, kw_only=True):
    """One camera and where its picture comes from."""

    id: Id
    source: str = ""
    """File, RTSP address, device number or folder of images; `${NAME}` is filled in by the worker. Never published."""
    name: str | None = None
    model: str | None = None
    """Name or folder of the detector; the default model if absent."""
    max_frames_per_second: Annotated[float, Meta(ge=1.0, le=240.0)] | None = None
    """So many frames of it are looked at, evenly; all that come, or that there is time for, if absent."""
    floor_points: Annotated[list[tuple[PicturePoint, FloorPoint]], Meta(min_length=4)] | None = None


class Door(Part, frozen=True, kw_only=True):
    """Where people appear and disappear: a visit begins and ends in it."""

    id: Id
    camera: Id
    polygon: PicturePolygon
    name: str | None = None


class Line(Part, frozen=True, kw_only=True):
    """A foot point that goes over it is a fact, with a direction."""

    id: Id
    camera: Id
    start: PicturePoint = msgspec.field(name="from")
    end: PicturePoint = msgspec.field(name="to")
    inside: Literal["left", "right"]
    """The side that counts as in, seen from `from` towards `to`."""
    name: str | None = None


class View(Part, frozen=True, kw_only=True):
    """A zone as one more camera sees it."""

    camera: Id
    polygon: PicturePolygon


class Zone(Part, frozen=True, kw_only=True):
    """A place where people stay; by one camera's polygon, several views, or on the floor."""

    id: Id
    name: str
    kind: ZoneKind = "aisle"
    camera: Id | None = None
    polygon: PicturePolygon | None = None
    floor_polygon: FloorPolygon | None = None
    view: list[View] = []
    min_dwell_s: Seconds = 2.0
    """A shorter stay is passing by."""
    debounce_s: Seconds = 0.5
    """How long a foot point must be on the other side of the edge before it counts."""


class Ignore(Part, frozen=True, kw_only=True):
    """Where nobody is followed: a mannequin, a poster, a screen, a street behind the window."""

    camera: Id
    polygon: PicturePolygon
    name: str | None = None


class Fixture(Part, frozen=True, kw_only=True):
    """Furniture on the floor plan."""

    id: Id
    kind: str
    floor_polygon: FloorPolygon | None = None
    height_m: Metres | None = None


class Facing(Part, frozen=True, kw_only=True):
    """One place for one product on a shelf."""

    slot: int
    polygon: PicturePolygon
    sku: str | None = None
    capacity: Annotated[int, Meta(ge=1)] | None = None
    patience_s: Seconds = 20.0


class Label(Part, frozen=True, kw_only=True):
    """Where the price label of a slot is."""

    slot: int
    polygon: PicturePolygon


class Shelf(Part, frozen=True, kw_only=True):
    """One shelf board in one camera's picture."""

    id: Id
    camera: Id
    fixture: Id | None = None
    level: int | None = None
    facing: list[Facing] = []
    label: list[Label] = []


class Product(Part, frozen=True, kw_only=True):
    """What a stock-keeping unit is."""

    sku: str
    name: str
    gtin: str | None = None
    category: str | None = None
    price: str | None = None


class Rule(Part, frozen=True, kw_only=True):
    """What should not be: it is told once for each stay, zone, line or camera, as its kind has it."""

    id: Id
    kind: RuleKind
    name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    severity: Severity = "warning"
    zone: Id | None = None
    """Where; for `restricted` and `queue` all zones of that kind if absent, otherwise all zones."""
    camera: Id | None = None
    """Which camera, for `covered`; all if absent."""
    longer_than_s: Annotated[float, Meta(gt=0.0, le=86_400.0)] | None = None
    """How long a stay may be, for `loitering`."""
    more_than: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    """How many people may be there, for `crowding` and `queue`."""
    patience_s: Seconds = 0.0
    """How long the condition must hold before it is told."""


class Layout(Part, frozen=True, kw_only=True):
    """One store as its layout file describes it."""

    store: Store
    camera: Annotated[list[Camera], Meta(min_length=1)]
    door: list[Door] = []
    line: list[Line] = []
    zone: list[Zone] = []
    ignore: list[Ignore] = []
    fixture: list[Fixture] = []
    shelf: list[Shelf] = []
    product: list[Product] = []
    rule: list[Rule] = []
