"""Networks that answer every picture alike, in the forms in which today's detectors are exported."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as op

from vision_workers.models import Model, read_model_folder

WIDTH, HEIGHT = 128, 64
CELLS = 16 * 8 + 8 * 4 + 4 * 2
PERSON = (0.25, 0.25, 0.5, 0.75)
"""Where the person is: x0, y0, x1, y1 in fractions."""
PIXELS = np.array((WIDTH, HEIGHT, WIDTH, HEIGHT), np.float32)
CORNERS: NDArray[np.float32] = np.array(PERSON, np.float32) * PIXELS
CENTRED = np.array((0.375, 0.5, 0.25, 0.5), np.float32)
CENTRED_PX: NDArray[np.float32] = CENTRED * PIXELS
SCORE = 0.8

Answers = Mapping[str, NDArray[np.generic]]
"""Values by the name of their output."""

TOML = """\
name = "{name}"
task = "detect"
file = "{name}.xml"
{head}threshold = 0.5
licence = "Apache-2.0"
origin = "made by a test"

[input]
width = {width}
height = {height}
{taken}

[classes]
person = {person}
"""


def answering(answers: Answers, shape: Sequence[int] = (1, 3, HEIGHT, WIDTH), kind: ov.Type = ov.Type.f32) -> ov.Model:
    """Return a network that gives these values for every picture."""
    picture = op.parameter(ov.PartialShape(list(shape)), kind, name="images")
    picture.output(0).get_tensor().set_names({"images"})
    nothing = op.multiply(op.reduce_max(op.convert(picture, "f32"), np.arange(len(shape))), np.float32(0))
    outputs = []
    for name, values in answers.items():
        constant = op.constant(values)
        given = op.add(constant, op.convert(nothing, constant.get_element_type().get_type_name()))
        given.output(0).get_tensor().set_names({name})
        outputs.append(given)
    return ov.Model(outputs, [picture], "answering")


def save_answering(
    network: ov.Model, folder: Path, *, head: str | None = None, person: int = 1, taken: str = ""
) -> Model:
    """Write a model folder of that network, as a user describes it, and read it."""
    folder.mkdir(parents=True)
    ov.save_model(network, folder / f"{folder.name}.xml", compress_to_fp16=False)
    words = {"name": folder.name, "width": WIDTH, "height": HEIGHT, "taken": taken, "person": person}
    text = TOML.format(head=f'head = "{head}"\n' if head else "", **words)
    (folder / "model.toml").write_text(text)
    return read_model_folder(folder)


def rows(number: int, first: Sequence[float] | NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """Return a table whose first row says something; the others are empty."""
    table = np.zeros((number, columns), np.float32)
    table[0, : len(first)] = first
    return table


def by_class(columns: int = 84, cells: int = CELLS, person: int = 1) -> NDArray[np.float32]:
    """Return what YOLOv8, 9 and 11 give: [1, 4 + classes, N]; two boxes on one person, and a stronger other class."""
    table = rows(cells, CENTRED_PX, columns)
    table[0, 4 + person] = SCORE
    table[1] = table[0] * 0.95
    if columns > 6:
        table[2, :4], table[2, 6] = (100, 20, 30, 20), 0.9
    return table.T[None].copy()


def by_objectness(columns: int = 85, number: int = 3 * CELLS, person: int = 1) -> NDArray[np.float32]:
    """Return what YOLOv5 and 7 give: [1, 3N, 5 + classes]."""
    table = rows(number, (*CENTRED_PX, SCORE), columns)
    table[0, 5 + person] = 1.0
    table[1] = table[0]
    table[1, 4] = 0.7
    return table[None]


def finished(number: int = 300, person: int = 1) -> NDArray[np.float32]:
    """Return what YOLOv10 and 26 give: [1, 300, 6]."""
    return rows(number, (*CORNERS, SCORE, person), 6)[None]


def queries(number: int = 300, columns: int = 84, person: int = 1) -> NDArray[np.float32]:
    """Return what Ultralytics' RT-DETR gives: [1, 300, 4 + classes], boxes in fractions."""
    table = rows(number, CENTRED, columns)
    table[0, 4 + person] = SCORE
    return table[None]


def logits(number: int = 300, classes: int = 80, person: int = 1) -> NDArray[np.float32]:
    """Return the logits of a transformer's queries."""
    table = np.full((number, classes), -8.0, np.float32)
    table[0, person] = np.log(SCORE / (1 - SCORE))
    return table[None]
