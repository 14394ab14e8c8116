"""What shoppers do at the shelves of a simulated store, and what its cameras see of it."""

from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from event_store.layout.reading import read_layout
from vision_workers.detectors.facings import edges
from vision_workers.detectors.regions import crop
from vision_workers.frames import Picture
from vision_workers.simulator import Simulation, simulate
from vision_workers.simulator.errors import InvalidScenario
from vision_workers.simulator.scenarios import read_script
from vision_workers.simulator.truth import CameraTruth, Handled, StoreTruth
from vision_workers.watchers.facings import FEW_EDGES

HEAD = 'store = "stocked-corner"\ncameras = ["fridge"]\nfps = 4\nnoise = 0.0\n'


def play(folder: Path, *paths: list[str], head: str = HEAD, film: bool = False) -> Simulation:
    """Play one shopper for each path, one after the other."""
    shoppers = [f"[[shopper]]\nat = {12.0 * n}\npath = {path}\n" for n, path in enumerate(paths)]
    scenario = folder / "shelves.toml"
    scenario.write_text(head + "".join(shoppers).replace("'", '"'))
    return simulate(scenario, folder / "out", film=film)


def story(simulation: Simulation) -> StoreTruth:
    return msgspec.json.decode(simulation.truth.read_bytes(), type=StoreTruth)


def handled(told: StoreTruth) -> list[tuple[Any, ...]]:
    moves: list[Handled] = [each for shopper in told.shoppers for each in shopper.handled]
    return [(each.movement, each.shelf_id, each.slot, each.count) for each in moves]


def test_who_takes_the_last_piece_leaves_a_gap_until_it_is_filled(tmp_path: Path) -> None:
    told = story(
        play(tmp_path, *[["1.0,5.4", "upper/1:4s take", "4.6,6.8"]] * 2, ["1.0,5.4", "upper/1:5s restock", "4.6,6.8"])
    )

    assert handled(told)[:4] == [
        ("picked", "upper", 1, 1),
        ("picked", "upper", 1, 0),
        ("restocked", "upper", 1, 1),
        ("restocked", "upper", 1, 2),
    ]
    (gap,) = told.gaps
    moves = [each for shopper in told.shoppers for each in shopper.handled]
    assert (gap.from_s, gap.to_s) == (moves[1].at_s, moves[2].at_s)
    assert (told.totals.picked, told.totals.returned, told.totals.restocked) == (2, 0, 2)


def test_what_comes_back_to_another_facing_is_misplaced(tmp_path: Path) -> None:
    away = ["1.0,5.4", "upper/3:4s take", "upper/2:4s take", "upper/3:4s return", "4.6,6.8"]
    moves = story(play(tmp_path, away)).shoppers[0].handled

    assert [(each.movement, each.slot, each.misplaced) for each in moves] == [
        ("picked", 3, False),
        ("picked", 2, False),
        ("returned", 3, True),
    ]
    assert moves[2].sku == moves[1].sku


@pytest.mark.parametrize(
    ("stop", "left"),
    [("upper/1:4s touch", 2), ("upper/1:4s restock", 2)],
)
def test_a_hand_that_moves_nothing_is_told_as_that(tmp_path: Path, stop: str, left: int) -> None:
    moves = handled(story(play(tmp_path, ["1.0,5.4", stop, "4.6,6.8"])))

    assert {*moves} == {("touched", "upper", 1, left)}


def test_nothing_is_taken_from_an_empty_facing(tmp_path: Path) -> None:
    took = ["1.0,5.4", *["lower/1:4s take"] * 3, "4.6,6.8"]

    assert [movement for movement, *_ in handled(story(play(tmp_path, took)))] == ["picked", "picked", "touched"]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    folder = tmp_path_factory.mktemp("shelves")
    return play(folder, ["1.0,5.4", *["upper/1:3s take"] * 2, "4.6,6.8"], film=True)


def pictures(simulation: Simulation) -> tuple[Picture, Picture]:
    """Return the first and the last frame."""
    clip, frames = cv2.VideoCapture(str(simulation.clips["fridge"])), []
    while (read := clip.read())[0]:
        frames.append(read[1])
    return np.asarray(frames[0], np.uint8), np.asarray(frames[-1], np.uint8)


def test_the_layout_marks_each_facing_around_its_product(film: Simulation) -> None:
    layout = read_layout(film.layout)
    full, emptied = pictures(film)
    places = {(shelf.id, facing.slot): facing.polygon for shelf in layout.shelf for facing in shelf.facing}

    before = {place: edges(crop(full, polygon)) for place, polygon in places.items()}
    after = {place: edges(crop(emptied, polygon)) for place, polygon in places.items()}

    assert len(places) == 5
    assert all(share > FEW_EDGES for share in before.values())
    assert [place for place, share in after.items() if share < FEW_EDGES] == [("upper", 1)]


def test_the_layout_names_products_prices_and_labels(film: Simulation) -> None:
    layout = read_layout(film.layout)
    truth = story(film)

    assert (layout.store.currency, layout.store.locale) == ("NOK", "nb_NO")
    assert [(shelf.id, label.slot) for shelf in layout.shelf for label in shelf.label] == [
        (each.shelf_id, each.slot) for each in truth.labels
    ]
    prices = {each.sku: each.price for each in layout.product}
    assert [prices[each.sku] for each in truth.labels] == [each.price for each in truth.labels]


def test_a_camera_may_have_a_picture_of_its_own_and_no_floor_points(tmp_path: Path) -> None:
    near = '[[camera]]\nid = "near"\nposition = [2.5, 5.7, 2.5]\ntarget = [2.5, 7.5, 1.0]\n'
    (tmp_path / "mine.toml").write_text(f'extends = "corner"\n{near}size = [320, 180]\ncalibrated = false\n')
    head = HEAD.replace("stocked-corner", "mine.toml").replace("fridge", "near")
    simulation = play(tmp_path, ["1.0,5.4", "dairy:1s", "4.6,6.8"], head=head)

    truth = msgspec.json.decode(simulation.camera_truths["near"].read_bytes(), type=CameraTruth)

    assert truth.size == (320, 180)
    assert [camera.floor_points for camera in read_layout(simulation.layout).camera] == [None]


WRONG = {
    "upper/9:4s take": "things are taken from facings; choose from upper/1, upper/2",
    "dairy:4s take": "things are taken from facings; choose from upper/1, upper/2",
    "upper/1:4s steal": "'steal' is no deed; choose from take, return, touch, restock",
    "upper/1:1s take": "a hand needs time; stay 2 seconds at least",
    "upper/1:4s return": "returns what was not taken; take something before",
    "upper/1 take": "there is no place 'upper/1 take'; choose from door, till",
}


@pytest.mark.parametrize(("stop", "cure"), WRONG.items())
def test_a_wrong_deed_is_refused_with_what_would_be_right(tmp_path: Path, stop: str, cure: str) -> None:
    with pytest.raises(InvalidScenario) as refusal:
        play(tmp_path, ["door", stop, "door"])

    assert cure in str(refusal.value)


SHELF = """extends = "corner"
[[shelf]]
id = "a"
camera = "aisle"
fixture = "fridge"
level = 2
[[shelf.facing]]
slot = 1
sku = "1"
from = 0.5
[[product]]
sku = "1"
name = "One"
price = "1.00"
"""


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        (("aisle", "roof"), "shelf a: the store has no camera 'roof'; choose from aisle, entrance"),
        (('fixture = "fridge"', 'fixture = "counter"'), "shelf a: 'counter' has no boards; choose from bread, fridge"),
        (("level = 2", "level = 6"), "shelf a: fridge has 5 boards, level 6 is above them"),
        (("from = 0.5", "from = 3.35"), "shelf a, slot 1: it ends at 3.47 m of a board of 3.40 m"),
        (('sku = "1"\nfrom', 'sku = "2"\nfrom'), "shelf a, slot 1: there is no [[product]] with sku '2'"),
        (("[[product]]", '[[shelf.facing]]\nslot = 1\nsku = "1"\nfrom = 1.0\n[[product]]'), "two facings have one"),
        (('"corner"', '"moon"'), "there is no store 'moon'; choose from corner, stocked-corner"),
    ],
)  # fmt: skip
def test_a_wrong_shelf_is_refused_with_what_would_be_right(tmp_path: Path, change: tuple[str, str], cure: str) -> None:
    (tmp_path / "mine.toml").write_text(SHELF.replace(*change))
    scenario = tmp_path / "scenario.toml"
    scenario.write_text('store = "mine.toml"\n[[shopper]]\nat = 0.0\npath = ["door", "door"]\n')

    with pytest.raises(InvalidScenario) as refusal:
        read_script(scenario)

    assert cure in str(refusal.value)
