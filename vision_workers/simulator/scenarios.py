"""A scenario file: who comes when and goes where. Five lines suffice; everything else has a default."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from vision_workers.simulator.errors import InvalidScenario
from vision_workers.simulator.plans import PictureSize, Plan
from vision_workers.simulator.sensors import Sensor
from vision_workers.simulator.shelves import problems as shelf_problems
from vision_workers.simulator.stops import Stop, read_stop

STORES = Path(__file__).parent / "stores"


class Shopper(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One shopper, or a group that stays together."""

    at: Annotated[float, Meta(ge=0.0)]
    """Second at which they set out for the first place of the path."""
    path: Annotated[list[str], Meta(min_length=2)]
    """Places with an optional stay, `"dairy:8s"`; `"door"` is the first door; `"4.2,3.0"` is a point of the floor.

    `"milk/1:6s take"` stands before slot 1 of the shelf `milk` and takes a piece of it.
    """
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
    size: PictureSize = (640, 360)
    noise: Annotated[float, Meta(ge=0.0, le=60.0)] = 1.5
    sensor: Sensor | None = None
    """The same for every camera; drawn by the seed if absent."""
    sensors: dict[str, Sensor] = {}
    """Of single cameras."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario that has been read and checked, with its store."""

    name: str
    scenario: Scenario
    plan: Plan
    paths: list[list[Stop]]
    """For each shopper of the scenario."""


def read_script(path: Path) -> Script:
    """Read a scenario and its store; raises `InvalidScenario` with every problem that could be found."""
    scenario: Scenario = _convert(path, _tables(path), Scenario)
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
    path = _find_store(name, scenario)
    tables = _tables(path)
    if "extends" in tables:
        tables = _extended(_tables(_find_store(tables.pop("extends"), path)), tables)
    plan: Plan = _convert(path, tables, Plan)
    problems = [*shelf_problems(plan)]
    if problems:
        raise InvalidScenario(path, problems)
    return plan


def _find_store(name: str, beside: Path) -> Path:
    own, ours = beside.parent / name, STORES / f"{name}.toml"
    if own.suffix == ".toml" and own.is_file():
        return own
    if ours.is_file():
        return ours
    stores = ", ".join(sorted(file.stem for file in STORES.glob("*.toml")))
    raise InvalidScenario(beside, [f"store: there is no store {name!r}; choose from {stores}, or name a .toml file"])


def _extended(tables: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return a store's tables with those of one that extends it: lists go on, other values are replaced."""
    return tables | {
        key: [*tables.get(key, []), *each] if isinstance(each, list) else each for key, each in more.items()
    }


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InvalidScenario(path, [f"cannot be read: {problem.strerror or problem}"]) from problem
    except UnicodeDecodeError as problem:
        raise InvalidScenario(path, ["is not text in UTF-8; save it as UTF-8"]) from problem
    except tomllib.TOMLDecodeError as problem:
        raise InvalidScenario(path, [f"is not TOML: {problem}"]) from problem


def _convert(path: Path, tables: dict[str, Any], shape: type[Any]) -> Any:
    try:
        return msgspec.convert(tables, shape)
    except msgspec.ValidationError as problem:
        raise InvalidScenario(path, [f"{problem}; see docs/simulator.md"]) from problem


def _stops(number: int, shopper: Shopper, plan: Plan, problems: list[str]) -> list[Stop]:
    stops: list[Stop] = []
    for text in shopper.path:
        stop = read_stop(text, plan)
        if isinstance(stop, str):
            problems.append(f"shopper {number}, path: {stop}")
            continue
        if stop.deed == "return" and not any(each.deed == "take" for each in stops):
            problems.append(f"shopper {number}, path: {text!r} returns what was not taken; take something before")
        stops.append(stop)
    return stops
