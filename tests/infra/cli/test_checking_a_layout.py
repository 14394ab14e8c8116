import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from infra.cli.app import main
from vision_workers.models import Models
from vision_workers.models.pull import pull

EXAMPLE = Path(__file__).parents[2] / "layouts" / "example.toml"
SHOP = """
[store]
id = "corner"
name = "Corner shop"
time_zone = "Europe/Oslo"

[[camera]]
id = "entrance"
source = "pictures"

[[door]]
id = "main"
camera = "entrance"
polygon = [[0.0, 0.8], [1.0, 0.8], [1.0, 1.0], [0.0, 1.0]]
"""


def run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["shopfloor", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures" / "1.png"), np.full((360, 640, 3), 90, np.uint8))
    (tmp_path / "shop.toml").write_text(SHOP)
    return tmp_path / "shop.toml"


def test_a_right_layout_is_told_to_be_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    layout = tmp_path / "example.toml"
    layout.write_bytes(EXAMPLE.read_bytes())
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "entrance.mp4").touch()

    assert run(monkeypatch, "layout", "check", layout) == 0

    said, warned = capsys.readouterr()
    assert "the password of camera 'aisle-1' is written out; write ${AISLE_1_PASSWORD} in its place" in warned
    assert "2 cameras, 1 door, 1 line, 2 zones, 1 shelf, 1 product; nothing is wrong with it" in said


def test_a_wrong_layout_is_refused_with_all_its_problems(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    shop.write_text(SHOP.replace("Europe/Oslo", "Europe/Olso").replace('camera = "entrance"', 'camera = "exit"'))

    assert run(monkeypatch, "layout", "check", shop) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"shopfloor: {shop} has 2 problems"
    assert [line.removeprefix(f"{shop}:").split(":")[0] for line in said[1:]] == ["5", "13"]


@pytest.mark.parametrize("source", ["film.mp4", "file://film.mp4", "films/2026", "/nowhere/film.mp4"])
def test_a_recording_that_is_not_there_is_told_with_its_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shop: Path, source: str
) -> None:
    shop.write_text(SHOP.replace('"pictures"', f'"{source}"'))

    assert run(monkeypatch, "layout", "check", shop, "--picture", shop.parent / "out.png", "--no-blur") == 2
    assert f"{shop}:9: camera 'entrance' plays {source!r}, which does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("source", ["rtsp://camera.invalid/1", "0", "${FILM}", "pictures"])
def test_a_source_of_which_only_looking_can_tell_is_not_called_missing(
    monkeypatch: pytest.MonkeyPatch, shop: Path, source: str
) -> None:
    shop.write_text(SHOP.replace('"pictures"', f'"{source}"'))

    assert run(monkeypatch, "layout", "check", shop) == 0


def test_nothing_of_a_layout_or_its_name_reaches_the_terminal_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    file = shop.with_name("a\x1b[31m\u202e.toml")
    file.write_text(SHOP.replace("Europe/Oslo", "Europe/\u009b31m\u202e"), encoding="utf-8")

    assert run(monkeypatch, "layout", "check", file) == 2
    said = capsys.readouterr().err
    assert r"a\u001b[31m\u202e.toml:5: no time zone is called" in said
    assert said.isprintable() or set(said) - {"\n"} == {sign for sign in said if sign.isprintable()}


def test_the_picture_of_a_layout_shows_the_door(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    target = shop.parent / "out.png"

    assert run(monkeypatch, "layout", "check", shop, "--picture", target, "--no-blur") == 0

    drawn = cv2.imread(str(target))
    assert drawn is not None
    assert drawn.shape == (360, 640, 3)
    assert drawn[200, 320].tolist() == [90, 90, 90]
    assert drawn[330, 320].tolist() != [90, 90, 90]


@pytest.mark.parametrize("name", ["none/out.png", "out.word"])
def test_a_picture_that_cannot_be_written_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shop: Path, name: str
) -> None:
    target = shop.parent / name

    assert run(monkeypatch, "layout", "check", shop, "--picture", target, "--no-blur") == 1
    assert capsys.readouterr().err.startswith(f"shopfloor: cannot write the picture {target}: ")


def test_a_source_that_the_environment_names_is_drawn(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    monkeypatch.setenv("ENTRANCE", "pictures")
    shop.write_text(SHOP.replace('"pictures"', '"${ENTRANCE}"'))

    assert run(monkeypatch, "layout", "check", shop, "--picture", shop.parent / "out.png", "--no-blur") == 0


@pytest.mark.real_data
def test_people_in_the_picture_are_blurred_unless_asked_otherwise(
    monkeypatch: pytest.MonkeyPatch, shared_data: Path, shop: Path
) -> None:
    clip, model = shared_data / "video" / "classroom.gif", "person-vehicle-bike-detection-2001"
    pull(Models(shop.parent / "models"), model, shared_data / "models")
    monkeypatch.setenv("SHOPFLOOR_DATA", str(shop.parent))
    shop.write_text(SHOP.replace('"pictures"', f'"{clip}"\nmodel = "{model}"'))
    blurred, plain = shop.parent / "blurred.png", shop.parent / "plain.png"

    assert run(monkeypatch, "layout", "check", shop, "--picture", blurred) == 0
    assert run(monkeypatch, "layout", "check", shop, "--picture", plain, "--no-blur") == 0

    assert detail(blurred, SEATED) < detail(plain, SEATED) / 4
    assert detail(blurred, EMPTY) == detail(plain, EMPTY)


SEATED, EMPTY = (slice(145, 200), slice(140, 155)), (slice(0, 60), slice(300, 470))
"""Rows and columns: somebody in the second row, and the wall."""


def detail(path: Path, where: tuple[slice, slice]) -> float:
    """Return how much neighbouring pixels differ in a part of a picture."""
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return float(np.abs(np.diff(picture[where].astype(float), axis=1)).mean())
