"""What does not move: walls, shelves full of products, fridges, tills; as coloured boxes in one list."""

import colorsys

import msgspec
import numpy as np

from vision_workers.simulator.looks import Colour
from vision_workers.simulator.plans import Door, Fixture, Plan, Point, outward, walls
from vision_workers.simulator.shelves import BASE_M, BOARD_DEPTH_M, BOARD_M, SHELVED, board_heights, facings

DOOR_HEIGHT_M = 2.2
WALL_M = 0.08
DAYLIGHT = (0.93, 0.95, 0.97)


class Block(msgspec.Struct, frozen=True):
    """An upright box: centre of its base, size, colour; metres."""

    base: tuple[float, float, float]
    size: tuple[float, float, float]
    colour: Colour


def furnish(plan: Plan, rng: np.random.Generator) -> list[Block]:
    """Return every box of a store but the pieces of its facings, for which there is room."""
    blocks = _walls(plan, rng)
    planned = facings(plan).values()
    for fixture in plan.fixture:
        for block in _fixture(fixture, rng):
            is_product = block.size[2] > BOARD_M and block.base[2] > BASE_M and fixture.kind in SHELVED
            if not (is_product and any(facing.overlaps(block.base, block.size) for facing in planned)):
                blocks.append(block)
    return blocks


def _walls(plan: Plan, rng: np.random.Generator) -> list[Block]:
    red, green, blue = (float(c) for c in np.clip(rng.normal(0.82, 0.06) + rng.normal(0, 0.03, 3), 0, 1))
    colour, height = (red, green, blue), plan.ceiling_m
    blocks = [_slab(start, end, (0.0, height), colour) for start, end in walls(plan)]
    blocks += [_slab(door.start, door.end, (DOOR_HEIGHT_M, height), colour) for door in plan.door]
    return blocks + [_outside(plan, door) for door in plan.door]


def _slab(start: Point, end: Point, heights: tuple[float, float], colour: Colour) -> Block:
    size = (abs(end[0] - start[0]) + WALL_M, abs(end[1] - start[1]) + WALL_M, heights[1] - heights[0])
    return Block(((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, heights[0]), size, colour)


def _outside(plan: Plan, door: Door) -> Block:
    """The bright street behind a door."""
    out = outward(plan, door)
    x, y = (door.start[0] + door.end[0]) / 2 + out[0] * 3.2, (door.start[1] + door.end[1]) / 2 + out[1] * 3.2
    return Block((x, y, -0.1), (0.1 + 9 * abs(out[1]), 0.1 + 9 * abs(out[0]), 4.0), DAYLIGHT)


def _fixture(fixture: Fixture, rng: np.random.Generator) -> list[Block]:
    x0, y0, x1, y1 = fixture.rect
    centre, size = ((x0 + x1) / 2, (y0 + y1) / 2, 0.0), (x1 - x0, y1 - y0, fixture.height_m)
    if fixture.kind == "gondola":
        return _gondola(fixture, rng)
    if fixture.kind == "fridge":
        return _gondola(fixture, rng, frame=(0.9, 0.92, 0.95))
    if fixture.kind == "till":
        top = Block((centre[0], centre[1], size[2]), (size[0] * 1.04, size[1] * 1.04, 0.04), (0.2, 0.2, 0.22))
        screen = Block((centre[0], centre[1], size[2] + 0.04), (0.3, 0.12, 0.3), (0.08, 0.08, 0.1))
        return [Block(centre, size, (0.55, 0.5, 0.45)), top, screen]
    if fixture.kind == "table":
        return [Block(centre, size, (0.6, 0.45, 0.3)), *_heap(fixture, rng)]
    return [Block(centre, size, (0.7, 0.7, 0.68))]


def _gondola(fixture: Fixture, rng: np.random.Generator, frame: Colour = (0.78, 0.78, 0.76)) -> list[Block]:
    x0, y0, x1, y1 = fixture.rect
    along = 0 if x1 - x0 >= y1 - y0 else 1
    length, depth = max(x1 - x0, y1 - y0), min(x1 - x0, y1 - y0)
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    core = max(0.05, depth - 2 * BOARD_DEPTH_M)
    size = (length, core) if along == 0 else (core, length)
    base = (length, depth) if along == 0 else (depth, length)
    blocks = [Block((*centre, 0.0), (*size, fixture.height_m), frame), Block((*centre, 0.0), (*base, BASE_M), frame)]
    heights = board_heights(fixture)
    for height, side in ((h, s) for h in heights for s in (-1.0, 1.0)):
        shelf = np.zeros(2)
        shelf[1 - along] = side * (depth - BOARD_DEPTH_M) / 2
        board = (length, BOARD_DEPTH_M) if along == 0 else (BOARD_DEPTH_M, length)
        blocks.append(Block((*(centre + shelf), height), (*board, BOARD_M), frame))
        room = (fixture.height_m - BASE_M) / len(heights) - 0.06
        blocks += _products(centre + shelf, along, length, height + BOARD_M, room, rng)
    return blocks


def _products(
    middle: np.ndarray, along: int, length: float, height: float, room: float, rng: np.random.Generator
) -> list[Block]:
    """A board of products: runs of equal pieces, now and then a gap."""
    blocks, at = [], -length / 2 + 0.02
    while at < length / 2 - 0.12:
        wide, tall = rng.uniform(0.07, 0.22), room * rng.uniform(0.55, 1.0)
        colour = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.1, 0.9), rng.uniform(0.3, 0.95))
        for _ in range(int(rng.integers(1, 5))):
            if at + wide > length / 2 or rng.random() < 0.06:  # noqa: PLR2004
                at += wide
                continue
            place = middle.copy()
            place[along] += at + wide / 2
            size = (wide * 0.94, BOARD_DEPTH_M * 0.9) if along == 0 else (BOARD_DEPTH_M * 0.9, wide * 0.94)
            blocks.append(Block((*place, height), (*size, tall), colour))
            at += wide
    return blocks


def _heap(fixture: Fixture, rng: np.random.Generator) -> list[Block]:
    x0, y0, x1, y1 = fixture.rect
    blocks = []
    for _ in range(int((x1 - x0) * (y1 - y0) * 18)):
        side = min(rng.uniform(0.1, 0.25), (x1 - x0) / 2, (y1 - y0) / 2)
        colour = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.2, 0.9), rng.uniform(0.4, 0.95))
        at = (rng.uniform(x0 + side, x1 - side), rng.uniform(y0 + side, y1 - side), fixture.height_m)
        blocks.append(Block(at, (side, side, side * rng.uniform(0.5, 1.5)), colour))
    return blocks
