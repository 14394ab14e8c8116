from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from vision_workers.detectors import Device
from vision_workers.models import Models
from vision_workers.models.registry import DEFAULT_MODEL
from vision_workers.simulator.scenarios import read_script
from vision_workers.simulator.simulation import act, tell_story
from vision_workers.simulator.truth import StoreTruth
from vision_workers.training.kept import kept_frames, kept_videos
from vision_workers.training.report import judge

DEMO = Path("infra/demo")
LARGEST_MODEL_BYTES = 3_000_000


def test_the_default_model_finds_the_shoppers_of_the_demo(tmp_path: Path) -> None:
    detector = Device("CPU").detector(Models(tmp_path).find(DEFAULT_MODEL))
    clip = cv2.VideoCapture(str(DEMO / "entrance.mp4"))
    clip.set(cv2.CAP_PROP_POS_FRAMES, 896)
    found = detector.detect(np.asarray(clip.read()[1], np.uint8)).things()

    assert len([each for each in found if each.confidence >= detector.threshold]) == 4


def test_the_default_model_is_small_and_says_where_it_is_from(tmp_path: Path) -> None:
    model = Models(tmp_path).find(DEFAULT_MODEL)

    assert sum(file.stat().st_size for file in model.folder.iterdir()) < LARGEST_MODEL_BYTES
    assert "demo model" in (model.folder / "README.md").read_text()
    assert model.description.licence == "Apache-2.0"


def test_the_demo_is_told_as_its_scenario_has_it() -> None:
    told = msgspec.json.decode((DEMO / "truth.json").read_bytes(), type=StoreTruth)
    script = read_script(DEMO / "demo.toml")

    assert tell_story(script, act(script, told.seed), told.seed) == told


@pytest.mark.real_data
def test_the_default_model_is_of_use_on_real_people_it_never_saw(tmp_path: Path, shared_data: Path) -> None:
    model, device = Models(tmp_path).find(DEFAULT_MODEL), Device("CPU")
    rows = {kept.video: judge(device, model, kept_frames(kept, shared_data / "video")) for kept in kept_videos()}

    assert rows["one-by-one-person-detection.mp4"].figures.recall > 0.9
    assert rows["one-by-one-person-detection.mp4"].figures.precision > 0.9
    assert rows["store-aisle-detection.gif"].figures.average_precision > 0.75
