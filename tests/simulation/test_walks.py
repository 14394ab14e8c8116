import os
from collections import Counter

import pytest

from tests.simulation.sabotage import SIMULATED
from tests.simulation.walk import first_broken, walk
from tests.simulation.world import simulated

WALKS = 1_500
ENOUGH = 400
"""A missing guard is missed within so many walks."""


def test_whatever_happens_every_record_is_taken_once_and_in_order() -> None:
    first, happened = int(os.environ.get("SEED", "1")), Counter[str]()
    with simulated():
        for seed in range(first, first + WALKS):
            happened += walk(seed).happened

    everywhere = ("execute", "commit", "committed", "fetch", "ask ends")
    assert all(happened[f"killed at {point}"] > 0 for point in everywhere), happened


def test_a_walk_is_the_same_for_the_same_seed() -> None:
    with simulated():
        first, second = walk(7), walk(7)

    assert first.happened == second.happened
    assert first.tables.rows == second.tables.rows


@pytest.mark.parametrize("guard", SIMULATED)
def test_without_a_guard_a_walk_breaks_a_promise(guard: str) -> None:
    with simulated(), SIMULATED[guard]():
        assert first_broken(range(1, 1 + ENOUGH)) is not None
