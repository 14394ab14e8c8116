import hashlib
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from tests.builders.networks import always, blob_finder, save_model, unheard_of
from vision_workers.detectors import Device, ObjectDetector
from vision_workers.detectors.errors import UndetectedClass, UnknownDevice, UnknownOutput, UnloadableModel
from vision_workers.frames import Picture
from vision_workers.models import read_model_folder

RED, GREEN = (0, 0, 255), (0, 255, 0)


@pytest.fixture(scope="module")
def device() -> Device:
    return Device("CPU")


@pytest.fixture(scope="module")
def blobs(device: Device, tmp_path_factory: pytest.TempPathFactory) -> ObjectDetector:
    folder = save_model(blob_finder(), tmp_path_factory.mktemp("models") / "blobs")
    return device.detector(read_model_folder(folder))


def shop(*people: tuple[int, int, tuple[int, int, int]]) -> Picture:
    picture = np.zeros((128, 256, 3), np.uint8)
    for x, y, colour in people:
        picture[y : y + 32, x : x + 16] = colour
    return picture


def test_a_person_is_found_where_they_stand(blobs: ObjectDetector) -> None:
    (found,) = blobs.detect(shop((64, 32, RED))).things()

    assert (found.box.x0, found.box.y0, found.box.x1, found.box.y1) == pytest.approx((64 / 256, 0.25, 80 / 256, 0.5))
    assert found.confidence == pytest.approx(0.9)


def test_openvino_may_choose_the_device_itself(tmp_path: Path) -> None:
    model = read_model_folder(save_model(blob_finder(), tmp_path / "blobs"))

    (found,) = Device("AUTO").detector(model).detect(shop((64, 32, RED))).things()

    assert found.box.x0 == pytest.approx(64 / 256)


@pytest.mark.parametrize("absent", ["GPU", "NPU", "GPU.3", "AUTO:GPU", "MULTI:CPU,NPU"])
def test_a_device_that_is_not_here_is_told_with_those_that_are(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ov.Core, "available_devices", ["CPU"])

    with pytest.raises(UnknownDevice, match=r"set SHOPFLOOR_DEVICE to one of AUTO, CPU$"):
        Device(absent)


def test_an_empty_shop_has_nobody_in_it(blobs: ObjectDetector) -> None:
    assert blobs.detect(shop()).things() == ()


def test_many_pictures_in_flight_each_get_their_own_answer(blobs: ObjectDetector) -> None:
    places = [8 * (n % 28) for n in range(100)]

    findings = [blobs.detect(shop((place, 32, GREEN))) for place in places]

    assert [round(finding.things()[0].box.x0 * 256) for finding in findings] == places


def test_the_digest_is_that_of_the_input_even_after_later_pictures(blobs: ObjectDetector) -> None:
    picture = shop((64, 32, RED))[:64, :64].copy()
    first = blobs.detect(picture)
    for place in range(20):
        blobs.detect(shop((place, 32, GREEN))).things()

    assert first.input_digest() == hashlib.sha256(picture.tobytes()).hexdigest()


def test_weak_detections_are_handed_over_down_to_half_the_threshold(device: Device, tmp_path: Path) -> None:
    rows = [(0.1, 0.1, 0.2, 0.5, score) for score in (0.2, 0.3, 0.8)]
    detector = device.detector(read_model_folder(save_model(always(rows), tmp_path / "weak")))

    found = detector.detect(shop()).things()

    assert [each.confidence for each in found] == pytest.approx([0.8, 0.3])


def test_boxes_are_cut_at_the_edge_of_the_picture(device: Device, tmp_path: Path) -> None:
    rows = [(-0.5, 0.5, 0.5, 1.5, 0.9), (1.1, 0.1, 1.2, 0.2, 0.9)]
    detector = device.detector(read_model_folder(save_model(always(rows), tmp_path / "edge")))

    (found,) = detector.detect(shop()).things()

    assert (found.box.x0, found.box.y0, found.box.x1, found.box.y1) == (0.0, 0.5, 0.5, 1.0)


def test_cameras_share_one_compiled_network(device: Device, tmp_path: Path) -> None:
    model = read_model_folder(save_model(blob_finder(), tmp_path / "shared"))

    assert device.detector(model)._network is device.detector(model)._network


def test_an_output_of_no_known_kind_is_refused_in_one_line(device: Device, tmp_path: Path) -> None:
    model = read_model_folder(save_model(unheard_of(), tmp_path / "odd"))

    with pytest.raises(UnknownOutput, match=r"gives .*\[1, 3\], but head 'ssd' needs one output") as refusal:
        device.detector(model)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("head", ["boxes-labels", "yolox"])
def test_a_head_that_does_not_fit_the_network_is_refused(device: Device, tmp_path: Path, head: str) -> None:
    model = read_model_folder(save_model(blob_finder(), tmp_path / "wrong-head", head))

    with pytest.raises(UnknownOutput, match=head):
        device.detector(model)


def test_a_broken_network_is_refused_in_one_line(device: Device, tmp_path: Path) -> None:
    folder = save_model(blob_finder(), tmp_path / "broken")
    (folder / "broken.xml").write_text("<net")

    with pytest.raises(UnloadableModel, match="cannot load") as refusal:
        device.detector(read_model_folder(folder))
    assert "\n" not in str(refusal.value)


def test_a_model_for_another_task_is_no_detector(device: Device, tmp_path: Path) -> None:
    folder = save_model(blob_finder(), tmp_path / "reader")
    description = folder / "model.toml"
    description.write_text(description.read_text().replace('task = "detect"', 'task = "read"'))

    with pytest.raises(UndetectedClass, match="reader"):
        device.detector(read_model_folder(folder))


def test_a_device_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownDevice, match=r"'ABACUS'.*AUTO, CPU"):
        Device("ABACUS")
