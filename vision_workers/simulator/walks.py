"""How shoppers move: from place to place, around furniture and one another, in queues one behind the other."""

from collections.abc import Sequence

import numpy as np

from vision_workers.simulator.figures import Action, Pose
from vision_workers.simulator.hands import handle
from vision_workers.simulator.plans import Place, Point
from vision_workers.simulator.scenarios import Script
from vision_workers.simulator.shelves import facings
from vision_workers.simulator.stocks import Stock
from vision_workers.simulator.walkers import Leg, Walker, arrivals
from vision_workers.simulator.ways import Ways

STEPS_PER_S = 20
STEP_S = 1 / STEPS_PER_S
REACHED_M = 0.12
ROOM_M = 0.75
"""Nearer than this people give way to one another."""
TOUCH_M = 0.42
SIDE_BY_SIDE_M = 0.7
JOINING_M = 2.0
"""A place in a queue is taken by who comes as near."""
STUCK_S = 2.5
LONGEST_S = 1800.0


class Walks:
    """Everybody's movement through one script, step by step."""

    def __init__(self, script: Script, seed: int) -> None:
        self._plan, self._ways = script.plan, Ways(script.plan)
        self.walkers = list(arrivals(script, seed))
        self.stock = Stock(facings(script.plan))
        self._time_s = 0.0

    @property
    def done(self) -> bool:
        """Whether nobody is left to come or go."""
        return all(not walker.legs for walker in self.walkers) or self._time_s > LONGEST_S

    def step(self) -> dict[int, Pose]:
        """Return where everybody is now, by number, then go on by a twentieth of a second."""
        for walker in self.walkers:
            walker.present = bool(walker.legs) and self._time_s >= walker.start_s
        there = [walker for walker in self.walkers if walker.present]
        poses = {walker.number: _pose(walker) for walker in there}
        for walker in there:
            self._move(walker, [other for other in there if other is not walker])
        self._time_s += STEP_S
        return poses

    def _move(self, walker: Walker, others: Sequence[Walker]) -> None:
        leg = walker.legs[0]
        goal = self._goal(walker, leg, others)
        distance = _distance(walker.position, goal)
        if distance <= REACHED_M or (walker.stayed_s > 0 and distance < SIDE_BY_SIDE_M):
            self._stay(walker, leg)
            return
        ahead = goal if leg.outside or self._outside(walker.position) else self._ways.towards(walker.position, goal)
        speed = walker.speed * min(1.0, 0.35 + distance)
        wish = np.subtract(ahead, walker.position)
        wish = wish / (np.linalg.norm(wish) + 1e-9) * speed
        # in a doorway nobody steps back for others
        polite = 0.0 if walker.still_s > STUCK_S else 0.25 if leg.outside else 1.0
        wish = wish + polite * _give_way(walker, others, wish)
        velocity = 0.7 * np.array(walker.velocity) + 0.3 * wish
        self._go(walker, velocity * min(1.0, 1.1 * speed / (np.linalg.norm(velocity) + 1e-9)), others)

    def _go(
        self, walker: Walker, velocity: np.ndarray[tuple[int, ...], np.dtype[np.float64]], others: Sequence[Walker]
    ) -> None:
        x, y = walker.position
        for vx, vy in ((velocity[0], velocity[1]), (velocity[0], 0.0), (0.0, velocity[1])):
            new = (float(x + vx * STEP_S), float(y + vy * STEP_S))
            if self._may(walker, new, others):
                break
        else:
            new = walker.position
        moved = _distance(walker.position, new)
        walker.velocity = ((new[0] - x) / STEP_S, (new[1] - y) / STEP_S)
        walker.still_s = walker.still_s + STEP_S if moved < 0.2 * STEP_S else max(0.0, walker.still_s - STEP_S)
        walker.position = new
        speed = moved / STEP_S
        walker.pace += (min(1.0, speed / 1.1) - walker.pace) * 0.25
        walker.phase = (walker.phase + moved / (0.8 * walker.look.height_m) * 2 * np.pi) % (2 * np.pi)
        walker.action = "walk"
        if speed > 0.15:  # noqa: PLR2004
            _turn(walker, float(np.arctan2(walker.velocity[1], walker.velocity[0])), 0.25)

    def _may(self, walker: Walker, new: Point, others: Sequence[Walker]) -> bool:
        if walker.legs[0].outside or self._outside(walker.position):
            return True
        crowded = any(
            _distance(new, other.position) < min(TOUCH_M, _distance(walker.position, other.position))
            for other in others
        )
        return self._ways.free(new) and (not crowded or walker.still_s > STUCK_S)

    def _outside(self, at: Point) -> bool:
        wide, deep = self._plan.floor
        edge = 0.35
        return not (edge <= at[0] <= wide - edge and edge <= at[1] <= deep - edge)

    def _goal(self, walker: Walker, leg: Leg, others: Sequence[Walker]) -> Point:
        """The spot at a place: the foremost one that nobody has taken."""
        if leg.outside:
            return leg.place.at
        taken = {other.slot for other in others if other.leg and other.leg.place is leg.place}
        if walker.slot is None or (leg.place.queue and walker.slot > 0):
            spots = range(walker.slot or 12)
            free = next((n for n in spots if n not in taken and self._ways.free(_spot(leg.place, n))), walker.slot or 0)
            if leg.place.queue and _distance(walker.position, _spot(leg.place, free)) > JOINING_M:
                return _spot(leg.place, free)
            walker.slot = free
        return _spot(leg.place, walker.slot)

    def _stay(self, walker: Walker, leg: Leg) -> None:
        walker.velocity, walker.pace = (0.0, 0.0), walker.pace * 0.7
        walker.still_s = 0.0
        if leg.stay_s > 0:
            _turn(walker, float(np.radians(leg.place.facing_deg)), 0.2)
            waiting = bool(leg.place.queue and walker.slot)
            if not waiting:
                walker.stayed_s += STEP_S
            if leg.deed:
                handle(walker, leg, self.stock, self._time_s, STEP_S)
            else:
                walker.action = "stand" if leg.place.queue else _busy(walker)
            walker.phase = (walker.phase + 0.06) % (2 * np.pi)
        if walker.stayed_s + 1e-9 >= leg.stay_s:
            walker.legs.pop(0)
            walker.slot, walker.stayed_s, walker.reach_m = None, 0.0, None


def _pose(walker: Walker) -> Pose:
    x, y = walker.position
    return Pose(
        x=x,
        y=y,
        heading=walker.heading,
        action=walker.action,
        phase=walker.phase,
        pace=walker.pace,
        reach_m=walker.reach_m,
        stretch=walker.stretch,
    )


def _spot(place: Place, slot: int) -> Point:
    if place.queue:
        return place.at[0] + place.queue[0] * slot, place.at[1] + place.queue[1] * slot
    side = (slot + 1) // 2 * (1 if slot % 2 else -1) * SIDE_BY_SIDE_M
    across = np.radians(place.facing_deg - 90)
    return place.at[0] + side * float(np.cos(across)), place.at[1] + side * float(np.sin(across))


def _give_way(
    walker: Walker, others: Sequence[Walker], wish: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Push away from whoever is near, a little to the right of the way."""
    push = np.zeros(2)
    for other in others:
        apart = np.subtract(walker.position, other.position)
        distance = float(np.linalg.norm(apart)) + 1e-6
        if distance < ROOM_M and float(apart @ wish) < 0.3:  # noqa: PLR2004
            strength = 1.6 * (1 - distance / ROOM_M)
            right = np.array([wish[1], -wish[0]]) / (np.linalg.norm(wish) + 1e-9)
            push += strength * (0.6 * apart / distance + 0.6 * right)
    return push


def _busy(walker: Walker) -> Action:
    """Who looks at a shelf takes things from it now and then."""
    actions: tuple[Action, ...] = ("browse", "stand", "reach", "browse")
    return actions[int((walker.stayed_s + walker.number * 1.7) / 2.5) % 4]


def _turn(walker: Walker, towards: float, share: float) -> None:
    turn = (towards - walker.heading + np.pi) % (2 * np.pi) - np.pi
    walker.heading = float(walker.heading + turn * share)


def _distance(a: Point, b: Point) -> float:
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))
