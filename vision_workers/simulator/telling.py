"""Exact answers to the questions that a layout asks, out of where everybody was."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from event_store.layout.geometry import contains, turn
from vision_workers.simulator.figures import Pose
from vision_workers.simulator.plans import Door, Line, Plan, Point, Zone
from vision_workers.simulator.truth import Crossing, LineTotal, Minute, Passage, ShopperTruth, Stay, Totals, ZoneTotal
from vision_workers.simulator.walks import STEP_S

SAME_STAY_S = 0.5
"""Who steps out of a zone for less has not left it."""
DOORWAY_M = 0.2
"""So near the wall's middle one is in the doorway, neither inside nor outside."""

Steps = Sequence[Mapping[int, Pose]]
"""Where everybody is, twenty times a second."""


def tell(plan: Plan, steps: Steps) -> list[ShopperTruth]:
    """Return what each shopper did."""
    numbers = sorted({number for step in steps for number in step})
    return [_tell_one(plan, number, steps) for number in numbers]


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
        most_inside=max((sum(e <= t for e in entered) - sum(o <= t for o in left) for t in entered), default=0),
    )


def _tell_one(plan: Plan, number: int, steps: Steps) -> ShopperTruth:
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
    )


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
