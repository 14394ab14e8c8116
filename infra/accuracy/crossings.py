"""People who walk past each other at random, and how well a tracker keeps them apart."""

from collections.abc import Sequence

import msgspec
import numpy as np

from event_store.events.event import Box
from infra.accuracy.fallible import Faults, found
from vision_workers.frames import Detection
from vision_workers.tracking.association import overlap

SECONDS = 20
SAME = 0.7
"""Intersection over union above which a track's box is the person's detection."""


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of scene."""

    name: str
    people: int
    fps: int = 10
    missed: float = 0.1


class Shot(msgspec.Struct, frozen=True):
    """One frame: its second, and each detection with its person, -1 for a false one."""

    second: float
    detections: Sequence[tuple[int, Detection]]


class Score(msgspec.Struct, frozen=True):
    """How a tracker did, summed over scenes."""

    switches: int = 0
    """Times that a person's id changed."""
    tracks: int = 0
    followed: int = 0
    """Detections of people that were in a track."""
    detected: int = 0

    def __add__(self, other: "Score") -> "Score":
        mine, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Score(*(one + another for one, another in zip(mine, theirs, strict=True)))


COURSES = (
    Course(name="2 people", people=2),
    Course(name="6 people", people=6),
    Course(name="6 people, 4 frames a second", people=6, fps=4),
    Course(name="6 people, 30 % missed", people=6, missed=0.3),
    Course(name="15 people", people=15),
)


class Walker(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who walks straight through the picture."""

    starts_s: float
    x: float
    y: float
    speed: float
    drift: float
    size: float

    def box(self, second: float) -> Box | None:
        """Return where they are; nearer the camera is lower and larger. None when out of the picture."""
        elapsed = second - self.starts_s
        x, y = self.x + self.speed * elapsed, self.y + self.drift * elapsed
        scale = self.size * (0.5 + y / 2)
        wide, high = 0.06 * scale, 0.3 * scale
        inside = elapsed >= 0 and x + wide / 2 > 0.02 and x - wide / 2 < 0.98  # noqa: PLR2004 - two hundredths of the picture
        return Box(x0=max(0.0, x - wide / 2), y0=y - high, x1=min(1.0, x + wide / 2), y1=y) if inside else None


def film(course: Course, seed: int) -> list[Shot]:
    """Film a scene."""
    rng = np.random.default_rng(seed)
    walkers = [_walker(rng) for _ in range(course.people)]
    faults = Faults(missed=course.missed, weak=0.15, hidden=0.4, false_per_frame=0.05)
    shots: list[Shot] = []
    for number in range(SECONDS * course.fps):
        second = number / course.fps
        there = [(person, box) for person, each in enumerate(walkers) if (box := each.box(second)) is not None]
        boxes = [box for _, box in there]
        detections = [
            (person, detection)
            for person, box in there
            for detection in found(
                [(box, _visible(box, boxes))], msgspec.structs.replace(faults, false_per_frame=0), rng
            )
        ]
        shots.append(Shot(second, [*detections, *((-1, each) for each in found([], faults, rng))]))
    return shots


def score(shots: Sequence[Shot], tracks: Sequence[Sequence[tuple[str, Box]]]) -> Score:
    """Judge what a tracker made of a scene: by frame, the ids of its confirmed tracks and their boxes."""
    last: dict[int, str] = {}
    switches = followed = detected = 0
    for shot, seen in zip(shots, tracks, strict=True):
        for person, detection in shot.detections:
            if person < 0:
                continue
            detected += 1
            best = max(seen, key=lambda each: overlap(each[1], detection.box), default=None)
            if best is None or overlap(best[1], detection.box) < SAME:
                continue
            followed += 1
            switches += last.get(person, best[0]) != best[0]
            last[person] = best[0]
    return Score(switches, len({track for seen in tracks for track, _ in seen}), followed, detected)


def _walker(rng: np.random.Generator) -> Walker:
    from_left = rng.random() < 0.5  # noqa: PLR2004 - heads or tails
    return Walker(
        starts_s=rng.uniform(0, SECONDS / 2),
        x=-0.05 if from_left else 1.05,
        y=rng.uniform(0.45, 0.95),
        speed=rng.uniform(0.06, 0.16) * (1 if from_left else -1),
        drift=rng.uniform(-0.02, 0.02),
        size=rng.uniform(0.8, 1.2),
    )


def _visible(box: Box, others: Sequence[Box]) -> float:
    area = (box.x1 - box.x0) * (box.y1 - box.y0)
    hidden = 0.0
    for other in others:
        if other.y1 > box.y1:
            wide = max(0.0, min(box.x1, other.x1) - max(box.x0, other.x0))
            high = max(0.0, min(box.y1, other.y1) - max(box.y0, other.y0))
            hidden = max(hidden, wide * high)
    return 1 - hidden / area if area > 0 else 0.0
