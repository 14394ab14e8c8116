"""Real shelves through the real command: photos with and without gaps, a shelf that is picked from, and walkers."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders.shelf import shelf_layout
from tests.builders.trials import Tried, seconds_of, try_clip

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

MODEL = "shopfloor-person"
BOTTLES = "bottle-detection_0-14.5s.mp4"
WALKERS = "one-by-one-person-detection.mp4"
STOCKED = {
    "IMG_20171127_182556.jpg": [(0.2, 0.0, 0.5, 0.38), (0.6, 0.0, 0.98, 0.38)],
    "IMG_20171129_115149.jpg": [(0.06, 0.27, 0.4, 0.52), (0.42, 0.28, 0.8, 0.52), (0.67, 0.67, 0.98, 0.86)],
    "IMG_20171125_141440.jpg": [(0.36, 0.34, 0.5, 0.52), (0.68, 0.35, 0.8, 0.52), (0.1, 0.7, 0.5, 0.9)],
    "IMG_20171129_120218.jpg": [(0.05, 0.2, 0.3, 0.55), (0.45, 0.2, 0.7, 0.55), (0.1, 0.4, 0.3, 0.55)],
    "IMG_20171207_114837.jpg": [(0.12, 0.05, 0.4, 0.45), (0.65, 0.05, 0.98, 0.45), (0.05, 0.6, 0.4, 0.95)],
    "20240913_161202_1111_2.jpg": [(0.34, 0.18, 0.48, 0.3), (0.15, 0.46, 0.27, 0.55), (0.2, 0.7, 0.34, 0.87)],
}
"""Places with product, drawn by hand."""


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared_data / "ground_truth.json").read_text())
    return found


@pytest.fixture(scope="module")
def bottles(shared_data: Path, truth: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Tried:
    folder = tmp_path_factory.mktemp("bottles")
    slots = [(x - 0.06, y - 0.3, x + 0.06, y + 0.33) for x, y in truth[BOTTLES]["slots"].values()]
    return try_clip(shared_data / "video" / BOTTLES, shelf_layout(folder, slots, patience_s=2), MODEL, folder)


@pytest.mark.parametrize("photo", STOCKED)
def test_all_empty_slots_of_a_photo_are_found_and_none_is_false(
    shared_data: Path, truth: dict[str, Any], tmp_path: Path, photo: str
) -> None:
    empty = [tuple(box) for box in truth["shelves/empty_slots"]["photos"][photo]["empty"]]
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (path,) = (shared_data / "shelves").rglob(photo)
    (pictures / photo).symlink_to(path)

    tried = try_clip(pictures, shelf_layout(tmp_path, [*empty, *STOCKED[photo]], patience_s=0), MODEL, tmp_path)

    found = [event["data"]["slot"] for event in tried.facts("ShelfEmpty")]
    states = {event["data"]["slot"]: event["data"]["state"] for event in tried.facts("ShelfCounted")}
    assert found == [*range(len(empty))]
    assert states == {
        slot: "empty" if slot < len(empty) else "full" for slot in range(len(empty) + len(STOCKED[photo]))
    }


def test_the_gap_on_the_table_begins_and_ends_within_a_second_of_the_truth(
    bottles: Tried, truth: dict[str, Any]
) -> None:
    ((began, ended),) = truth[BOTTLES]["slot_empty_s"]["L"]
    (empty,), (restocked,) = bottles.facts("ShelfEmpty"), bottles.facts("ShelfRestocked")

    assert (empty["data"]["slot"], restocked["data"]["slot"]) == (0, 0)
    assert seconds_of(empty) - 2 == pytest.approx(began, abs=1.0)
    assert seconds_of(restocked) == pytest.approx(ended, abs=1.0)
    assert {event["data"]["slot"] for event in bottles.facts("ShelfCounted")} == {0}


def test_one_bottle_is_picked_and_returned_within_a_second_of_the_truth_and_nothing_else_is_moved(
    bottles: Tried, truth: dict[str, Any]
) -> None:
    moved = [event for event in bottles.events if event["type"].startswith("shopfloor.Item")]

    assert [(event["type"].split(".")[1], event["data"]["slot"]) for event in moved] == [
        (event["event"], "LMR".index(event["slot"])) for event in truth[BOTTLES]["events"]
    ]
    for event, really in zip(moved, truth[BOTTLES]["events"], strict=True):
        assert seconds_of(event) == pytest.approx(really["t"], abs=1.0)
    assert [event["data"]["count"] for event in moved] == [0, 1]


def test_walkers_take_nothing_and_empty_and_fill_no_facing(shared_data: Path, tmp_path: Path) -> None:
    slots = [(x, y, x + 0.14, y + 0.2) for y in (0.03, 0.27, 0.5, 0.74) for x in (0.03, 0.35, 0.52, 0.8)]
    tried = try_clip(shared_data / "video" / WALKERS, shelf_layout(tmp_path, slots, patience_s=20), MODEL, tmp_path)

    assert not [event for event in tried.events if event["type"].startswith("shopfloor.Item")]
    assert not tried.facts("ShelfRestocked")
    assert {event["data"]["empty_since"] for event in tried.facts("ShelfEmpty")} <= {"1970-01-01T00:00:00.000Z"}
