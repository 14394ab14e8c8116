"""Looks at a detector before it is trusted: what it sees where nobody is, and how fast it is."""

import time
from collections.abc import Iterator

import cv2
import msgspec
import numpy as np

from vision_workers.detectors.objects import ObjectDetector
from vision_workers.frames import Picture

SEED = 1
PICTURES = 12
MOST_PEOPLE_IN_NOTHING = 5.0
"""Detections a picture, where nobody is, from which a model floods."""
WARM_UP = 4


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector saw in pictures without anybody."""

    detections_per_picture: float

    @property
    def floods(self) -> bool:
        """Whether it sees people everywhere."""
        return self.detections_per_picture > MOST_PEOPLE_IN_NOTHING


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a detector is on this machine."""

    pictures_per_s: float
    cpu_ms_per_picture: float
    """Time of all cores of this process."""
    requests: int


def examine(detector: ObjectDetector) -> Examination:
    """Show a detector pictures in which nobody is: flat, shaded, striped and noisy ones."""
    findings = [detector.detect(picture) for picture in pictures_of_nobody()]
    counts = [sum(each.confidence >= detector.threshold for each in finding.things()) for finding in findings]
    return Examination(detections_per_picture=sum(counts) / len(counts))


def measure(detector: ObjectDetector, seconds: float) -> Speed:
    """Run a detector on made-up pictures, as many at once as the device takes."""
    pictures = list(pictures_of_nobody())
    for picture in pictures[:WARM_UP]:
        detector.detect(picture).things()
    began, cpu_began, done = time.monotonic(), time.process_time(), 0
    while time.monotonic() - began < seconds:
        for finding in [detector.detect(picture) for picture in pictures]:
            finding.things()
            done += 1
    return Speed(
        pictures_per_s=done / (time.monotonic() - began),
        cpu_ms_per_picture=1000 * (time.process_time() - cpu_began) / done,
        requests=detector.requests,
    )


def pictures_of_nobody() -> Iterator[Picture]:
    """Yield pictures, 640 x 360, the same ones every time."""
    random = np.random.default_rng(SEED)
    across = np.linspace(0, 255, 640, dtype=np.float32)
    for number in range(PICTURES):
        match number % 4:
            case 0:
                picture = np.full((360, 640, 3), 20 * number, np.float32)
            case 1:
                picture = np.repeat(np.tile(across, (360, 1))[..., None], 3, axis=2)
            case 2:
                picture = np.repeat(np.tile(across * (number + 2) % 255, (360, 1))[..., None], 3, axis=2)
            case _:
                small = random.uniform(0, 255, (9 * number, 16 * number, 3)).astype(np.float32)
                picture = np.asarray(cv2.resize(small, (640, 360)), np.float32)
        yield picture.astype(np.uint8)
