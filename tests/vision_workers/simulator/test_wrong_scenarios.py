import sys
from pathlib import Path

import pytest

from vision_workers.simulator import simulate
from vision_workers.simulator.errors import ClipUnwritable, InvalidScenario, RendererMissing
from vision_workers.simulator.scenarios import read_script

WRONG = {
    'path = ["door", "milk:8s", "door"]': "there is no place 'milk'; choose from door, till, dairy",
    'path = ["door", "dairy:8", "door"]': 'write "dairy", or "dairy:8s" to stay eight seconds',
    'path = ["door", "2.5,4.3", "door"]': "nobody can stand at 2.5,4.3; the floor is 9 x 8 m",
    'path = ["door"]': "Expected `array` of length >= 2",
    'speed = "fast"\npath = ["door", "door"]': "Expected `float",
    'shoes = 2\npath = ["door", "door"]': "unknown field `shoes`",
    "path = [": "is not TOML",
}


def write(folder: Path, text: str) -> Path:
    path = folder / "wrong.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(("line", "cure"), WRONG.items())
def test_a_wrong_shopper_is_refused_with_what_would_be_right(tmp_path: Path, line: str, cure: str) -> None:
    scenario = write(tmp_path, f"[[shopper]]\nat = 1.0\n{line}\n")

    with pytest.raises(InvalidScenario) as refusal:
        read_script(scenario)

    assert cure in str(refusal.value)
    assert refusal.value.exit_status == 2


def test_all_wrong_places_are_told_at_once(tmp_path: Path) -> None:
    scenario = write(tmp_path, '[[shopper]]\nat = 1.0\npath = ["dor", "milk:3s"]\n')

    with pytest.raises(InvalidScenario) as refusal:
        read_script(scenario)

    assert [problem.split(";")[0] for problem in refusal.value.problems] == [
        "shopper 1, path: there is no place 'dor'",
        "shopper 1, path: there is no place 'milk'",
    ]


def test_an_unknown_store_or_camera_is_refused_with_those_there_are(tmp_path: Path) -> None:
    shopper = '[[shopper]]\nat = 1.0\npath = ["door", "door"]\n'

    with pytest.raises(InvalidScenario, match="there is no store 'moon'; choose from corner"):
        read_script(write(tmp_path, 'store = "moon"\n' + shopper))
    with pytest.raises(InvalidScenario, match="no camera 'roof'; choose from entrance, aisle"):
        read_script(write(tmp_path, 'cameras = ["roof"]\n' + shopper))


def test_a_picture_of_an_odd_size_is_refused(tmp_path: Path) -> None:
    scenario = write(tmp_path, 'size = [641, 360]\n[[shopper]]\nat = 1.0\npath = ["door", "door"]\n')

    with pytest.raises(InvalidScenario, match="multiple of 2"):
        read_script(scenario)


def test_a_clip_that_cannot_be_written_is_told_before_it_is_filmed(tmp_path: Path) -> None:
    scenario = write(tmp_path, 'seconds = 1\nsize = [64, 64]\n[[shopper]]\nat = 0.0\npath = ["door", "door"]\n')
    (tmp_path / "out" / "entrance.mp4").mkdir(parents=True)

    with pytest.raises(ClipUnwritable, match="choose a folder that may be written to"):
        simulate(scenario, tmp_path / "out")


def test_a_missing_scenario_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidScenario, match=r"gone\.toml: cannot be read: No such file"):
        simulate(tmp_path / "gone.toml", tmp_path / "out")


def test_without_panda3d_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "panda3d.core", None)
    scenario = write(tmp_path, 'seconds = 1\n[[shopper]]\nat = 0.0\npath = ["door", "door"]\n')

    with pytest.raises(RendererMissing, match=r"pip install 'shopfloor\[dev\]'"):
        simulate(scenario, tmp_path / "out")
