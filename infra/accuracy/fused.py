"""Whole stores watched by all their cameras together, with a detector that errs in a known way."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from operator import itemgetter

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from event_store.events.event import Box, Event
from infra.accuracy.fallible import THRESHOLD, Faults, found
from infra.accuracy.shops import Day
from infra.accuracy.stories import fallible_site
from vision_workers.cameras.moments import EPOCH
from vision_workers.clothing import AT_EDGE
from vision_workers.frames import Clothing, Detection, Observation
from vision_workers.observed import ObservedFrame
from vision_workers.runs import Run
from vision_workers.simulator.truth import FrameTruth, Person
from vision_workers.tracking import Tracker
from vision_workers.watchers import CameraWatchers
from vision_workers.watchers.fusion import Fusion


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a camera follows in one picture."""

    camera_id: str
    track_id: str
    visit_id: str | None
    box: Box


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One picture: who is in it, and whom the watchers follow there."""

    people: Sequence[Person]
    seen: Sequence[Seen]

    @property
    def visits(self) -> list[tuple[str, Box]]:
        """Return whom they know by a visit."""
        return [(each.visit_id, each.box) for each in self.seen if each.visit_id is not None]


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of a day."""

    facts: Sequence[Event]
    sights: Sequence[Sight]


LIGHT = (10.0, 3.0, 5.0)
"""Spread of how a camera shows one person's clothes, as CIE L*a*b*; measured in the demo's films …"""
FLICKER = (9.0, 3.0, 4.0)
"""… and from sight to sight."""


def _colour(rgb: tuple[float, float, float]) -> NDArray[np.float64]:
    pixel = np.array(rgb[::-1], np.float32).reshape(1, 1, 3)
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_BGR2LAB)[0, 0], float)


class Watch:
    """One camera of the store."""

    def __init__(self, day: Day, camera_id: str, fusion: Fusion, run: Run, rng: np.random.Generator) -> None:
        self._camera_id, self._rng = camera_id, rng
        self._clothes = [_colour(colour) for colour in day.clothes]
        self._light: dict[int, NDArray[np.float64]] = {}
        self._tracker = Tracker(camera_id, run, THRESHOLD)
        site = msgspec.structs.replace(fallible_site(day.layout, camera_id, run), store_watchers=(fusion,))
        self._watchers = CameraWatchers(site)
        self._last = self._observed(0, 0.0)

    def see(self, frame: FrameTruth) -> tuple[list[Event], Sight]:
        """Take a frame."""
        detections = list(self._find(frame.people))
        self._last = self._observed(frame.frame, frame.time_s)
        tracked = self._tracker.update(frame.frame, self._last.time, detections)
        seen = msgspec.structs.replace(self._last, tracks=tracked.tracks, lost=tracked.lost)
        facts = self._watchers.observe(ObservedFrame.of_people(seen))
        followed = [
            Seen(
                camera_id=self._camera_id,
                track_id=track.id,
                visit_id=self._watchers.shoppers.visit_of(track.id),
                box=track.box,
            )
            for track in tracked.tracks
        ]
        return facts, Sight(people=frame.people, seen=followed)

    def _find(self, people: Sequence[Person]) -> Iterator[Detection]:
        quiet = msgspec.structs.replace(Faults(), false_per_frame=0)
        for each in people:
            for detection in found([(each.box, each.visible)], quiet, self._rng):
                yield msgspec.structs.replace(detection, clothing=self._clothing(each.number, detection.box))
        yield from found([], Faults(), self._rng)

    def _clothing(self, number: int, box: Box) -> Clothing | None:
        if min(box.x0, box.y0) < AT_EDGE or max(box.x1, box.y1) > 1 - AT_EDGE:
            return None
        if number not in self._light:
            self._light[number] = self._rng.normal(0.0, LIGHT)
        worn = self._clothes[number] + self._light[number] + self._rng.normal(0.0, FLICKER)
        return Clothing(*worn.tolist())

    def finish(self) -> list[Event]:
        """End the camera."""
        ended = msgspec.structs.replace(self._last, lost=self._tracker.finish())
        return self._watchers.finish(ObservedFrame.of_people(ended), "source_end")

    def _observed(self, frame: int, time_s: float) -> Observation:
        time = EPOCH + timedelta(milliseconds=round(time_s * 1000))
        return Observation(
            camera_id=self._camera_id, frame=frame, time=time, tracks=(), lost=(), input_digest=lambda: ""
        )


def watch(day: Day, seed: int) -> Watched:
    """Return what all cameras of a store make of a day together."""
    run = Run(b"accuracy")
    fusion = Fusion(day.layout, [camera.camera_id for camera in day.cameras])
    watches = {
        camera.camera_id: Watch(day, camera.camera_id, fusion, run, np.random.default_rng([seed, number]))
        for number, camera in enumerate(day.cameras)
    }
    frames = [(frame.time_s, camera.camera_id, frame) for camera in day.cameras for frame in camera.frames]
    facts: list[Event] = []
    sights: list[Sight] = []
    for _, camera_id, frame in sorted(frames, key=itemgetter(0, 1)):
        told, sight = watches[camera_id].see(frame)
        facts += told
        sights.append(sight)
    for each in watches.values():
        facts += each.finish()
    return Watched(facts=facts, sights=_from_the_first_sight(sights))


def _from_the_first_sight(sights: Sequence[Sight]) -> list[Sight]:
    """Give a track its visit from its first sight on, as samples are read: a visit is told when somebody has come."""
    coming: dict[tuple[str, str], str] = {}
    told: list[Sight] = []
    for sight in reversed(sights):
        coming |= {(each.camera_id, each.track_id): each.visit_id for each in sight.seen if each.visit_id is not None}
        seen = [
            msgspec.structs.replace(each, visit_id=each.visit_id or coming.get((each.camera_id, each.track_id)))
            for each in sight.seen
        ]
        told.append(msgspec.structs.replace(sight, seen=seen))
    return told[::-1]
