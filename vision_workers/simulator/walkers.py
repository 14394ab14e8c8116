"""Who comes to the shop, when, and the way they mean to go."""

import msgspec
import numpy as np
from numpy.random import Generator

from vision_workers.simulator.figures import Action
from vision_workers.simulator.looks import Look, draw_look
from vision_workers.simulator.plans import Door, Place, Plan, Point, outward
from vision_workers.simulator.scenarios import Script
from vision_workers.simulator.shelves import ShelfFacing
from vision_workers.simulator.stops import Deed, Stop

OUTSIDE_M, ASIDE_M = 0.6, 1.3
"""Where people come from: this far from the wall and from the door's edge, where no camera inside sees them."""


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One goal of a shopper."""

    place: Place
    stay_s: float
    outside: bool = False
    """Beyond the wall: walked straight, not around furniture."""
    facing: ShelfFacing | None = None
    deed: Deed | None = None


class Walker(msgspec.Struct, kw_only=True):
    """One person on the move; what changes from step to step."""

    number: int
    look: Look
    start_s: float
    legs: list[Leg]
    speed: float
    position: Point
    random: Generator
    velocity: Point = (0.0, 0.0)
    heading: float = 0.0
    phase: float = 0.0
    slot: int | None = None
    stayed_s: float = 0.0
    still_s: float = 0.0
    action: Action = "walk"
    pace: float = 0.0
    reach_m: float | None = None
    """How high the hand is that reaches into a facing."""
    stretch: float = 1.0
    """How far it is stretched, 0 to 1."""
    present: bool = False

    @property
    def leg(self) -> Leg | None:
        """Where they are going, or are."""
        return self.legs[0] if self.legs else None


def arrivals(script: Script, seed: int) -> list[Walker]:
    """Return everybody who will come, in the order of the scenario."""
    walkers: list[Walker] = []
    for shopper, stops in zip(script.scenario.shopper, script.paths, strict=True):
        for member in range(shopper.group):
            number = len(walkers)
            random = np.random.default_rng([seed, 1, number])
            legs = [leg for stop in stops for leg in _legs(script.plan, stop, first=stop is stops[0], random=random)]
            start = legs.pop(0).place.at
            walkers.append(
                Walker(
                    number=number,
                    look=draw_look(random),
                    start_s=shopper.at + 0.9 * member,
                    legs=legs,
                    speed=shopper.speed or round(float(np.clip(random.normal(1.15, 0.12), 0.85, 1.45)), 3),
                    position=start,
                    random=random,
                )
            )
    return walkers


def _legs(plan: Plan, stop: Stop, *, first: bool, random: Generator) -> list[Leg]:
    if not stop.door:
        return [Leg(place=stop.place, stay_s=stop.stay_s, facing=stop.facing, deed=stop.deed)]
    door = next(each for each in plan.door if each.id == stop.place.id)
    hidden, step, inside = _door_points(plan, door, random)
    beyond = [Leg(place=Place(id=door.id, at=at), stay_s=0.0, outside=True) for at in (hidden, step)]
    threshold = Leg(place=Place(id=door.id, at=inside), stay_s=stop.stay_s, outside=first)
    return [*beyond, threshold] if first else [threshold, *reversed(beyond)]


def _door_points(plan: Plan, door: Door, random: Generator) -> tuple[Point, Point, Point]:
    """A spot beside the door outside, one before it outside, one just inside."""
    out = np.array(outward(plan, door))
    along = np.abs(out[::-1])
    half = max(float(np.hypot(door.end[0] - door.start[0], door.end[1] - door.start[1])) / 2, 0.3)
    middle = (np.array(door.start) + door.end) / 2 + along * random.uniform(-0.5, 0.5) * max(0.0, half - 0.35)
    side = along * (half + ASIDE_M) * random.choice([-1.0, 1.0])
    points = (middle + side + out * OUTSIDE_M, middle + out * 0.45, middle - out * 0.4)
    hidden, step, inside = ((round(float(x), 3), round(float(y), 3)) for x, y in points)
    return hidden, step, inside
