"""A random walk through everything that can happen, the same for the same seed."""

import random
from collections.abc import Callable, Iterable

from tests.simulation.points import Violation
from tests.simulation.world import World

ACTIONS = {
    "step": 60.0,
    "append_fact": 12.0,
    "resend": 4.0,
    "append_rubbish": 0.5,
    "lose_fact": 0.4,
    "skip_offset": 0.2,
    "start": 1.2,
    "kill": 1.0,
    "cut": 0.5,
    "divide": 1.5,
}
"""How often each happens beside the others."""
LONGEST = 200


class Broken(Exception):
    """A walk that broke a promise; its seed makes it again."""

    def __init__(self, seed: int, problem: BaseException) -> None:
        self.seed = seed
        super().__init__(f"seed {seed}: {problem} (again with: python -m tests.simulation --seed {seed})")


def first_broken(seeds: Iterable[int]) -> Broken | None:
    """Return the first walk that breaks a promise."""
    for seed in seeds:
        try:
            walk(seed)
        except Broken as broken:
            return broken
    return None


def walk(seed: int) -> World:
    """Walk, then let everything calm down; raises `Broken`."""
    chance = random.Random(seed)  # noqa: S311  # the same walk for the same seed
    world = World(chance)
    happens: dict[str, Callable[[], None]] = {name: getattr(world, name) for name in ACTIONS}
    try:
        for name in chance.choices(list(ACTIONS), list(ACTIONS.values()), k=chance.randrange(LONGEST)):
            world.happened[name] += 1
            happens[name]()
        world.calm_down()
    except (Violation, AssertionError) as problem:
        raise Broken(seed, problem) from problem
    finally:
        world.close()
    return world
