"""The device that networks run on, and the networks that it has loaded."""

import functools
import re
from concurrent.futures import ThreadPoolExecutor

import openvino as ov

from vision_workers.detectors.errors import UndetectedClass, UnknownDevice
from vision_workers.detectors.network import Network
from vision_workers.detectors.objects import ObjectDetector
from vision_workers.frames import Detection
from vision_workers.models import Model
from vision_workers.targets import PEOPLE, Target

COMBINING = ("AUTO", "MULTI", "HETERO")
"""Devices of OpenVINO's that choose among the real ones."""


class Device:
    """One OpenVINO device of this process; each model is compiled once, however many cameras use it."""

    def __init__(self, name: str = "CPU") -> None:
        """Take an OpenVINO device by name: CPU, GPU, NPU, AUTO …; raises `UnknownDevice`."""
        self._core = ov.Core()
        available = self._core.available_devices
        if not _named(name) <= set(map(_kind, available)):
            raise UnknownDevice(name, available)
        self.name = name
        self._networks: dict[str, Network] = {}

    def detector(self, model: Model, target: Target[Detection] = PEOPLE) -> ObjectDetector:
        """Return a detector of a class that this model knows; raises a `ModelError`."""
        if model.description.task != "detect" or target.name not in model.description.classes:
            raise UndetectedClass(model.name, target.name)
        return ObjectDetector(self.network(model), model, target)

    def network(self, model: Model) -> Network:
        """Return a model's network, compiled once; raises a `ModelError`."""
        if model.digest not in self._networks:
            self._networks[model.digest] = Network(self._core, model, self.name)
        return self._networks[model.digest]

    @functools.cached_property
    def readers(self) -> ThreadPoolExecutor:
        """One thread beside the networks, for functions of pixels that take longer than a frame."""
        return ThreadPoolExecutor(1, "reader")

    def wait(self) -> None:
        """Return when nothing is in flight."""
        for network in self._networks.values():
            network.wait()
        if "readers" in vars(self):
            self.readers.submit(lambda: None).result()


def _named(name: str) -> set[str]:
    """Return the real devices in a name: `AUTO:GPU,CPU` names two, `AUTO` none, `GPU.1` one."""
    chooser, _, among = name.partition(":")
    return set(map(_kind, among.split(","))) - {""} if chooser in COMBINING else {_kind(name)}


def _kind(device: str) -> str:
    return re.split("[:.(]", device.strip().removeprefix("-"), maxsplit=1)[0]
