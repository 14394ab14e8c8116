"""Our tracker beside those of the library `trackers`, on scenes of people who walk past each other."""

import time
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from event_store.events.event import Box
from infra.accuracy.checks import Section
from infra.accuracy.crossings import COURSES, Course, Score, Shot, film, score
from infra.accuracy.fallible import THRESHOLD
from vision_workers.cameras.moments import EPOCH
from vision_workers.runs import Run
from vision_workers.tracking import Tracker

SCENES = 10
PATIENCE_S = 2
TRACKERS_RATE = 30
"""Frames a second by which the library counts its patience."""
PIXELS = 1000

Tracks = list[list[tuple[str, Box]]]
Contender = Callable[[Sequence[Shot], Course], Tracks]


def trackers_compared() -> Section:
    """Run every tracker on the same scenes; one row for each course and tracker."""
    rows = [row for course in COURSES for row in _rows(course)]
    text = (
        f"{SCENES} scenes of each kind, people crossing at random, the nearer hiding the farther; every tracker has\n"
        f"the same detections, threshold {THRESHOLD}, three detections to confirm and {PATIENCE_S} s of patience. A\n"
        "switch is a person whose id changes. Why ours: [decision 4](decisions/0004-tracking.md)."
    )
    columns = ["scene", "tracker", "switches", "tracks", "people", "detections in a track", "ms a frame"]
    return Section(title="Trackers", text=text, columns=columns, rows=rows)


def _rows(course: Course) -> list[list[str]]:
    scenes = [film(course, seed) for seed in range(SCENES)]
    rows: list[list[str]] = []
    for name, contender in contenders().items():
        total, used = Score(), 0.0
        for shots in scenes:
            started = time.process_time()
            tracks = contender(shots, course)
            used += time.process_time() - started
            total += score(shots, tracks)
        frames = sum(map(len, scenes))
        share, people = total.followed / total.detected, course.people * SCENES
        cells = (total.switches, total.tracks, people, f"{share:.2f}", f"{used / frames * 1000:.2f}")
        rows.append([course.name, name, *map(str, cells)])
    return rows


def contenders() -> dict[str, Contender]:
    """Return the trackers that are installed, ours first."""
    found: dict[str, Contender] = {"shopfloor": _ours}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import trackers  # noqa: PLC0415 - a development extra that may be absent
    except ImportError:
        return found
    buffer: dict[str, Any] = {"lost_track_buffer": PATIENCE_S * TRACKERS_RATE, "minimum_consecutive_frames": 3}
    strong: dict[str, Any] = {"high_conf_det_threshold": THRESHOLD}
    active = {**strong, "track_activation_threshold": THRESHOLD}
    made: dict[str, Callable[[int], Any]] = {
        "ByteTrack": lambda fps: trackers.ByteTrackTracker(frame_rate=fps, **buffer, **active),
        "OC-SORT": lambda fps: trackers.OCSORTTracker(frame_rate=fps, **buffer, **strong),
        "BoT-SORT": lambda fps: trackers.BoTSORTTracker(frame_rate=fps, enable_cmc=False, **buffer, **active),
        "C-BIoU": lambda fps: trackers.CBIoUTracker(frame_rate=fps, **buffer, **active),
    }
    return found | {name: _library(make) for name, make in made.items()}


def _ours(shots: Sequence[Shot], _: Course) -> Tracks:
    tracker = Tracker("course", Run(b"accuracy"), THRESHOLD)
    frames: Tracks = []
    for number, shot in enumerate(shots):
        moment = EPOCH + timedelta(seconds=shot.second)
        tracked = tracker.update(number, moment, [detection for _, detection in shot.detections])
        frames.append([(track.id, track.box) for track in tracked.tracks])
    return frames


def _library(make: Callable[[int], Any]) -> Contender:
    def run(shots: Sequence[Shot], course: Course) -> Tracks:
        import supervision  # noqa: PLC0415 - comes with the library

        tracker = make(course.fps)
        frames: Tracks = []
        for shot in shots:
            detections = [each for _, each in shot.detections]
            corners = [[each.box.x0, each.box.y0, each.box.x1, each.box.y1] for each in detections]
            seen = supervision.Detections(
                xyxy=np.array(corners, dtype=float).reshape(-1, 4) * PIXELS,
                confidence=np.array([each.confidence for each in detections], dtype=float),
                class_id=np.zeros(len(detections), dtype=int),
            )
            tracked = tracker.update(seen)
            ids = tracked.tracker_id if tracked.tracker_id is not None else []
            frames.append([(str(each), _box(box)) for each, box in zip(ids, tracked.xyxy, strict=True) if each >= 0])
        return frames

    return run


def _box(corners: Any) -> Box:
    x0, y0, x1, y1 = (float(each) / PIXELS for each in corners)
    return Box(x0=x0, y0=y0, x1=x1, y1=y1)
