"""A network on a device: pictures in, outputs by name, several at once."""

import threading
from collections.abc import Callable
from typing import Any

import openvino as ov
from openvino.preprocess import PrePostProcessor

from vision_workers.detectors.errors import UnknownOutput, UnloadableModel
from vision_workers.detectors.heads import WANTED, Outputs, Shape, fits
from vision_workers.frames import Picture
from vision_workers.models import Model

WAITING_PER_STREAM = 2
"""Requests for each one that OpenVINO computes at a time, so that the next is ready when one ends."""

Done = Callable[[Outputs], None]


class Network:
    """A compiled network and its queue of requests, shared by all cameras of a process.

    The device takes raw bytes, height x width x 3; OpenVINO transposes and converts them as part of the network.
    """

    def __init__(self, core: ov.Core, model: Model, device: str) -> None:
        taken = model.description.input
        try:
            network = core.read_model(model.network)
            self._outputs = {_name(port, place): _shape(port) for place, port in enumerate(network.outputs)}
            if not fits(model.description.head, self._outputs, taken):
                raise UnknownOutput(model.network, self._told(), model.description.head, WANTED[model.description.head])
            compiled = core.compile_model(_taking_bytes(network, model), device, {"PERFORMANCE_HINT": "THROUGHPUT"})
        except RuntimeError as problem:
            raise UnloadableModel(model.network, _last_line(problem)) from problem
        streams = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self.requests: int = streams * WAITING_PER_STREAM
        self._queue = ov.AsyncInferQueue(compiled, self.requests)
        self._queue.set_callback(self._ready)
        self._starting = threading.Lock()

    def start(self, taken: Picture, done: Done) -> None:
        """Begin with one input; waits while all requests are busy. `done` is called on a thread of OpenVINO's."""
        batch = taken[None]
        with self._starting:
            self._queue.start_async({0: batch}, (batch, done), share_inputs=True)

    def wait(self) -> None:
        """Return when nothing is in flight."""
        with self._starting:
            self._queue.wait_all()

    def _ready(self, request: Any, started: tuple[Picture, Done]) -> None:
        _, done = started
        done({name: request.get_output_tensor(place).data.copy() for place, name in enumerate(self._outputs)})

    def _told(self) -> str:
        return ", ".join(f"`{name}` {list(shape)}" for name, shape in self._outputs.items()) or "nothing"


def _taking_bytes(network: ov.Model, model: Model) -> ov.Model:
    prepared = PrePostProcessor(network)
    prepared.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    prepared.input().model().set_layout(ov.Layout(model.description.input.layout))
    return prepared.build()


def _name(port: Any, place: int) -> str:
    return str(port.any_name) if port.names else f"output{place}"


def _shape(port: Any) -> Shape:
    return [None if each.is_dynamic else each.get_length() for each in port.partial_shape]


def _last_line(problem: Exception) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(problem).__name__
