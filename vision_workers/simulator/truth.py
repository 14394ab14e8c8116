"""The truth files: what really happened in a store and in each picture of it.

A shopper's place is the point of the floor below the middle of the body. Times are seconds of the clip.
"""

import msgspec

from event_store.events.event import Box
from event_store.events.lines import Direction
from vision_workers.simulator.plans import Point
from vision_workers.simulator.stocks import Movement


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the truth file."""


class Passage(Truth, frozen=True, kw_only=True):
    """Someone went through a door."""

    at_s: float
    door_id: str


class Stay(Truth, frozen=True, kw_only=True):
    """Someone was in a zone; until the clip's end if they did not leave it."""

    zone_id: str
    from_s: float
    to_s: float
    dwell_ms: int
    left: bool


class Crossing(Truth, frozen=True, kw_only=True):
    """Someone went over a line."""

    line_id: str
    at_s: float
    direction: Direction


class Handled(Truth, frozen=True, kw_only=True):
    """Someone's hand was in a facing."""

    movement: Movement
    shelf_id: str
    slot: int
    sku: str
    at_s: float
    misplaced: bool
    count: int
    """Pieces in the facing after it."""


class GapTruth(Truth, frozen=True, kw_only=True):
    """A facing was empty; until the clip's end if nothing came."""

    shelf_id: str
    slot: int
    sku: str
    from_s: float
    to_s: float | None


class LabelTruth(Truth, frozen=True, kw_only=True):
    """What a label says."""

    shelf_id: str
    slot: int
    sku: str
    price: str


class Wait(Truth, frozen=True, kw_only=True):
    """Someone stood in a queue, from the first moment at which they stood there."""

    place_id: str
    joined_s: float
    wait_s: float
    """Until it was their turn."""
    left_s: float


class ShopperTruth(Truth, frozen=True, kw_only=True):
    """All that one shopper did."""

    number: int
    entered: list[Passage]
    left: list[Passage]
    lines: list[Crossing]
    zones: list[Stay]
    handled: list[Handled] = []
    waits: list[Wait] = []


class ZoneTotal(Truth, frozen=True, kw_only=True):
    """A zone's answers; stays shorter than its `min_dwell_s` do not count."""

    visitors: int
    stays: int
    median_dwell_s: float | None


class LineTotal(Truth, frozen=True, kw_only=True):
    """A line's answers."""

    into: int = msgspec.field(name="in")
    out: int


class Minute(Truth, frozen=True, kw_only=True):
    """One minute of the clip."""

    minute: int
    entered: int
    left: int


class Totals(Truth, frozen=True, kw_only=True):
    """What a store manager would ask."""

    entered: int
    left: int
    lines: dict[str, LineTotal]
    zones: dict[str, ZoneTotal]
    minutes: list[Minute]
    busiest_minute: int | None
    """The first of those in which most entered, counted from 0."""
    most_inside: int
    picked: int = 0
    returned: int = 0
    restocked: int = 0


class StoreTruth(Truth, frozen=True, kw_only=True):
    """`truth.json`: what happened in the store."""

    scenario: str
    store: str
    seed: int
    seconds: float
    fps: int
    totals: Totals
    shoppers: list[ShopperTruth]
    gaps: list[GapTruth] = []
    labels: list[LabelTruth] = []


class Person(Truth, frozen=True, kw_only=True):
    """One person in one frame."""

    number: int
    floor: Point
    """Metres."""
    foot: Point
    """Where that point of the floor is in the picture, as fractions; may lie outside."""
    box: Box
    visible: float
    """Share of the body inside the picture that nothing hides."""
    zones: list[str]


class FrameTruth(Truth, frozen=True, kw_only=True):
    """One frame."""

    frame: int
    time_s: float
    people: list[Person]


class CameraTruth(Truth, frozen=True, kw_only=True):
    """`<camera>.truth.json`: who is where in every frame of a clip."""

    camera_id: str
    clip: str
    size: tuple[int, int]
    fps: int
    frames: list[FrameTruth]
