"""What detectors found in one camera's frames, with tracks of what moves."""

from collections.abc import Sequence
from typing import Any

import msgspec

from event_store.layout.geometry import XY, contains
from vision_workers.clothing import clothing_of
from vision_workers.detectors import Finding
from vision_workers.frames import Detection, Frame, Observation, foot
from vision_workers.observed import Found, ObservedFrame
from vision_workers.pipeline.lanes import DetectedFrame
from vision_workers.pipeline.plans import CameraPlan
from vision_workers.targets import PEOPLE, Target
from vision_workers.tracking import Tracked, Tracker


class Observer:
    """Reads the answers of one camera's detectors and keeps a tracker for each target that moves."""

    def __init__(self, plan: CameraPlan, ignored: Sequence[Sequence[XY]] = ()) -> None:
        """Follow nothing whose foot point is in one of the ignored polygons of the picture."""
        self._camera_id, self._still = plan.camera_id, plan.still
        self._ignored = ignored
        self._trackers = {
            each.target.name: Tracker(_tracked(plan, each.target), plan.run, each.threshold, each.target.tracking)
            for each in plan.detectors
            if each.target.tracking is not None
        }
        self._unread: list[tuple[Frame, Finding]] = []
        """Answers of which the oldest of each target is read as soon as it is there."""
        self._last: ObservedFrame | None = None
        self._last_moving: dict[str, Found[Any]] = {}

    @property
    def last(self) -> ObservedFrame | None:
        """The frame that was observed last."""
        return self._last

    def observe(self, detected: DetectedFrame) -> ObservedFrame:
        """Take one frame; return it with the answers that are there: its own, and those that came late."""
        frame = detected.frame
        self._unread += [(frame, finding) for finding in detected.findings]
        found = tuple(self._found(*each) for each in self._take_answered())
        self._last = ObservedFrame(
            camera_id=self._camera_id, frame=frame.number, time=frame.time, found=found, still=self._still
        )
        return self._last

    def finish(self, last: ObservedFrame) -> ObservedFrame:
        """Return the last frame once more, with all that was still followed as lost; late answers are forgotten."""
        self._unread.clear()
        return msgspec.structs.replace(last, found=tuple(map(self._lost, self._last_moving.values())))

    def _take_answered(self) -> list[tuple[Frame, Finding]]:
        oldest = {finding.target.name: (frame, finding) for frame, finding in reversed(self._unread)}
        answered = [each for each in oldest.values() if each[1].ready]
        taken = {id(finding) for _, finding in answered}
        self._unread = [each for each in self._unread if id(each[1]) not in taken]
        return answered

    def _found(self, frame: Frame, finding: Finding) -> Found[Any]:
        target, things = finding.target, finding.things()
        if target.name == PEOPLE.name:
            things = tuple(
                msgspec.structs.replace(each, clothing=clothing_of(frame.picture, each.box)) for each in things
            )
        tracker = self._trackers.get(target.name)
        tracked = tracker.update(frame.number, frame.time, self._heeded(things)) if tracker else Tracked()
        observation = Observation(
            camera_id=self._camera_id,
            frame=frame.number,
            time=frame.time,
            tracks=tracked.tracks,
            lost=tracked.lost,
            input_digest=finding.input_digest,
        )
        found = Found(target=target, observation=observation, things=things)
        if tracker is not None:
            self._last_moving[target.name] = found
        return found

    def _heeded(self, things: Sequence[Detection]) -> Sequence[Detection]:
        return [each for each in things if not self._is_ignored(each)] if self._ignored else things

    def _is_ignored(self, detection: Detection) -> bool:
        at = foot(detection.box)
        return any(contains(polygon, (at.x, at.y)) for polygon in self._ignored)

    def _lost(self, found: Found[Any]) -> Found[Any]:
        lost = self._trackers[found.target.name].finish()
        observation = msgspec.structs.replace(found.observation, tracks=(), lost=lost)
        return msgspec.structs.replace(found, observation=observation, things=())


def _tracked(plan: CameraPlan, target: Target[Any]) -> str:
    """Return what the ids of a target's tracks are counted by."""
    return plan.camera_id if target.name == PEOPLE.name else f"{plan.camera_id}/{target.name}"
