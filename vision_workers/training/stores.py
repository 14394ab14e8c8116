"""Stores that nobody built: random plans, crowds and cameras for training pictures."""

import numpy as np

from vision_workers.simulator.figures import Action, Part, Pose, figure
from vision_workers.simulator.lenses import Lens
from vision_workers.simulator.looks import draw_look
from vision_workers.simulator.plans import CameraPlan, Door, Fixture, FixtureKind, FloorKind, Plan

ROOM_M = 0.28
"""Nobody stands nearer to furniture than this."""
FLOORS: tuple[FloorKind, ...] = ("tiles", "wood", "concrete", "carpet")
LOOSE: tuple[FixtureKind, ...] = ("till", "table", "pillar")


def draw_plan(rng: np.random.Generator) -> Plan:
    """Draw a store with rows of gondolas, things along the walls and in the way."""
    wide, deep = rng.uniform(5.5, 15.0), rng.uniform(5.0, 12.0)
    start = rng.uniform(0.5, wide - 2.5)
    door = Door(id="main", camera="any", start=(start, 0.0), end=(start + rng.uniform(1.0, 2.0), 0.0))
    camera = CameraPlan(id="any", position=(0.0, 0.0, 3.0), target=(1.0, 1.0, 0.0))
    fixtures = [*_rows(rng, wide, deep), *_along_walls(rng, wide, deep), *_loose(rng, wide, deep)]
    floor = FLOORS[int(rng.integers(len(FLOORS)))]
    ceiling = rng.uniform(2.7, 4.2)
    return Plan(
        id="any", name="any", floor=(wide, deep), ceiling_m=ceiling, floor_kind=floor, camera=[camera], door=[door],
        fixture=fixtures,
    )  # fmt: skip


def draw_lens(rng: np.random.Generator, plan: Plan, size: tuple[int, int]) -> Lens:
    """Draw a camera: in a corner, on a wall or between the shelves, from eye level to the ceiling."""
    wide, deep = plan.floor
    x, y = _draw_free(rng, plan)
    if rng.random() < 0.7:  # noqa: PLR2004
        x = rng.choice([0.15, wide - 0.15]) if rng.random() < 0.5 else x  # noqa: PLR2004
        y = rng.choice([0.15, deep - 0.15])
    height = rng.uniform(1.7, min(3.6, plan.ceiling_m - 0.1))
    while True:
        target = np.array([rng.uniform(0, wide), rng.uniform(0, deep), rng.uniform(0.2, 1.2)])
        if np.hypot(target[0] - x, target[1] - y) > 2.0:  # noqa: PLR2004
            break
    aim = (float(target[0]), float(target[1]), float(target[2]))
    return Lens(position=(float(x), float(y), float(height)), target=aim, view_deg=rng.uniform(50, 100), size=size)


def draw_crowd(rng: np.random.Generator, plan: Plan, lens: Lens) -> dict[int, list[Part]]:
    """Draw who stands and walks where; most in front of the camera, some close together."""
    wanted = int(rng.choice([0, 1, 2, 3, 4, 6, 9, 13], p=[0.08, 0.16, 0.2, 0.18, 0.14, 0.12, 0.08, 0.04]))
    spots: list[np.ndarray] = []
    for _ in range(wanted * 12):
        if len(spots) == wanted:
            break
        spot = rng.uniform([0.2, -0.8], plan.floor)
        if spots and rng.random() < 0.35:  # noqa: PLR2004
            spot = spots[int(rng.integers(len(spots)))] + rng.normal(0, 0.7, 2)
        if _stands(plan, spot) and _in_front(lens, spot) and all(np.hypot(*(spot - other)) > 0.45 for other in spots):  # noqa: PLR2004
            spots.append(spot)
    return {number: figure(draw_look(rng), _draw_pose(rng, spot)) for number, spot in enumerate(spots)}


def _draw_pose(rng: np.random.Generator, spot: np.ndarray) -> Pose:
    actions: tuple[Action, ...] = ("walk", "stand", "reach", "browse")
    action = actions[int(rng.choice(4, p=[0.5, 0.2, 0.15, 0.15]))]
    pace = float(rng.uniform(0.5, 1.1)) if action == "walk" else 0.0
    heading, phase = rng.uniform(0, 2 * np.pi, 2)
    return Pose(x=float(spot[0]), y=float(spot[1]), heading=heading, action=action, phase=phase, pace=pace)


def _stands(plan: Plan, spot: np.ndarray) -> bool:
    x, y = spot
    inside = ROOM_M < x < plan.floor[0] - ROOM_M and ROOM_M < y < plan.floor[1] - ROOM_M
    in_door = y <= ROOM_M and plan.door[0].start[0] + ROOM_M < x < plan.door[0].end[0] - ROOM_M
    free = all(
        not (r[0] - ROOM_M < x < r[2] + ROOM_M and r[1] - ROOM_M < y < r[3] + ROOM_M)
        for r in (f.rect for f in plan.fixture)
    )
    return free and (inside or in_door)


def _draw_free(rng: np.random.Generator, plan: Plan) -> tuple[float, float]:
    while True:
        spot = rng.uniform([ROOM_M, ROOM_M], np.array(plan.floor) - ROOM_M)
        if _stands(plan, spot):
            return float(spot[0]), float(spot[1])


def _in_front(lens: Lens, spot: np.ndarray) -> bool:
    x, y, depth = lens.project(np.array([[*spot, 0.9]]))[0]
    return bool(depth > 0.9 and -0.1 < x < 1.1 and -0.3 < y < 1.6)  # noqa: PLR2004


def _rows(rng: np.random.Generator, wide: float, deep: float) -> list[Fixture]:
    upright, height = rng.random() < 0.5, rng.uniform(1.1, 2.0)  # noqa: PLR2004
    across, along = (wide, deep) if upright else (deep, wide)
    rows: list[Fixture] = []
    at = rng.uniform(1.4, 2.6)
    while at < across - 2.0:
        start, end = rng.uniform(1.3, 2.4), along - rng.uniform(1.3, 2.4)
        thick = rng.uniform(0.8, 1.1)
        rect = (at, start, at + thick, end) if upright else (start, at, end, at + thick)
        if rng.random() < 0.75 and end - start > 1.0:  # noqa: PLR2004
            rows.append(Fixture(id=f"row-{len(rows)}", rect=rect, height_m=height))
        at += thick + rng.uniform(1.2, 2.6)
    return rows


def _along_walls(rng: np.random.Generator, wide: float, deep: float) -> list[Fixture]:
    kinds: tuple[FixtureKind, ...] = ("gondola", "fridge")
    rects = [(0.8, deep - 0.7, wide - 0.8, deep), (0.0, 1.4, 0.6, deep - 1.2), (wide - 0.6, 1.4, wide, deep - 1.2)]
    return [
        Fixture(id=f"wall-{n}", kind=kinds[int(rng.integers(2))], rect=rect, height_m=rng.uniform(1.5, 2.3))
        for n, rect in enumerate(rects)
        if rng.random() < 0.6  # noqa: PLR2004
    ]


def _loose(rng: np.random.Generator, wide: float, deep: float) -> list[Fixture]:
    things = []
    for n in range(int(rng.integers(0, 5))):
        x, y, side = rng.uniform(0.8, wide - 1.8), rng.uniform(1.0, deep - 1.5), rng.uniform(0.3, 1.2)
        kind = LOOSE[int(rng.integers(3))]
        height = {"pillar": 2.6, "till": 1.0, "table": 0.8}[kind]
        things.append(
            Fixture(id=f"loose-{n}", kind=kind, rect=(x, y, x + side, y + rng.uniform(0.3, 0.9)), height_m=height)
        )
    return things
