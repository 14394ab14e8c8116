"""The published models on real pictures; these need the folder of real data beside the checkout."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.builders.networks import MODEL_TOML
from vision_workers.detectors import Device, ObjectDetector
from vision_workers.frames import Picture
from vision_workers.models import Models, read_model_folder
from vision_workers.models.pull import pull

PEOPLE_MODELS = (
    "person-detection-0200",
    "person-detection-retail-0013",
    "person-vehicle-bike-detection-2000",
    "person-vehicle-bike-detection-2001",
    "person-vehicle-bike-detection-2004",
)
WALKER_AT_S = 13
EMPTY_AT_S = 2

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def device() -> Device:
    return Device("CPU")


def moment(video: Path, second: float) -> Picture:
    capture = cv2.VideoCapture(str(video))
    capture.set(cv2.CAP_PROP_POS_MSEC, second * 1000)
    there, picture = capture.read()
    assert there
    return np.asarray(picture, np.uint8)


def people_in(detector: ObjectDetector, picture: Picture) -> list[tuple[float, float]]:
    found = detector.detect(picture).things()
    sure = [each.box for each in found if each.confidence >= detector.threshold]
    return [((box.x0 + box.x1) / 2, box.y1) for box in sure]


@pytest.mark.parametrize("name", PEOPLE_MODELS)
def test_each_published_model_finds_the_one_walker_and_nobody_in_an_empty_room(
    name: str, device: Device, shared_data: Path, tmp_path: Path
) -> None:
    model = pull(Models(tmp_path), name, shared_data / "models")
    detector = device.detector(model)
    clip = shared_data / "video" / "one-by-one-person-detection.mp4"

    walkers = people_in(detector, moment(clip, WALKER_AT_S))

    assert len(walkers) == 1
    assert people_in(detector, moment(clip, EMPTY_AT_S)) == []


def test_the_models_agree_where_the_walker_is(device: Device, shared_data: Path, tmp_path: Path) -> None:
    picture = moment(shared_data / "video" / "one-by-one-person-detection.mp4", WALKER_AT_S)
    models = [pull(Models(tmp_path), name, shared_data / "models") for name in PEOPLE_MODELS]

    feet = np.array([people_in(device.detector(model), picture)[0] for model in models])

    assert np.ptp(feet, axis=0).max() < 0.08


def test_a_yolox_network_finds_the_seated_class(device: Device, shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "yolox_nano"
    folder.mkdir()
    (folder / "yolox_nano.onnx").write_bytes((shared_data / "models/yolox_nano/yolox_nano.onnx").read_bytes())
    description = MODEL_TOML.format(name="yolox_nano", head="yolox", side=416)
    description = description.replace(".xml", ".onnx").replace("person = 1", "person = 0")
    (folder / "model.toml").write_text(description.replace("[classes]", 'resize = "letterbox"\n\n[classes]'))
    detector = device.detector(read_model_folder(folder))

    seated = people_in(detector, moment(shared_data / "video" / "classroom.gif", 0))
    (walker,) = people_in(detector, moment(shared_data / "video" / "one-by-one-person-detection.mp4", WALKER_AT_S))

    assert len(seated) == 4
    assert 0.85 < walker[1] <= 1.0
