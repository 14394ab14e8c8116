"""Exact answers to the questions that a layout asks, out of where everybody was."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from event_store.layout.geometry import contains, turn
from vision_workers.simulator.figures import Pose
from vision_workers.simulator.plans import Door, Line, Plan, Point, Zone
from vision_workers.simulator.shelves import ShelfFacing
from vision_workers.simulator.stocks import Move, Movement, Stock
from vision_workers.simulator.truth import (
    Crossing,
    GapTruth,
    Handled,
    LabelTruth,
    LineTotal,
    Minute,
    Passage,
    ShopperTruth,
    Stay,
    Totals,
    ZoneTotal,
)
from vision_workers.simulator.waits import waits
from vision_workers.simulator.walks import STEP_S

SAME_STAY_S = 0.5
"""Who steps out of a zone for less has not left it."""
DOORWAY_M = 0.2
"""So near the wall's middle one is in the doorway, neither inside nor outside."""

Steps = Sequence[Mapping[int, Pose]]
"""Where everybody is, twenty times a second."""


def tell(plan: Plan, steps: Steps, moves: Sequence[Move] = ()) -> list[ShopperTruth]:
    """Return what each shopper did."""
    numbers = sorted({number for step in steps for number in step})
    return [_tell_one(plan, number, steps, [move for move in moves if move.shopper == number]) for number in numbers]


def tell_gaps(facings: Mapping[str, ShelfFacing], stock: Stock) -> list[GapTruth]:
    """Return when which facing was empty."""
    gaps: list[GapTruth] = []
    for key, facing in facings.items():
        changes = [(0.0, stock.began[key]), *((move.at_s, move.count) for move in stock.moves if move.facing == key)]
        began = [at for n, (at, count) in enumerate(changes) if count == 0 and (n == 0 or changes[n - 1][1] > 0)]
        ended = [at for n, (at, count) in enumerate(changes) if n and count > 0 and changes[n - 1][1] == 0]
        gaps += [
            GapTruth(**_of(facing), from_s=at, to_s=next((end for end in ended if end > at), None)) for at in began
        ]
    return sorted(gaps, key=lambda gap: gap.from_s)


def tell_labels(facings: Mapping[str, ShelfFacing]) -> list[LabelTruth]:
    """Return what the labels say that the layout marks."""
    return [
        LabelTruth(**_of(each), price=each.product.price)
        for each in facings.values()
        if each.plan.label and each.plan.marked
    ]


def _of(facing: ShelfFacing) -> dict[str, Any]:
    return {"shelf_id": facing.shelf.id, "slot": facing.plan.slot, "sku": facing.plan.sku}


def total(plan: Plan, shoppers: Sequence[ShopperTruth], seconds: float) -> Totals:
    """Return the sums."""
    entered = sorted(each.at_s for shopper in shoppers for each in shopper.entered)
    left = sorted(each.at_s for shopper in shoppers for each in shopper.left)
    minutes = [
        Minute(minute=n, entered=_within(entered, n), left=_within(left, n)) for n in range(int(-(-seconds // 60)))
    ]
    busiest = max(minutes, key=lambda minute: minute.entered, default=None)
    return Totals(
        entered=len(entered),
        left=len(left),
        lines={line.id: _line_total(line, shoppers) for line in plan.line},
        zones={zone.id: _zone_total(zone, shoppers) for zone in plan.zone},
        minutes=minutes,
        busiest_minute=busiest.minute if busiest and busiest.entered else None,
        picked=_moves(shoppers, "picked"),
        returned=_moves(shoppers, "returned"),
        restocked=_moves(shoppers, "restocked"),
        most_inside=max((sum(e <= t for e in entered) - sum(o <= t for o in left) for t in entered), default=0),
    )


def _tell_one(plan: Plan, number: int, steps: Steps, moves: Sequence[Move]) -> ShopperTruth:
    times = [(n * STEP_S, step[number]) for n, step in enumerate(steps) if number in step]
    places = [(at, (pose.x, pose.y)) for at, pose in times]
    entered, left = _passages(plan, places)
    crossings = [crossing for line in plan.line for crossing in _crossings(line, places)]
    stays = [stay for zone in plan.zone for stay in _stays(zone, places, len(steps) * STEP_S)]
    return ShopperTruth(
        number=number,
        entered=entered,
        left=left,
        lines=sorted(crossings, key=lambda crossing: crossing.at_s),
        zones=sorted(stays, key=lambda stay: stay.from_s),
        waits=[wait for place in plan.place if place.queue for wait in waits(place, times)],
        handled=[_handled(move) for move in moves],
    )


def _handled(move: Move) -> Handled:
    shelf_id, slot = move.facing.rsplit("/", 1)
    return Handled(
        movement=move.movement,
        shelf_id=shelf_id,
        slot=int(slot),
        sku=move.sku,
        at_s=move.at_s,
        misplaced=move.misplaced,
        count=move.count,
    )


def _moves(shoppers: Sequence[ShopperTruth], movement: Movement) -> int:
    return sum(each.movement == movement for shopper in shoppers for each in shopper.handled)


def _passages(plan: Plan, places: Sequence[tuple[float, Point]]) -> tuple[list[Passage], list[Passage]]:
    """Who stops in the doorway has not gone through it: a passage leads from well outside to well inside."""
    passages: dict[bool, list[Passage]] = {True: [], False: []}
    was_inside: bool | None = None
    crossed_s = 0.0
    for (_, before), (at, spot) in pairwise(places):
        if (_depth(plan, before) < 0) != (_depth(plan, spot) < 0):
            crossed_s = at
        if abs(_depth(plan, spot)) < DOORWAY_M:
            continue
        inside = _depth(plan, spot) > 0
        if was_inside is not None and inside != was_inside:
            passage = Passage(at_s=round(crossed_s, 2), door_id=_nearest_door(plan, spot).id)
            passages[inside].append(passage)
        was_inside = inside
    return passages[True], passages[False]


def _depth(plan: Plan, spot: Point) -> float:
    """Metres inside of the nearest wall; negative outside."""
    return min(spot[0], plan.floor[0] - spot[0], spot[1], plan.floor[1] - spot[1])


def _nearest_door(plan: Plan, spot: Point) -> Door:
    def distance(door: Door) -> float:
        x, y = (door.start[0] + door.end[0]) / 2, (door.start[1] + door.end[1]) / 2
        return (x - spot[0]) ** 2 + (y - spot[1]) ** 2

    return min(plan.door, key=distance)


def _crossings(line: Line, places: Sequence[tuple[float, Point]]) -> list[Crossing]:
    crossings = []
    for (_, before), (at, after) in pairwise(places):
        sides = _left_of(line, before), _left_of(line, after)
        meets = turn(before, after, line.start) * turn(before, after, line.end) <= 0
        if sides[0] != sides[1] and meets:
            into = sides[1] == (line.inside == "left")
            crossings.append(Crossing(line_id=line.id, at_s=round(at, 2), direction="in" if into else "out"))
    return crossings


def _left_of(line: Line, spot: Point) -> bool:
    """Seen from above, where y runs up and not down as in a picture."""
    return turn(line.start, line.end, spot) > 0


def _stays(zone: Zone, places: Sequence[tuple[float, Point]], end_s: float) -> list[Stay]:
    spans: list[list[float]] = []
    for at, spot in places:
        if not contains(zone.floor_polygon, spot):
            continue
        if spans and at - spans[-1][1] <= SAME_STAY_S + STEP_S / 2:
            spans[-1][1] = at
        else:
            spans.append([at, at])
    return [
        Stay(
            zone_id=zone.id,
            from_s=round(first, 2),
            to_s=round(last, 2),
            dwell_ms=round((last - first) * 1000),
            left=last < end_s - 2 * STEP_S,
        )
        for first, last in spans
    ]


def _line_total(line: Line, shoppers: Sequence[ShopperTruth]) -> LineTotal:
    ways = [each.direction for shopper in shoppers for each in shopper.lines if each.line_id == line.id]
    return LineTotal(into=ways.count("in"), out=ways.count("out"))


def _zone_total(zone: Zone, shoppers: Sequence[ShopperTruth]) -> ZoneTotal:
    stays = [
        (shopper.number, stay.dwell_ms / 1000)
        for shopper in shoppers
        for stay in shopper.zones
        if stay.zone_id == zone.id and stay.dwell_ms >= zone.min_dwell_s * 1000
    ]
    dwell = round(median(s for _, s in stays), 2) if stays else None
    return ZoneTotal(visitors=len({number for number, _ in stays}), stays=len(stays), median_dwell_s=dwell)


def _within(times: Sequence[float], minute: int) -> int:
    return sum(60 * minute <= at < 60 * (minute + 1) for at in times)
