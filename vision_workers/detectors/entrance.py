"""The entrance of a network: it takes raw bytes, height x width x 3, whatever its file takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as op
from openvino.preprocess import PrePostProcessor

from vision_workers.detectors.errors import UnfitInput
from vision_workers.models import Model
from vision_workers.models.description import InputDescription, PerChannel

COLOURS = 3
SIZE_INPUTS = ("orig_target_sizes", "original_target_sizes", "target_sizes", "orig_size")
"""Inputs that ask for the size to which boxes are scaled: width and height, [1, 2]."""
STATED = ("model_info", "mean_values"), ("model_info", "scale_values")
"""Where OpenVINO's model API and Geti write what a network takes."""


def take_bytes(network: ov.Model, model: Model) -> ov.Model:
    """Let a network take one picture of raw bytes; raises `UnfitInput`."""
    taken = model.description.input
    _answer_sizes(network, taken)
    if len(network.inputs) != 1:
        extra = ", ".join(f"`{_name(port)}`" for port in network.inputs)
        raise UnfitInput(model.network, f"takes {extra}", "export it with one input, the picture")
    _take_a_batch(network)
    _fit(network, model)
    mean, scale = _numbers(network, taken.mean, STATED[0]), _numbers(network, taken.scale, STATED[1])
    prepared = PrePostProcessor(network)
    entrance = prepared.input()
    entrance.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    entrance.model().set_layout(ov.Layout(taken.layout))
    if mean or scale:
        steps = entrance.preprocess().convert_element_type(ov.Type.f32)
        steps = steps.mean(mean) if mean else steps
        steps.scale(scale) if scale else steps
    return prepared.build()


def _answer_sizes(network: ov.Model, taken: InputDescription) -> None:
    """Give boxes in pixels of the input to a network that asks how large the picture was."""
    for port in network.inputs:
        if _name(port).lower() in SIZE_INPUTS and len(network.inputs) > 1:
            parameter = port.get_node()
            size = op.constant(np.array([[taken.width, taken.height]]), parameter.get_element_type())
            parameter.output(0).replace(size.output(0))
            network.remove_parameter(parameter)
    network.validate_nodes_and_infer_types()


def _take_a_batch(network: ov.Model) -> None:
    """Let a network that takes one picture without a batch, as torchvision exports it, take a batch of one."""
    parameter = network.input(0).get_node()
    shape = parameter.get_output_partial_shape(0)
    if shape.rank.is_dynamic or shape.rank.get_length() != len("CHW"):
        return
    batch = op.parameter(ov.PartialShape([1, *shape]), parameter.get_element_type(), name="batch")
    parameter.output(0).replace(op.squeeze(batch, np.array([0])).output(0))
    network.remove_parameter(parameter)
    network.add_parameters([batch])
    network.validate_nodes_and_infer_types()


def _fit(network: ov.Model, model: Model) -> None:
    """Close what is open in the input's shape, and refuse another shape than the described one."""
    taken, port = model.description.input, network.input(0)
    if port.partial_shape.rank.is_dynamic:
        raise UnfitInput(model.network, "has an input of no fixed rank", "export it with a picture of fixed size")
    shape = [None if each.is_dynamic else each.get_length() for each in port.partial_shape]
    wanted = _shape(taken)
    if not _agree(shape, wanted):
        raise UnfitInput(model.network, f"takes {_told(shape)}", _cure(shape, taken))
    if None in shape:
        network.reshape({port: wanted})


def _shape(taken: InputDescription) -> list[int]:
    size = {"N": 1, "C": COLOURS, "H": taken.height, "W": taken.width}
    return [size[letter] for letter in taken.layout]


def _agree(shape: Sequence[int | None], wanted: Sequence[int]) -> bool:
    return len(shape) == len(wanted) and all(a in (None, b) for a, b in zip(shape, wanted, strict=True))


def _cure(shape: Sequence[int | None], taken: InputDescription) -> str:
    """Say what of `model.toml` or of the export is wrong."""
    other = "NHWC" if taken.layout == "NCHW" else "NCHW"
    for layout in (taken.layout, other):
        match dict(zip(layout, shape, strict=False)):
            case {"C": 3 | None, "N": 1 | None, "H": height, "W": width} if len(shape) == len(layout):
                wrong = {
                    "layout": (layout, taken.layout),
                    "width": (width, taken.width),
                    "height": (height, taken.height),
                }
                said = [f"{key} = {value!r}" for key, (value, now) in wrong.items() if value not in (None, now)]
                return f"say {', '.join(said)} in model.toml".replace("'", '"')
            case {"C": 3 | None, "N": int()} if len(shape) == len(layout):
                return "export it for a batch of one picture"
    return "export it for one colour picture: [1, 3, height, width]"


def _numbers(network: ov.Model, told: float | PerChannel | None, stated: tuple[str, str]) -> list[float] | None:
    """Return what is described, else what the network's own file states, for each of the three colours."""
    values: Any = told
    if told is None and network.has_rt_info(list(stated)):
        values = [float(each) for each in network.get_rt_info(list(stated)).astype(str).split()]
        values = values[0] if len(values) == 1 else values
    if values is None or values == []:
        return None
    return [float(values)] * COLOURS if isinstance(values, (int, float)) else [float(each) for each in values]


def _name(port: Any) -> str:
    return str(port.any_name) if port.names else port.get_node().friendly_name


def _told(shape: Sequence[int | None]) -> str:
    return str(list(shape)).replace("None", "?")
