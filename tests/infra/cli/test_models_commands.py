from pathlib import Path

import pytest

from tests.builders.answering_networks import (
    CELLS,
    HEIGHT,
    WIDTH,
    Answers,
    answering,
    by_class,
    by_objectness,
    save_answering,
)
from tests.builders.commands import CommandLine
from tests.builders.networks import always, save_model, unheard_of


def test_a_model_is_added_listed_checked_and_measured(shopfloor: CommandLine, blob_model: Path) -> None:
    assert shopfloor.run("models", "add", blob_model) == 0
    assert shopfloor.run("models", "list") == 0
    assert b"blobs: detect person, 64x64, Apache-2.0" in shopfloor.out
    assert b"person-detection-0200: published, not here" in shopfloor.out
    assert shopfloor.run("models", "check", "blobs") == 0
    assert b"blobs: ok (" in shopfloor.out
    assert shopfloor.run("models", "bench", "blobs", "--seconds", "0.2") == 0
    assert b"pictures a second" in shopfloor.out


def test_a_model_that_floods_fails_the_check(shopfloor: CommandLine, tmp_path: Path) -> None:
    rows = [(0.01 * n, 0.3, 0.01 * n + 0.1, 0.9, 0.9) for n in range(80)]
    flood = save_model(always(rows), tmp_path / "flood")

    assert shopfloor.run("models", "check", flood) == 1
    assert b"flood: ModelSuspect, it floods (80.0 detections where nobody is)" in shopfloor.out
    assert shopfloor.err.startswith("shopfloor: not to be used: flood;")


def test_checking_all_models_goes_on_after_a_broken_one(
    shopfloor: CommandLine, blob_model: Path, tmp_path: Path
) -> None:
    shopfloor.run("models", "add", blob_model)
    save_model(unheard_of(), tmp_path / "data" / "models" / "a-broken-one")

    assert shopfloor.run("models", "check") == 1
    assert b"a-broken-one: unusable: " in shopfloor.out
    assert b"blobs: ok" in shopfloor.out


def test_a_model_that_cannot_work_is_not_added(shopfloor: CommandLine, tmp_path: Path) -> None:
    assert shopfloor.run("models", "add", save_model(unheard_of(), tmp_path / "odd")) == 2
    assert "needs one output [1, 1, N, 7]" in shopfloor.err
    assert not (tmp_path / "data" / "models").exists()


@pytest.mark.parametrize("words", [("check", "nothing"), ("bench", "nothing"), ("pull", "nothing"), ("add", "nothing")])
def test_a_model_that_is_not_there_is_one_line(shopfloor: CommandLine, words: tuple[str, ...]) -> None:
    assert shopfloor.run("models", *words) == 2
    assert len(shopfloor.err.splitlines()) == 1


@pytest.mark.real_data
def test_a_published_model_is_pulled_from_a_folder(shopfloor: CommandLine, shared_data: Path) -> None:
    assert shopfloor.run("models", "pull", "person-detection-0200", "--from", shared_data / "models") == 0
    assert shopfloor.run("models", "check", "person-detection-0200") == 0
    assert b"person-detection-0200: ok" in shopfloor.out


@pytest.mark.parametrize(
    ("answers", "shape", "head", "why"),
    [
        ({"output0": by_class()}, (1, 3, 640, 640), None, "say width = 640, height = 640 in model.toml"),
        ({"output0": by_class()}, (1, HEIGHT, WIDTH, 3), None, 'say layout = "NHWC" in model.toml'),
        ({"output0": by_class()}, (4, 3, HEIGHT, WIDTH), None, "export it for a batch of one picture"),
        ({"output": by_objectness(number=CELLS)}, (1, 3, HEIGHT, WIDTH), "yolox", "boxes that are decoded already"),
        ({"output0": by_class() * 9}, (1, 3, HEIGHT, WIDTH), None, "where scores from 0 to 1 belong"),
    ],
)
def test_a_model_is_tried_on_a_picture_before_it_is_added(
    shopfloor: CommandLine, tmp_path: Path, answers: Answers, shape: tuple[int, ...], head: str | None, why: str
) -> None:
    folder = save_answering(answering(answers, shape), tmp_path / "odd", head=head).folder

    assert shopfloor.run("models", "add", folder) == 2
    assert why in shopfloor.err
    assert len(shopfloor.err.splitlines()) == 1
    assert not (tmp_path / "data" / "models").exists()


def test_a_yolo_export_is_added_without_a_word_about_its_head(shopfloor: CommandLine, tmp_path: Path) -> None:
    folder = save_answering(answering({"output0": by_class()}), tmp_path / "yolo").folder

    assert shopfloor.run("models", "add", folder) == 0
    assert shopfloor.run("models", "check", "yolo") == 0
