"""`python -m tests.simulation [--seed N] [--runs N] [--sabotage]`: walk, and say the seed of what breaks."""

import argparse
from collections import Counter
from time import monotonic

from tests.simulation.sabotage import SIMULATED
from tests.simulation.walk import Broken, first_broken, walk
from tests.simulation.world import simulated

ENOUGH = 400
"""Walks after which every guard that is switched off was missed: the rarest in the 282nd."""


def main() -> int:
    """Walk many times, or let each guard be missed once; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first walk's seed")
    parser.add_argument("--runs", type=int, help=f"how many walks, each with the next seed: 1, to sabotage {ENOUGH}")
    parser.add_argument("--sabotage", action="store_true", help="switch guards off, one after the other")
    given = parser.parse_args()
    seeds = range(given.seed, given.seed + (given.runs or (ENOUGH if given.sabotage else 1)))
    with simulated():
        return _sabotage(seeds) if given.sabotage else _walk(seeds)


def _walk(seeds: range) -> int:
    began, happened = monotonic(), Counter[str]()
    for seed in seeds:
        try:
            happened += walk(seed).happened
        except Broken as broken:
            _say(str(broken))
            return 1
    _say(f"{len(seeds)} walks from seed {seeds.start} in {monotonic() - began:.1f} s: {dict(sorted(happened.items()))}")
    return 0


def _sabotage(seeds: range) -> int:
    unseen = 0
    for guard, switched_off in SIMULATED.items():
        with switched_off():
            broken = first_broken(seeds)
        unseen += broken is None
        _say(f"without {guard}: {'not missed' if broken is None else str(broken)[:200]}")
    return 1 if unseen else 0


def _say(what: str) -> None:
    print(what)  # noqa: T201  # what it is for


if __name__ == "__main__":
    raise SystemExit(main())
