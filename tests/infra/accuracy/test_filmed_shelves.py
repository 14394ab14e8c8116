"""Films of shelves are judged by what hands really did in them."""

from pathlib import Path

import pytest

from event_store.events.event import Event
from event_store.events.items import ItemPicked
from event_store.layout.model import Layout
from event_store.layout.reading import read_layout
from infra.accuracy.filming import Filmed
from infra.accuracy.models import gather
from infra.accuracy.shelves import SCENARIOS, judged, watched
from vision_workers.simulator import simulate
from vision_workers.simulator.scenarios import read_script

TAKE = """
store = "stocked-corner"
cameras = ["fridge"]
seconds = 13

[[shopper]]
at = 0.0
path = ["1.0,5.4", "upper/3:3s take", "1.0,5.4"]
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    folder = tmp_path_factory.mktemp("film")
    scenario = folder / "take.toml"
    scenario.write_text(TAKE)
    return Filmed(name="take", simulation=simulate(scenario, folder / "clips", seed=1))


@pytest.fixture(scope="module")
def layout(film: Filmed) -> Layout:
    return read_layout(film.simulation.layout)


@pytest.fixture(scope="module")
def facts(film: Filmed, layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    return watched(film, layout, gather(Path("none"), tmp_path_factory.mktemp("models")))


def test_what_was_taken_before_the_camera_is_right(film: Filmed, layout: Layout, facts: list[Event]) -> None:
    checks = {check.what: (check.truth, check.measured, check.passed) for check in judged(film, layout, facts)}

    assert checks == {
        "take: picks": ("1", "1", True),
        "take: returns": ("0", "0", True),
        "take: empty facings": ("0", "0", True),
        "take: prices": ("1", "1 right, 0 wrong", True),
    }


def test_what_is_not_told_and_what_is_told_twice_fails(film: Filmed, layout: Layout, facts: list[Event]) -> None:
    told = [each for each in facts if isinstance(each, ItemPicked)]

    missed = [check.passed for check in judged(film, layout, [])]
    (doubled, *_) = judged(film, layout, told * 2)

    assert missed == [False, True, True, False]
    assert (doubled.measured, doubled.passed) == ("1 real of 2", False)


def test_each_scenario_of_shelves_can_be_played() -> None:
    scripts = [read_script(path) for path in SCENARIOS.glob("*.toml")]

    assert len(scripts) >= 2
    assert all(any(stop.deed for path in script.paths for stop in path) for script in scripts)
