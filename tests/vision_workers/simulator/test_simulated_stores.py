from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from event_store.layout.geometry import contains
from event_store.layout.reading import read_layout
from vision_workers.simulator import Simulation, simulate
from vision_workers.simulator.figures import Pose, figure
from vision_workers.simulator.furniture import furnish
from vision_workers.simulator.lenses import Lens
from vision_workers.simulator.looks import draw_look
from vision_workers.simulator.scenarios import Scenario, read_plan
from vision_workers.simulator.sight import View
from vision_workers.simulator.stage import Stage
from vision_workers.simulator.truth import CameraTruth, StoreTruth

VISIT = """
fps = 5
[[shopper]]
at = 0.0
path = ["door", "bakery:4s", "till:4s", "door"]
"""


def play(folder: Path, text: str = VISIT, seed: int = 1, *, film: bool = False) -> Simulation:
    scenario = folder / "visit.toml"
    scenario.write_text(text)
    return simulate(scenario, folder / f"out-{seed}", seed, film=film)


def story(simulation: Simulation) -> StoreTruth:
    return msgspec.json.decode(simulation.truth.read_bytes(), type=StoreTruth)


def test_one_shopper_comes_in_buys_bread_pays_and_leaves(tmp_path: Path) -> None:
    told = story(play(tmp_path))

    assert (told.totals.entered, told.totals.left) == (1, 1)
    assert told.totals.lines["gate"].into == told.totals.lines["gate"].out == 1
    assert [stay.zone_id for stay in told.shoppers[0].zones] == ["bakery", "till"]
    assert all(stay.dwell_ms >= 4000 for stay in told.shoppers[0].zones)


def test_the_same_seed_tells_the_same_story_to_the_byte(tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    first.mkdir()
    again.mkdir()
    one, two = play(first), play(again)

    assert one.truth.read_bytes() == two.truth.read_bytes()
    assert one.camera_truths["aisle"].read_bytes() == two.camera_truths["aisle"].read_bytes()
    assert one.layout.read_bytes() == two.layout.read_bytes()


def test_the_same_seed_draws_the_same_pictures_whatever_was_drawn_before_in_this_process(tmp_path: Path) -> None:
    group = """
    fps = 2
    size = [480, 270]
    cameras = ["entrance"]
    [[shopper]]
    at = 0.0
    group = 3
    path = ["door", "3.6,2.8", "door"]
    """

    clips = []
    for turn in ("first", "second", "third"):
        (tmp_path / turn).mkdir()
        clips.append(play(tmp_path / turn, group, film=True).layout.with_name("entrance.mp4").read_bytes())

    assert clips[0] == clips[1] == clips[2]


def test_another_seed_sends_somebody_else(tmp_path: Path) -> None:
    assert play(tmp_path, seed=1).truth.read_bytes() != play(tmp_path, seed=2).truth.read_bytes()


def test_the_layout_fits_the_store_and_its_zones_lie_where_the_truth_says(tmp_path: Path) -> None:
    simulation = play(tmp_path)
    layout = read_layout(simulation.layout)
    seen = msgspec.json.decode(simulation.camera_truths["aisle"].read_bytes(), type=CameraTruth)
    zones = {zone.id: zone.polygon for zone in layout.zone if zone.camera == "aisle"}
    people = [person for frame in seen.frames for person in frame.people if in_picture(person.foot)]

    assert people
    for person in people:
        drawn = {name for name, polygon in zones.items() if polygon and contains(polygon, person.foot)}
        if drawn != set(person.zones) & zones.keys():
            assert on_an_edge(person.floor)  # rounding of picture points, a centimetre on the floor


def in_picture(foot: tuple[float, float]) -> bool:
    return 0.0 < foot[0] < 1.0 and 0.0 < foot[1] < 1.0


def on_an_edge(floor: tuple[float, float]) -> bool:
    return min(abs(floor[0] - x) for x in (0.6, 4.3, 5.0, 8.5)) < 0.02 or abs(floor[1] - 6.2) < 0.02


def test_shoppers_walk_around_furniture_and_one_another(tmp_path: Path) -> None:
    crowd = '[[shopper]]\nat = 0.0\ngroup = 4\npath = ["door", "dairy:3s", "till:2s", "door"]\n'
    simulation = play(tmp_path, 'fps = 5\ncameras = ["aisle"]\n' + crowd + crowd.replace("dairy", "bakery"))
    plan = read_plan("corner", tmp_path / "visit.toml")
    rects = [fixture.rect for fixture in plan.fixture]
    seen = msgspec.json.decode(simulation.camera_truths["aisle"].read_bytes(), type=CameraTruth)
    spots = [[np.array(person.floor) for person in frame.people] for frame in seen.frames]

    assert all(not (x0 < x < x1 and y0 < y < y1) for frame in spots for x, y in frame for x0, y0, x1, y1 in rects)
    assert all(np.hypot(*(a - b)) > 0.2 for frame in spots for n, a in enumerate(frame) for b in frame[:n])
    assert story(simulation).totals.left == 8


def test_the_drawn_figure_is_where_the_truth_has_it() -> None:
    plan = read_plan("corner", Path("any.toml"))
    random = np.random.default_rng(3)
    size = (640, 360)
    lens = Lens(position=(0.3, 3.8, 2.8), target=(4.1, 0.9, 0.4), view_deg=80, size=size)
    stage = Stage(plan, furnish(plan, random), size, random)
    pose = Pose(x=2.6, y=2.0, heading=0.4, action="walk", phase=0.8, pace=1.0)
    parts = figure(draw_look(random), pose)
    # the shadow lies on the floor around the feet; without it only the body differs
    empty, full = stage.draw(lens, {}).copy(), stage.draw(lens, {0: parts}, shadows=False).copy()
    rows, columns = np.nonzero(cv2.absdiff(empty, full).max(axis=2) > 12)
    box = View(plan, lens).see({0: parts})[0].box
    stage.close()

    assert rows.max() + 1 == pytest.approx(box.y1 * size[1], abs=2)
    assert rows.min() == pytest.approx(box.y0 * size[1], abs=2)
    assert columns.min() == pytest.approx(box.x0 * size[0], abs=2)
    assert columns.max() + 1 == pytest.approx(box.x1 * size[0], abs=2)
    foot = lens.project(np.array([[pose.x, pose.y, 0.0]]))[0]
    assert box.y1 == pytest.approx(foot[1], abs=0.06)
    assert (box.x0 + box.x1) / 2 == pytest.approx(foot[0], abs=0.03)


def test_furniture_hides_legs_and_the_truth_says_so() -> None:
    plan = read_plan("corner", Path("any.toml"))
    lens = Lens(position=(2.5, 7.2, 2.0), target=(2.5, 3.0, 0.8), view_deg=70, size=(640, 360))
    random = np.random.default_rng(5)
    look = draw_look(random)
    behind = figure(look, Pose(x=2.5, y=3.5, heading=0.0, action="stand", phase=0.0, pace=0.0))
    before = figure(look, Pose(x=2.5, y=5.2, heading=0.0, action="stand", phase=0.0, pace=0.0))

    assert 0.1 < View(plan, lens).see({0: behind})[0].visible < 0.8
    assert View(plan, lens).see({0: before})[0].visible > 0.95


def test_a_clip_can_be_read_and_is_as_long_as_its_truth(tmp_path: Path) -> None:
    simulation = play(tmp_path, "seconds = 2\nsize = [160, 90]\n" + VISIT, film=True)
    clip = cv2.VideoCapture(str(simulation.clips["entrance"]))

    assert clip.get(cv2.CAP_PROP_FRAME_COUNT) == 10
    assert clip.read()[1].shape == (90, 160, 3)


def test_defaults_make_a_scenario_short() -> None:
    assert Scenario(shopper=[]).store == "corner"
