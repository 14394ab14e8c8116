"""Stores of several cameras in which people shop at random, with the exact truth beside them."""

import shutil
from pathlib import Path

import msgspec
import numpy as np

from event_store.layout.model import Layout
from event_store.layout.reading import read_layout
from vision_workers.simulator import simulate
from vision_workers.simulator.scenarios import read_script
from vision_workers.simulator.truth import CameraTruth, StoreTruth
from vision_workers.simulator.walkers import arrivals

STORES = Path(__file__).parent / "stores"
EVERY_S = 12.0
"""Mean time from one arrival to the next."""


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of store, and how many come."""

    store: str
    cameras: int
    people: int
    places: tuple[str, ...]
    """Where they go, besides the till."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a store, and what its cameras saw of it."""

    layout: Layout
    truth: StoreTruth
    cameras: tuple[CameraTruth, ...]
    clothes: tuple[tuple[float, float, float], ...]
    """By shopper: red, green and blue of the upper clothes."""


CORNER = ("dairy", "bakery", "snacks", "drinks")
MARKET = (*CORNER, "fruit")
SHOPS = (
    Shop(store="corner", cameras=2, people=5, places=CORNER),
    Shop(store="corner", cameras=2, people=10, places=CORNER),
    Shop(store="market.toml", cameras=4, people=10, places=MARKET),
    Shop(store="market.toml", cameras=4, people=15, places=MARKET),
)


def play(shop: Shop, seed: int, folder: Path) -> Day:
    """Let people shop; equal seeds give equal days."""
    folder.mkdir(parents=True, exist_ok=True)
    if (STORES / shop.store).is_file():
        shutil.copy(STORES / shop.store, folder / shop.store)
    scenario = folder / "day.toml"
    scenario.write_text(_scenario(shop, np.random.default_rng([seed, shop.people])), encoding="utf-8")
    played = simulate(scenario, folder, seed, film=False)
    cameras = [msgspec.json.decode(path.read_bytes(), type=CameraTruth) for path in played.camera_truths.values()]
    truth = msgspec.json.decode(played.truth.read_bytes(), type=StoreTruth)
    return Day(
        layout=read_layout(played.layout), truth=truth, cameras=tuple(cameras), clothes=clothes_of(scenario, seed)
    )


def clothes_of(scenario: Path, seed: int) -> tuple[tuple[float, float, float], ...]:
    """Return what everybody wears."""
    return tuple(walker.look.top_colour for walker in arrivals(read_script(scenario), seed))


def _scenario(shop: Shop, random: np.random.Generator) -> str:
    lines = [f'store = "{shop.store}"']
    at = 2.0
    for _ in range(shop.people):
        visited = random.choice(shop.places, size=random.integers(1, 4), replace=False)
        stops = [f"{place}:{random.uniform(3, 15):.1f}s" for place in visited]
        if random.random() < 0.8:  # noqa: PLR2004 - four of five buy something
            stops.append(f"till:{random.uniform(4, 9):.1f}s")
        path = ", ".join(f'"{stop}"' for stop in ("door", *stops, "door"))
        lines.append(f"[[shopper]]\nat = {at:.1f}\npath = [{path}]")
        at += min(random.exponential(EVERY_S), 4 * EVERY_S)
    return "\n".join(lines)
