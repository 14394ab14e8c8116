"""Finds things in pictures with a network: several pictures at once, each with an answer of its own."""

import functools
import hashlib
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from event_store.events.event import Box
from vision_workers.detectors.errors import NoAnswer
from vision_workers.detectors.inputs import picture_share, to_input
from vision_workers.detectors.network import Network
from vision_workers.frames import Detection, Picture
from vision_workers.heads import Candidates, Outputs
from vision_workers.models import Model
from vision_workers.targets import Target

PATIENCE_S = 120.0
"""No device takes so long for one picture; one that does has failed without saying so."""
WEAK = 0.5
"""The share of the model's threshold from which detections are handed over: a tracker uses weak ones to continue."""


class ObjectFinding:
    """What one picture shows; there when `ready`."""

    late = False

    def __init__(self, detector: "ObjectDetector", taken: Picture, share: NDArray[np.float32]) -> None:
        self._detector, self._taken, self._share = detector, taken, share
        self._done = threading.Event()
        self._outputs: Outputs = {}

    @property
    def target(self) -> Target[Detection]:
        """What was looked for."""
        return self._detector.target

    @property
    def ready(self) -> bool:
        """Whether the answer is there."""
        return self._done.is_set()

    def things(self) -> tuple[Detection, ...]:
        """Wait for the answer and return it, most confident first."""
        if not self._done.wait(PATIENCE_S):
            raise NoAnswer(self._detector.model.name, PATIENCE_S)
        return self._detector.read(self._outputs, self._share)

    @functools.cached_property
    def _digest(self) -> str:
        return hashlib.sha256(self._taken.data).hexdigest()

    def input_digest(self) -> str:
        """Return the SHA-256 of the input's bytes, height x width x 3; made when first asked for."""
        return self._digest

    def put(self, outputs: Outputs) -> None:
        """Take the network's answer."""
        self._outputs = outputs
        self._done.set()


class ObjectDetector:
    """Finds one class of things with one model; it remembers nothing between pictures."""

    def __init__(self, network: Network, model: Model, target: Target[Detection]) -> None:
        self.model, self.target, self._network = model, target, network
        self._class = model.description.classes[target.name]

    @property
    def requests(self) -> int:
        """How many pictures it takes at once."""
        return self._network.requests

    @property
    def threshold(self) -> float:
        """Confidence from which a detection counts; weaker ones, down to half of it, are handed over too."""
        return self.model.description.threshold

    def detect(self, picture: Picture, then: Callable[[], None] = lambda: None) -> ObjectFinding:
        """Begin with a picture; waits only while every request is busy. `then` is called when the answer is there."""
        taken = self.model.description.input
        finding = ObjectFinding(self, to_input(picture, taken), picture_share(picture, taken))

        def done(outputs: Outputs) -> None:
            finding.put(outputs)
            then()

        self._network.start(finding._taken, done)  # noqa: SLF001 - the finding keeps its input alive and digests it
        return finding

    def read(self, outputs: Outputs, share: NDArray[np.float32]) -> tuple[Detection, ...]:
        """Return the detections in a network's outputs for a picture that fills that share of the input."""
        candidates = self._network.read(outputs)
        wanted = (candidates[:, 5] == self._class) & (candidates[:, 4] >= self.threshold * WEAK)
        return _detections(candidates[wanted], share)


def _detections(candidates: Candidates, share: NDArray[np.float32]) -> tuple[Detection, ...]:
    order = np.argsort(-candidates[:, 4], kind="stable")
    boxes = np.clip(candidates[order, :4] / np.concatenate((share, share)), 0.0, 1.0)
    real = np.flatnonzero((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
    scores = candidates[order, 4]
    return tuple(
        Detection(box=Box(x0=x0, y0=y0, x1=x1, y1=y1), confidence=min(score, 1.0))
        for (x0, y0, x1, y1), score in zip(boxes[real].tolist(), scores[real].tolist(), strict=True)
    )
