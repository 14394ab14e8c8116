from pathlib import Path

import msgspec

from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.layout.reading import read_layout
from infra.accuracy.stories import STORIES, watched
from vision_workers.simulator import simulate
from vision_workers.simulator.truth import CameraTruth, StoreTruth

STORY = STORIES / "a-group-comes-in.toml"
SEEDS = range(4)


def test_a_detector_that_errs_counts_nobody_twice_at_two_frames_a_second(tmp_path: Path) -> None:
    story = tmp_path / "story.toml"
    story.write_text(f'fps = 2\ncameras = ["entrance"]\n{STORY.read_text()}')
    played = simulate(story, tmp_path / "played", 1, film=False)
    layout = read_layout(played.layout)
    truth = msgspec.json.decode(played.truth.read_bytes(), type=StoreTruth).totals
    entrance = msgspec.json.decode(played.camera_truths["entrance"].read_bytes(), type=CameraTruth)

    films = [watched(layout, entrance, seed) for seed in SEEDS]

    entered = [sum(isinstance(fact, ShopperEntered) for fact in facts) for facts in films]
    left = [sum(isinstance(fact, ShopperExited) and fact.reason == "left" for fact in facts) for facts in films]
    assert max(entered) == max(left) == truth.entered
    assert sum(entered) >= (len(SEEDS) - 1) * truth.entered
