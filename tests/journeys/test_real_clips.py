"""Real films through the real command: who came, who went, and who was only there."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders.trials import Tried, seconds_of, try_clip
from vision_workers.models import Models
from vision_workers.models.pull import pull

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

MODEL = "person-vehicle-bike-detection-2001"
SECOND_OPINION = "person-detection-retail-0013"
ONE_BY_ONE = "one-by-one-person-detection.mp4"
ONLOOKERS = {"store-aisle-detection.gif": 3, "worker-zone-detection.gif": 1, "classroom.gif": 4}
"""Distinct people in each clip; nobody comes in or goes out by a door."""


@pytest.fixture(scope="module")
def data(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for model in (MODEL, SECOND_OPINION):
        pull(Models(folder / "models"), model, shared_data / "models")
    return folder


@pytest.fixture(scope="module")
def corridor(shared_data: Path, data: Path) -> Tried:
    return try_clip(shared_data / "video" / ONE_BY_ONE, "one_by_one.toml", MODEL, data)


@pytest.fixture(scope="module")
def people(shared_data: Path) -> list[dict[str, Any]]:
    truth = json.loads((shared_data / "ground_truth.json").read_text())
    return list(truth[ONE_BY_ONE]["people"])


def test_six_people_come_in_by_the_bottom_door_within_a_second_of_the_truth(
    corridor: Tried, people: list[dict[str, Any]]
) -> None:
    entered = corridor.facts("ShopperEntered")

    assert [event["data"]["door_id"] for event in entered] == ["bottom"] * 6
    assert [seconds_of(event) for event in entered] == [pytest.approx(person["enter_s"], abs=1.0) for person in people]


def test_six_people_leave_by_the_right_door_within_a_second_of_the_truth(
    corridor: Tried, people: list[dict[str, Any]]
) -> None:
    exited = corridor.facts("ShopperExited")

    assert [(event["data"]["door_id"], event["data"]["reason"]) for event in exited] == [("right", "left")] * 6
    assert [seconds_of(event) for event in exited] == [pytest.approx(person["leave_s"], abs=1.0) for person in people]


def test_each_of_the_six_is_one_visit_and_one_track(corridor: Tried) -> None:
    visits = [event["data"]["visit_id"] for event in corridor.facts("ShopperEntered")]

    assert [event["data"]["visit_id"] for event in corridor.facts("ShopperExited")] == visits
    assert len(set(visits)) == 6
    assert len({sample["track_id"] for sample in corridor.samples}) == 6


def test_the_minutes_say_how_many_are_inside(corridor: Tried) -> None:
    assert [event["data"]["occupancy"] for event in corridor.facts("MinutePassed")] == [1, 0, 0]


@pytest.mark.parametrize("model", [MODEL, SECOND_OPINION])
@pytest.mark.parametrize("clip", ONLOOKERS)
def test_people_who_neither_come_nor_go_are_told_apart(shared_data: Path, data: Path, clip: str, model: str) -> None:
    seen = try_clip(shared_data / "video" / clip, "onlookers.toml", model, data)

    assert len({sample["track_id"] for sample in seen.samples}) == ONLOOKERS[clip]
    assert not seen.facts("ShopperEntered")
    assert not seen.facts("ShopperExited")
    stays = [event["data"]["track_id"] for event in seen.facts("ZoneEntered")]
    assert sorted(stays) == sorted(event["data"]["track_id"] for event in seen.facts("ZoneExited"))
