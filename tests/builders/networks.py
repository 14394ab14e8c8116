"""Tiny networks made on the spot, and the model folders that hold them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as op

SIDE = 64
MODEL_TOML = """\
name = "{name}"
task = "detect"
file = "{name}.xml"
head = "{head}"
threshold = 0.5
licence = "Apache-2.0"
origin = "made by a test"

[input]
width = {side}
height = {side}

[classes]
person = 1
"""

Row = tuple[float, float, float, float, float]
"""x0, y0, x1, y1 and score."""


def blob_finder() -> ov.Model:
    """Find one person in each colour: where only blue, only green or only red is bright."""
    picture = op.parameter([1, 3, SIDE, SIDE], ov.Type.f32, name="picture")
    bright = op.convert(op.greater(picture, np.float32(150)), "f32")
    others = op.subtract(op.reduce_sum(bright, np.array([1]), keep_dims=True), bright)
    pure = op.multiply(bright, op.convert(op.equal(others, np.float32(0)), "f32"))
    columns = op.reduce_max(pure, np.array([2]), keep_dims=False)
    rows = op.reduce_max(pure, np.array([3]), keep_dims=False)
    x0, x1 = _extent(columns)
    y0, y1 = _extent(rows)
    score = op.multiply(op.reduce_max(rows, np.array([2]), keep_dims=True), np.float32(0.9))
    none = op.multiply(score, np.float32(0))
    person = op.add(none, np.float32(1))
    found = op.concat([none, person, score, x0, y0, x1, y1], axis=2)
    return ov.Model([op.unsqueeze(found, np.array(0))], [picture], "blobs")


def _extent(marked: ov.Node) -> tuple[ov.Node, ov.Node]:
    up = np.arange(1, SIDE + 1, dtype=np.float32)
    last = op.reduce_max(op.multiply(marked, up), np.array([2]), keep_dims=True)
    first = op.subtract(
        np.float32(SIDE), op.reduce_max(op.multiply(marked, up[::-1].copy()), np.array([2]), keep_dims=True)
    )
    return op.divide(first, np.float32(SIDE)), op.divide(last, np.float32(SIDE))


def always(rows: Sequence[Row]) -> ov.Model:
    """Report the same people in every picture."""
    picture = op.parameter([1, 3, SIDE, SIDE], ov.Type.f32, name="picture")
    blob = np.array([[0, 1, score, x0, y0, x1, y1] for x0, y0, x1, y1, score in rows], np.float32)
    nothing = op.multiply(op.reduce_max(picture, np.array([0, 1, 2, 3]), keep_dims=False), np.float32(0))
    return ov.Model([op.add(blob[None, None], nothing)], [picture], "always")


def crowd(number: int) -> list[Row]:
    """Return people all over the picture, who never move."""
    random = np.random.default_rng(number)
    corners = random.uniform(0, 0.8, (number, 2))
    return [(x, y, x + 0.1, y + 0.2, 0.9) for x, y in corners.tolist()]


def unheard_of() -> ov.Model:
    """Give an output that is none of the known kinds."""
    picture = op.parameter([1, 3, SIDE, SIDE], ov.Type.f32, name="picture")
    return ov.Model([op.reduce_mean(picture, np.array([2, 3]), keep_dims=False)], [picture], "unheard-of")


def save_model(network: ov.Model, folder: Path, head: str = "ssd") -> Path:
    """Write a model folder of that network and return it."""
    folder.mkdir(parents=True)
    ov.save_model(network, folder / f"{folder.name}.xml", compress_to_fp16=False)
    (folder / "model.toml").write_text(MODEL_TOML.format(name=folder.name, head=head, side=SIDE))
    return folder
