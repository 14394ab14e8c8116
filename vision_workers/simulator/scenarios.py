"""A scenario file: who comes when and goes where. Five lines suffice; everything else has a default."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from vision_workers.simulator.errors import InvalidScenario
from vision_workers.simulator.plans import Place, Plan, Point
from vision_workers.simulator.sensors import Sensor

STORES = Path(__file__).parent / "stores"
STOP = re.compile(r"^(?P<where>[^:]+?)(?::(?P<stay>\d+(?:\.\d+)?)s)?$")
SPOT = re.compile(r"^(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)$")
DOOR = "door"


class Shopper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One shopper, or a group that stays together."""

    at: Annotated[float, Meta(ge=0.0)]
    """Second at which they set out for the first place of the path."""
    path: Annotated[list[str], Meta(min_length=2)]
    """Places with an optional stay, `"dairy:8s"`; `"door"` is the first door; `"4.2,3.0"` is a point of the floor."""
    group: Annotated[int, Meta(ge=1, le=8)] = 1
    speed: Annotated[float, Meta(gt=0.2, lt=3.0)] | None = None
    """Metres a second."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens in a store, and how it is filmed."""

    shopper: Annotated[list[Shopper], Meta(min_length=1)]
    store: str = "corner"
    """A store of the simulator, or a store file beside the scenario."""
    seconds: Annotated[float, Meta(gt=0.0, le=3600.0)] | None = None
    """Length of the clips; until two seconds after the last one left if absent."""
    cameras: list[str] = []
    """Which cameras film; all if empty."""
    fps: Annotated[int, Meta(ge=1, le=60)] = 10
    size: tuple[Annotated[int, Meta(ge=64, le=3840)], Annotated[int, Meta(ge=64, le=2160)]] = (640, 360)
    noise: Annotated[float, Meta(ge=0.0, le=60.0)] = 1.5
    sensor: Sensor | None = None
    """The same for every camera; drawn by the seed if absent."""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One place of a path, made out."""

    place: Place
    stay_s: float
    door: bool = False


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario that has been read and checked, with its store."""

    name: str
    scenario: Scenario
    plan: Plan
    paths: list[list[Stop]]
    """For each shopper of the scenario."""


def read_script(path: Path) -> Script:
    """Read a scenario and its store; raises `InvalidScenario` with every problem that could be found."""
    scenario: Scenario = _read(path, Scenario)
    plan = read_plan(scenario.store, path)
    problems: list[str] = []
    paths = [_stops(number, shopper, plan, problems) for number, shopper in enumerate(scenario.shopper, 1)]
    known = [camera.id for camera in plan.camera]
    problems += [
        f"cameras: the store has no camera {name!r}; choose from {', '.join(known)}"
        for name in scenario.cameras
        if name not in known
    ]
    if problems:
        raise InvalidScenario(path, problems)
    return Script(name=path.stem, scenario=scenario, plan=plan, paths=paths)


def read_plan(name: str, scenario: Path) -> Plan:
    """Return a store by its name, or from a file beside the scenario."""
    own, ours = scenario.parent / name, STORES / f"{name}.toml"
    if own.suffix == ".toml" and own.is_file():
        plan: Plan = _read(own, Plan)
        return plan
    if not ours.is_file():
        stores = ", ".join(sorted(file.stem for file in STORES.glob("*.toml")))
        raise InvalidScenario(
            scenario, [f"store: there is no store {name!r}; choose from {stores}, or name a .toml file"]
        )
    built_in: Plan = _read(ours, Plan)
    return built_in


def _read(path: Path, shape: type[Any]) -> Any:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), shape)
    except OSError as problem:
        raise InvalidScenario(path, [f"cannot be read: {problem.strerror or problem}"]) from problem
    except UnicodeDecodeError as problem:
        raise InvalidScenario(path, ["is not text in UTF-8; save it as UTF-8"]) from problem
    except tomllib.TOMLDecodeError as problem:
        raise InvalidScenario(path, [f"is not TOML: {problem}"]) from problem
    except msgspec.ValidationError as problem:
        raise InvalidScenario(path, [f"{problem}; see docs/simulator.md"]) from problem


def _stops(number: int, shopper: Shopper, plan: Plan, problems: list[str]) -> list[Stop]:
    stops = []
    for text in shopper.path:
        stop = _stop(text, plan)
        if isinstance(stop, str):
            problems.append(f"shopper {number}, path: {stop}")
        else:
            stops.append(stop)
    return stops


def _stop(text: str, plan: Plan) -> Stop | str:
    parts = STOP.match(text)
    if not parts:
        return f'{text!r} is no place; write "dairy", or "dairy:8s" to stay eight seconds'
    where, stay_s = parts["where"].strip(), float(parts["stay"] or 0)
    if where == DOOR or any(door.id == where for door in plan.door):
        door = next((each for each in plan.door if each.id == where), plan.door[0])
        middle = ((door.start[0] + door.end[0]) / 2, (door.start[1] + door.end[1]) / 2)
        return Stop(place=Place(id=door.id, at=middle), stay_s=stay_s, door=True)
    if spot := SPOT.match(where):
        at = (float(spot[1]), float(spot[2]))
        if not stands(plan, at):
            wide, deep = plan.floor
            return f"nobody can stand at {where}; the floor is {wide:g} x {deep:g} m, furniture is in the way"
        return Stop(place=Place(id=where, at=at), stay_s=stay_s)
    place = next((each for each in plan.place if each.id == where), None)
    if place is None:
        known = ", ".join([DOOR, *(each.id for each in plan.place)])
        return f'there is no place {where!r}; choose from {known}, or give metres as "4.2,3.0"'
    return Stop(place=place, stay_s=stay_s)


def stands(plan: Plan, at: Point, room_m: float = 0.25) -> bool:
    """Say whether a person has room there."""
    x, y = at
    inside = room_m <= x <= plan.floor[0] - room_m and room_m <= y <= plan.floor[1] - room_m
    rects = (fixture.rect for fixture in plan.fixture)
    return inside and not any(
        x0 - room_m < x < x1 + room_m and y0 - room_m < y < y1 + room_m for x0, y0, x1, y1 in rects
    )
