"""A network on a device: pictures in, candidates out, several at once."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import openvino as ov

from vision_workers.detectors.entrance import take_bytes
from vision_workers.detectors.errors import UnloadableModel
from vision_workers.detectors.recognition import recognise
from vision_workers.detectors.trial_picture import trial_picture
from vision_workers.frames import Picture
from vision_workers.heads import Candidates, Head, InputSize, Outputs, Port
from vision_workers.models import Model

WAITING_PER_STREAM = 2
"""Requests for each one that OpenVINO computes at a time, so that the next is ready when one ends."""

Done = Callable[[Outputs], None]


class Network:
    """A compiled network and its queue of requests, shared by all cameras of a process.

    The device takes raw bytes, height x width x 3; OpenVINO transposes and converts them as part of the network.
    It is tried on one picture before it is used.
    """

    def __init__(self, core: ov.Core, model: Model, device: str) -> None:
        taken = model.description.input
        self._size = InputSize(taken.width, taken.height)
        try:
            network = core.read_model(model.network)
            prepared = take_bytes(network, model)
            self.entrance = _name(prepared.input(0), 0, "input")
            """What its file calls the picture that it takes."""
            self._names = [_name(port, place) for place, port in enumerate(network.outputs)]
            compiled = core.compile_model(prepared, device, {"PERFORMANCE_HINT": "THROUGHPUT"})
            tried = self._try(compiled.create_infer_request())
            self.ports = [_port(name, port, tried) for name, port in zip(self._names, network.outputs, strict=True)]
            """What it gives for a picture."""
        except RuntimeError as problem:
            raise UnloadableModel(model.network, _last_line(problem)) from problem
        self.head: Head
        self.head, self._read_by_head = recognise(model, self.ports, tried)
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

    def read(self, outputs: Outputs) -> Candidates:
        """Return the candidates in the outputs for one picture."""
        return self.head.read([outputs[name] for name in self._read_by_head], self._size)

    def _try(self, request: Any) -> Outputs:
        request.infer({0: trial_picture(self._size)[None]})
        return self._outputs(request)

    def _ready(self, request: Any, started: tuple[Picture, Done]) -> None:
        _, done = started
        done(self._outputs(request))

    def _outputs(self, request: Any) -> Outputs:
        tensors = (request.get_output_tensor(place).data for place in range(len(self._names)))
        return {name: np.array(data, np.float32) for name, data in zip(self._names, tensors, strict=True)}


def _name(port: Any, place: int, kind: str = "output") -> str:
    return str(port.any_name) if port.names else f"{kind}{place}"


def _port(name: str, port: Any, tried: Outputs) -> Port:
    if port.partial_shape.rank.is_dynamic:
        return Port(name=name, shape=tried[name].shape, whole=port.element_type.is_integral())
    shape = tuple(None if each.is_dynamic else each.get_length() for each in port.partial_shape)
    return Port(name=name, shape=shape, whole=port.element_type.is_integral())


def _last_line(problem: Exception) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(problem).__name__
