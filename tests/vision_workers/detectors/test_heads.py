"""Every form in which today's detectors are exported is recognised and read; what cannot be read says why."""

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray
from openvino import opset13 as op

from tests.builders.answering_networks import (
    CELLS,
    CENTRED,
    CORNERS,
    HEIGHT,
    PERSON,
    SCORE,
    WIDTH,
    Answers,
    answering,
    by_class,
    by_objectness,
    finished,
    logits,
    queries,
    rows,
    save_answering,
)
from vision_workers.detectors import Device, ObjectDetector
from vision_workers.detectors.errors import DoubtfulOutput, UnfitInput, UnknownClass, UnknownOutput
from vision_workers.heads import HEADS

LABELS = rows(300, (1,), 1)[:, 0]
SCORES = rows(300, (SCORE,), 1)[:, 0]
BOXES = rows(300, CORNERS, 4)
GETI = rows(100, (*CORNERS, SCORE), 5)
EXPORTS: dict[str, tuple[str, Answers]] = {
    "YOLOv8 of COCO": ("yolov8", {"output0": by_class()}),
    "YOLOv8 of one class": ("yolov8", {"output0": by_class(5, person=0)}),
    "YOLOv9 of two classes": ("yolov8", {"output0": by_class(6)}),
    "YOLO11 in half precision": ("yolov8", {"output0": by_class().astype(np.float16)}),
    "YOLO11 with a finer grid": ("yolov8", {"output0": by_class(cells=CELLS + 32 * 16)}),
    "YOLOv10": ("yolo-end-to-end", {"output0": finished()}),
    "YOLO26": ("yolo-end-to-end", {"output0": finished(100)}),
    "YOLOv5": ("yolov5", {"output0": by_objectness()}),
    "YOLOv5 of one class": ("yolov5", {"output0": by_objectness(6, person=0)}),
    "YOLOv5 with its raw grids": (
        "yolov5",
        {"output": by_objectness(), "339": np.zeros((1, 3, 8, 16, 85), np.float32)},
    ),
    "YOLOv6": ("yolov5", {"outputs": by_objectness(number=CELLS)}),
    "RT-DETR": (
        "boxes-labels-scores",
        {"labels": LABELS[None].astype(np.int64), "boxes": BOXES[None], "scores": SCORES[None]},
    ),
    "D-FINE": (
        "boxes-labels-scores",
        {"labels": LABELS[None].astype(np.int32), "boxes": BOXES[None], "scores": SCORES[None]},
    ),
    "torchvision": ("boxes-labels-scores", {"2535": BOXES, "2536": LABELS.astype(np.int64), "2537": SCORES}),
    "torchvision's RetinaNet": (
        "boxes-labels-scores",
        {"boxes": BOXES, "scores": SCORES, "labels": LABELS.astype(np.int64)},
    ),
    "RT-DETR without its post-processor": (
        "boxes-logits",
        {"logits": logits(), "pred_boxes": rows(300, CENTRED, 4)[None]},
    ),
    "RF-DETR": ("boxes-logits", {"dets": rows(300, CENTRED, 4)[None], "labels": logits(classes=91)}),
    "RF-DETR of four classes": ("boxes-logits", {"dets": rows(300, CENTRED, 4)[None], "labels": logits(classes=4)}),
    "Ultralytics' RT-DETR": ("queries", {"output0": queries()}),
    "Geti": ("boxes-labels", {"boxes": GETI[None], "labels": LABELS[None, :100].astype(np.int64)}),
    "Geti with maps": (
        "boxes-labels",
        {
            "boxes": GETI[None],
            "labels": LABELS[None, :100].astype(np.int64),
            "saliency_map": np.zeros((1, 2, 4, 4), np.float32),
            "feature_vector": np.zeros((1, 96), np.float32),
        },
    ),
}


@pytest.fixture(scope="module")
def device() -> Device:
    return Device("CPU")


def people(detector: ObjectDetector) -> list[tuple[tuple[float, ...], float]]:
    found = detector.detect(np.zeros((HEIGHT, WIDTH, 3), np.uint8)).things()
    return [((each.box.x0, each.box.y0, each.box.x1, each.box.y1), each.confidence) for each in found]


def person_of(export: str) -> int:
    return 0 if "one class" in export else 1


@pytest.mark.parametrize("export", EXPORTS)
def test_an_export_is_recognised_and_its_person_found_once(device: Device, tmp_path: Path, export: str) -> None:
    _, answers = EXPORTS[export]
    model = save_answering(answering(answers), tmp_path / "export", person=person_of(export))

    ((box, score),) = people(device.detector(model))

    assert box == pytest.approx(PERSON, abs=2e-3)
    assert score == pytest.approx(SCORE, abs=2e-3)


@pytest.mark.parametrize("export", EXPORTS)
def test_an_export_is_read_by_the_head_that_is_named(device: Device, tmp_path: Path, export: str) -> None:
    head, answers = EXPORTS[export]
    model = save_answering(answering(answers), tmp_path / "export", head=head, person=person_of(export))

    assert len(people(device.detector(model))) == 1


def test_every_head_of_the_table_is_recognised_by_a_test() -> None:
    assert {head for head, _ in EXPORTS.values()} | {"ssd", "yolox"} == set(HEADS)


def undecoded() -> NDArray[np.float32]:
    table = np.zeros((1, CELLS, 85), np.float32)
    cell = 3 * 16 + 5
    table[0, cell] = [0.5, 0.25, np.log(4), np.log(2), SCORE, 0, 1, *[0] * 78]
    return table


def test_yolox_is_read_undecoded_and_decoded(device: Device, tmp_path: Path) -> None:
    raw = save_answering(answering({"output": undecoded()}), tmp_path / "raw")
    decoded = save_answering(answering({"output": by_objectness(number=CELLS)}), tmp_path / "decoded")

    assert people(device.detector(raw))[0][0] == pytest.approx((28 / 128, 18 / 64, 60 / 128, 34 / 64))
    assert people(device.detector(decoded))[0][0] == pytest.approx(PERSON)


def test_a_yolox_export_with_decoded_boxes_is_not_taken_for_an_undecoded_one(device: Device, tmp_path: Path) -> None:
    model = save_answering(answering({"output": by_objectness(number=CELLS)}), tmp_path / "decoded", head="yolox")

    with pytest.raises(DoubtfulOutput, match=r'decoded already; say head = "yolov5" in model.toml'):
        device.detector(model)


def test_a_wrong_head_is_told_with_the_right_one(device: Device, tmp_path: Path) -> None:
    model = save_answering(answering({"output0": by_class()}), tmp_path / "yolo", head="ssd")

    with pytest.raises(UnknownOutput, match=r'head \'ssd\' needs one output .*say head = "yolov8" in model.toml'):
        device.detector(model)


@pytest.mark.parametrize(
    ("answers", "head", "why"),
    [
        ({"output0": by_class(56) * 300}, "yolov8", "where scores from 0 to 1 belong"),
        ({"output0": by_class() / 128}, "yolov8", "boxes in fractions .* where pixels belong"),
        ({"output0": finished() + np.float32(0.5)}, "yolo-end-to-end", "class numbers that are not whole"),
        ({"output0": by_class() * np.float32(np.nan)}, "yolov8", "values that are no numbers"),
        ({"dets": rows(300, CORNERS, 4)[None], "labels": logits()}, "boxes-logits", "boxes in pixels where fractions"),
        ({"boxes": GETI[None] / 200, "labels": LABELS[None, :100].astype(np.int64)}, "boxes-labels", "in fractions"),
    ],
)
def test_right_shapes_with_wrong_values_are_refused_with_the_export_that_is_right(
    device: Device, tmp_path: Path, answers: Answers, head: str, why: str
) -> None:
    model = save_answering(answering(answers), tmp_path / "odd", head=head)

    with pytest.raises(
        DoubtfulOutput, match=rf"tried on a picture as head '{head}': it gives .*{why}.*needs "
    ) as refusal:
        device.detector(model)
    assert "\n" not in str(refusal.value)


def test_outputs_of_no_head_are_told_with_the_exports_that_are_read(device: Device, tmp_path: Path) -> None:
    grids = {f"grid{n}": np.zeros((1, 3, 8 >> n, 16 >> n, 85), np.float32) for n in range(3)}

    with pytest.raises(
        UnknownOutput, match=r"no head reads; export it in one of these ways: .*YOLOv7 `export.py --grid`"
    ):
        device.detector(save_answering(answering(grids), tmp_path / "raw"))


@pytest.mark.parametrize(
    "answers",
    [
        {"output0": by_class()},
        {"output0": by_objectness()},
        {"output0": undecoded()},
        {"output0": queries()},
        {"logits": logits(), "pred_boxes": rows(300, CENTRED, 4)[None]},
    ],
)
def test_a_class_that_the_network_does_not_have_is_refused(device: Device, tmp_path: Path, answers: Answers) -> None:
    model = save_answering(answering(answers), tmp_path / "coco", person=80)

    with pytest.raises(UnknownClass, match="80 classes apart, numbered from 0: person = 80 is none of them"):
        device.detector(model)


def test_a_network_that_asks_for_the_size_of_the_picture_is_told_it(device: Device, tmp_path: Path) -> None:
    network = answering({"labels": LABELS[None].astype(np.int64), "scores": SCORES[None]})
    sizes = op.parameter([1, 2], ov.Type.i64, name="orig_target_sizes")
    sizes.output(0).get_tensor().set_names({"orig_target_sizes"})
    scaled = op.multiply(op.constant(rows(300, PERSON, 4)[None]), op.tile(op.convert(sizes, "f32"), np.array([1, 2])))
    scaled.output(0).get_tensor().set_names({"boxes"})
    network.add_parameters([sizes])
    network.add_results([op.result(scaled)])

    ((box, _),) = people(device.detector(save_answering(network, tmp_path / "d-fine")))

    assert box == pytest.approx(PERSON)


@pytest.mark.parametrize(
    ("shape", "taken", "cure"),
    [
        ((1, 3, 640, 640), "", "say width = 640, height = 640 in model.toml"),
        ((1, HEIGHT, WIDTH, 3), "", 'say layout = "NHWC" in model.toml'),
        ((1, 3, HEIGHT, WIDTH), 'layout = "NHWC"', 'say layout = "NCHW" in model.toml'),
        ((8, 3, HEIGHT, WIDTH), "", "export it for a batch of one picture"),
        ((1, 1, HEIGHT, WIDTH), "", "export it for one colour picture"),
        ((1, 3, 8, HEIGHT, WIDTH), "", "export it for one colour picture"),
    ],
)
def test_a_network_that_takes_another_picture_says_what_to_write(
    device: Device, tmp_path: Path, shape: tuple[int, ...], taken: str, cure: str
) -> None:
    model = save_answering(answering({"output0": by_class()}, shape), tmp_path / "unfit", taken=taken)

    with pytest.raises(UnfitInput, match=cure):
        device.detector(model)


@pytest.mark.parametrize("shape", [(-1, 3, -1, -1), (-1, 3, HEIGHT, WIDTH), (3, HEIGHT, WIDTH), (3, -1, -1)])
def test_open_sizes_and_a_missing_batch_are_closed(device: Device, tmp_path: Path, shape: tuple[int, ...]) -> None:
    model = save_answering(answering({"output0": by_class()}, shape), tmp_path / "open")

    assert len(people(device.detector(model))) == 1


def brightness(folder: Path, taken: str = "", stated: dict[str, str] | None = None) -> ObjectDetector:
    """Return a detector whose confidence is the mean of what goes in, where it takes values from 0 to 1."""
    picture = op.parameter([1, 3, HEIGHT, WIDTH], ov.Type.f32, name="images")
    score = op.reshape(op.reduce_mean(picture, np.array([0, 1, 2, 3])), np.array([1, 1, 1]), special_zero=False)
    box = [op.constant(np.full((1, 1, 1), each, np.float32)) for each in PERSON]
    zero = op.constant(np.zeros((1, 1, 1), np.float32))
    found = op.unsqueeze(op.concat([zero, op.add(zero, np.float32(1)), score, *box], axis=2), np.array(0))
    network = ov.Model([found], [picture], "brightness")
    for key, value in (stated or {}).items():
        network.set_rt_info(value, ["model_info", key])
    return Device("CPU").detector(save_answering(network, folder, taken=taken))


@pytest.mark.parametrize(
    ("taken", "stated", "seen"),
    [
        ("scale = 255", {}, 0.8),
        ("scale = [255, 255, 255]\nmean = [51, 51, 51]", {}, 0.6),
        ("", {"scale_values": "255.0"}, 0.8),
        ("", {"mean_values": "51 51 51", "scale_values": "255 255 255"}, 0.6),
        ("scale = 255", {"scale_values": "1000"}, 0.8),
    ],
)
def test_values_are_scaled_as_the_description_or_the_network_itself_says(
    tmp_path: Path, taken: str, stated: dict[str, str], seen: float
) -> None:
    detector = brightness(tmp_path / "brightness", taken, stated)

    (found,) = detector.detect(np.full((HEIGHT, WIDTH, 3), 204, np.uint8)).things()

    assert found.confidence == pytest.approx(seen, abs=1e-3)
