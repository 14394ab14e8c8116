"""Frames of real videos, labelled by published detectors that are far larger than the one in training."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import msgspec
import numpy as np

from event_store.events.event import Box
from vision_workers.detectors import ObjectDetector
from vision_workers.frames import Detection, Picture
from vision_workers.training.labelled import LabelledFrame, LabelWriter
from vision_workers.training.measurement import overlap

AGREED = 0.5
"""Intersection over union from which two detectors mean the same person."""

Corners = tuple[float, float, float, float]


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a video that may be learned from."""

    path: Path
    every: int = 1
    """Take every nth frame."""
    until_s: float | None = None
    """Leave the video at this second; what comes later is kept for the test."""
    nobody: bool = False
    """A person looked and nobody is in it: what the teachers find there is unclear."""


def label(clips: Sequence[Clip], teachers: tuple[ObjectDetector, ObjectDetector], folder: Path) -> int:
    """Write the clips' frames with labels; returns how many. What only one teacher sees is unclear."""
    writer = LabelWriter(folder)
    count = 0
    for clip in clips:
        for number, picture in _pictures(clip):
            found = [teacher.detect(picture).things() for teacher in teachers]
            sure = [
                [each for each in those if each.confidence >= teacher.threshold]
                for those, teacher in zip(found, teachers, strict=True)
            ]
            people, unclear = agree(sure[0], sure[1])
            if clip.nobody:
                people, unclear = [], people + unclear
            name = f"{clip.path.stem}-{number:06d}.jpg"
            writer.put(picture, LabelledFrame(file=name, people=people, unclear=unclear, group=clip.path.stem))
            count += 1
    writer.close()
    return count


def agree(left: Sequence[Detection], right: Sequence[Detection]) -> tuple[list[Corners], list[Corners]]:
    """Return the people that both found, as the mean of their boxes, and the ones that only one did."""
    people: list[Corners] = []
    alone: list[Corners] = []
    rest = np.array([_corners(each.box) for each in right], np.float32).reshape(-1, 4)
    free = np.ones(len(rest), bool)
    for each in left:
        corners = np.array(_corners(each.box))
        overlaps = np.where(free, overlap(corners, rest), 0.0)
        if overlaps.size and overlaps.max() >= AGREED:
            best = int(overlaps.argmax())
            free[best] = False
            people.append(_tuple((corners + rest[best]) / 2))
        else:
            alone.append(_tuple(corners))
    return people, alone + [_tuple(corners) for corners in rest[free]]


def _corners(box: Box) -> Corners:
    return box.x0, box.y0, box.x1, box.y1


def _tuple(corners: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> Corners:
    x0, y0, x1, y1 = (round(float(each), 5) for each in corners)
    return x0, y0, x1, y1


def _pictures(clip: Clip) -> Iterator[tuple[int, Picture]]:
    video = cv2.VideoCapture(str(clip.path))
    number = 0
    while True:
        there, picture = video.read()
        at_s = video.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if not there or (clip.until_s is not None and at_s >= clip.until_s):
            video.release()
            return
        if number % clip.every == 0:
            yield number, np.asarray(picture, np.uint8)
        number += 1
