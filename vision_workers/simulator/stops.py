"""The stops of a shopper's path: `"dairy:8s"`, `"4.2,3.0"`, `"milk/1:6s take"`."""

import re
from typing import Literal, get_args

import msgspec

from vision_workers.simulator.plans import Place, Plan
from vision_workers.simulator.shelves import ShelfFacing, facings

Deed = Literal["take", "return", "touch", "restock"]
"""What a shopper does at a facing."""
STOP = re.compile(r"^(?P<where>[^:]+?)(?::(?P<stay>\d+(?:\.\d+)?)s(?: (?P<deed>\S+))?)?$")
SPOT = re.compile(r"^(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)$")
DOOR = "door"
SHORTEST_S = 2.0
"""A hand needs so long."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a path, made out."""

    place: Place
    stay_s: float
    door: bool = False
    facing: ShelfFacing | None = None
    deed: Deed | None = None


def read_stop(text: str, plan: Plan) -> Stop | str:
    """Return a stop of a path, or what is wrong with it."""
    parts = STOP.match(text)
    if not parts:
        return f'{text!r} is no place; write "dairy", or "dairy:8s" to stay eight seconds'
    where, stay_s = parts["where"].strip(), float(parts["stay"] or 0)
    if parts["deed"]:
        return _handled(facings(plan).get(where), stay_s, parts["deed"], text, plan)
    place = _door(where, plan) or _place(where, plan)
    if isinstance(place, str):
        return place
    is_door = any(door.id == place.id for door in plan.door)
    return Stop(place=place, stay_s=stay_s, door=is_door)


def _door(where: str, plan: Plan) -> Place | None:
    doors = {DOOR: plan.door[0]} | {door.id: door for door in plan.door}
    if where not in doors:
        return None
    door = doors[where]
    return Place(id=door.id, at=((door.start[0] + door.end[0]) / 2, (door.start[1] + door.end[1]) / 2))


def _place(where: str, plan: Plan) -> Place | str:
    if spot := SPOT.match(where):
        at = (float(spot[1]), float(spot[2]))
        if not stands(plan, at):
            wide, deep = plan.floor
            return f"nobody can stand at {where}; the floor is {wide:g} x {deep:g} m, furniture is in the way"
        return Place(id=where, at=at)
    places = {place.id: place for place in plan.place} | {key: each.place for key, each in facings(plan).items()}
    if where not in places:
        return f'there is no place {where!r}; choose from {", ".join([DOOR, *places])}, or give metres as "4.2,3.0"'
    return places[where]


def stands(plan: Plan, at: tuple[float, float], room_m: float = 0.25) -> bool:
    """Say whether a person has room there."""
    x, y = at
    inside = room_m <= x <= plan.floor[0] - room_m and room_m <= y <= plan.floor[1] - room_m
    rects = (fixture.rect for fixture in plan.fixture)
    return inside and not any(
        x0 - room_m < x < x1 + room_m and y0 - room_m < y < y1 + room_m for x0, y0, x1, y1 in rects
    )


def _handled(facing: ShelfFacing | None, stay_s: float, deed: str, text: str, plan: Plan) -> Stop | str:
    """Return a stop at which a hand goes to a facing."""
    if deed not in get_args(Deed):
        return f"{text!r}: {deed!r} is no deed; choose from {', '.join(get_args(Deed))}"
    if facing is None:
        known = ", ".join(facings(plan)) or "none, since this store has no shelves"
        return f"{text!r}: things are taken from facings; choose from {known}"
    if stay_s < SHORTEST_S:
        return f"{text!r}: a hand needs time; stay {SHORTEST_S:g} seconds at least"
    return Stop(place=facing.place, stay_s=stay_s, facing=facing, deed=deed)  # type: ignore[arg-type]
