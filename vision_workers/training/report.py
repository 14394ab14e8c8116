"""What a model card says: several models measured in the same way on the same frames."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import msgspec
import numpy as np

from vision_workers.detectors import Device
from vision_workers.frames import Picture
from vision_workers.models import Model
from vision_workers.simulator.truth import CameraTruth, Person
from vision_workers.training.labelled import Boxes, LabelledFolder, boxes_of
from vision_workers.training.measurement import Figures, Judged, measure

LOWEST = 0.1
"""Detections are asked for from half of this on, for the average precision."""
CLEAR, SMALL = 0.35, 0.05
"""Less visible or lower in the picture than this is unclear."""
EVERY = 5
"""Take every nth frame of a clip: its neighbours look the same."""

Marked = tuple[Picture, Boxes, Boxes]
"""A picture, its people, and the unclear ones."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One model on one set of frames."""

    model: str
    figures: Figures
    processor_ms: float
    """Processor time of one frame, resize and reading of the boxes included."""


def judge(device: Device, model: Model, frames: Iterable[Marked]) -> Row:
    """Measure one model; precision and recall at its own threshold."""
    low = msgspec.structs.replace(model.description, threshold=LOWEST)
    detector = device.detector(msgspec.structs.replace(model, description=low))
    judged, spent = [], 0.0
    for picture, people, unclear in frames:
        before = time.process_time()
        found = detector.detect(picture).things()
        spent += time.process_time() - before
        judged.append(Judged(people=people, unclear=unclear, found=found))
    figures = measure(judged, model.description.threshold)
    return Row(model=model.name, figures=figures, processor_ms=1000 * spent / max(1, len(judged)))


def folder_frames(folder: Path) -> Iterator[Marked]:
    """Yield the frames of a labelled folder."""
    labelled = LabelledFolder(folder)
    for frame in labelled.frames:
        yield labelled.picture(frame), boxes_of(frame.people), boxes_of(frame.unclear)


def clip_frames(truth: Path) -> Iterator[Marked]:
    """Yield frames of a simulated clip by its `<camera>.truth.json`."""
    told = msgspec.json.decode(truth.read_bytes(), type=CameraTruth)
    video = cv2.VideoCapture(str(truth.parent / told.clip))
    for frame in told.frames:
        read, picture = video.read()
        if read and frame.frame % EVERY == 0:
            people = [person for person in frame.people if _clear(person)]
            unclear = [person for person in frame.people if not _clear(person)]
            yield np.asarray(picture, np.uint8), _boxes(people), _boxes(unclear)
    video.release()


def _clear(person: Person) -> bool:
    return person.visible >= CLEAR and person.box.y1 - person.box.y0 >= SMALL


def _boxes(people: Iterable[Person]) -> Boxes:
    return boxes_of([(each.box.x0, each.box.y0, each.box.x1, each.box.y1) for each in people])
