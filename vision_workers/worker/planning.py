"""From layouts to plans: sources are opened, models loaded, and each camera gets its run."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from event_store.errors import ShopfloorError
from event_store.layout.digest import layout_digest
from event_store.layout.model import Layout
from vision_workers.cameras import LiveSource, is_live
from vision_workers.detectors import CameraNeeds, Detector, Device, make_detectors
from vision_workers.errors import SourceError
from vision_workers.models import DEFAULT_MODEL, Models
from vision_workers.pipeline import CameraPlan, StorePlan
from vision_workers.spool.kept_runs import KeptRun, KeptRuns
from vision_workers.targets import PEOPLE
from vision_workers.watchers import wants_of
from vision_workers.worker.assignment import Assignment
from vision_workers.worker.errors import RepeatedStore
from vision_workers.worker.layouts import check_publishable
from vision_workers.worker.recorded import Played, Recorded, find_recorded

Detectors = Mapping[str, tuple[Detector, ...]]
"""By camera."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A store that cannot be watched, and why."""

    layout: Layout
    problem: ShopfloorError

    @property
    def key(self) -> str:
        """`organisation/store`."""
        return f"{self.layout.store.organisation}/{self.layout.store.id}"


NOTHING, MINUTE = timedelta(), timedelta(minutes=1)


class PlaybackOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How recordings are to be told."""

    start: datetime | None = None
    """When they begin; None for such a time that they end now. One that an earlier run has begun keeps its start."""
    real_time: bool = False
    """They are played at their own pace, so they begin now unless told."""
    take: int = 1
    """Each recording is told once in each take."""


class Planner:
    """Makes the plans of a worker's stores."""

    def __init__(self, models: Models, device: Device, runs: KeptRuns, playback: PlaybackOptions) -> None:
        self._models, self._device, self._runs, self._playback = models, device, runs, playback
        self.played: list[Played] = []
        """Cameras that are in no plan, because their recordings have said all that they have to say."""
        self.refused: list[Refused] = []
        """Stores that are in no plan, because something is wrong with them."""

    def plans(self, assignments: Sequence[Assignment]) -> list[StorePlan]:
        """Return a plan for each store that can be watched; raises `RepeatedStore`, or what is wrong where none can."""
        keys = [assignment.key for assignment in assignments]
        for key in keys:
            if keys.count(key) > 1:
                raise RepeatedStore(key)
        possible = [(each, found) for each in assignments if (found := self._prepare(each)) is not None]
        if self.refused and not possible:
            raise self.refused[0].problem
        self._runs.end_live()
        return [self._plan(assignment, found) for assignment, found in possible]

    def _prepare(self, assignment: Assignment) -> Detectors | None:
        """Return the detectors of a store; one that cannot be watched is put down, and stops no other."""
        try:
            check_publishable(assignment.layout)
            return self._detectors(assignment)
        except ShopfloorError as problem:
            self.refused.append(Refused(layout=assignment.layout, problem=problem))
            return None

    def _detectors(self, assignment: Assignment) -> Detectors:
        layout = assignment.layout
        needs = [
            CameraNeeds(
                layout=layout,
                camera_id=camera.id,
                model=self._models.find(camera.model or DEFAULT_MODEL),
                models=self._models,
                device=self._device,
            )
            for camera in layout.camera
        ]
        return {each.camera_id: make_detectors(each, wants_of(layout, each.camera_id)) for each in needs}

    def _plan(self, assignment: Assignment, detectors: Detectors) -> StorePlan:
        now = datetime.now(UTC)
        live = self._runs.live(assignment.key, now)
        recorded = list(find_recorded(assignment, self._runs.tellings, self._playback.take))
        kept = self._runs.unfinished(assignment.key, _fingerprint(assignment, detectors, recorded))
        if kept is None:
            self._runs.end_recorded(assignment.key)
            recorded = list(find_recorded(assignment, self._runs.tellings, self._playback.take))
            kept = self._begin(assignment, detectors, recorded) or live
        self._note_played(recorded, detectors)
        return StorePlan(
            layout=assignment.layout,
            layout_digest=layout_digest(assignment.layout),
            cameras=(*_live(assignment, detectors, live), *_recorded(assignment, detectors, recorded, kept)),
            recorded_from=kept.start,
            operations_run=live.run,
        )

    def _begin(self, assignment: Assignment, detectors: Detectors, recorded: Sequence[Recorded]) -> KeptRun | None:
        """Begin the run of what is still to be told, if anything is."""
        if all(each.is_told for each in recorded):
            return None
        fingerprint = _fingerprint(assignment, detectors, recorded)
        for each in recorded:
            if each.tale is not None and each.growth is not None:
                self._runs.tellings.note(each.tale, each.growth)
        tales = [each.tale for each in recorded if each.tale is not None and not each.is_told]
        return self._runs.begin(assignment.key, fingerprint, self._beginning(assignment, recorded), tales)

    def _beginning(self, assignment: Assignment, recorded: Sequence[Recorded]) -> datetime:
        """Return when recordings begin that no run has begun to tell: neither their last minute is in the future."""
        now = datetime.now(UTC)
        if self._playback.start is not None or self._playback.real_time:
            return self._playback.start or now
        longest = max((_length(each, now, assignment.folder) for each in recorded if not each.is_told), default=NOTHING)
        return now - longest - MINUTE

    def _note_played(self, recorded: Sequence[Recorded], detectors: Detectors) -> None:
        for each in recorded:
            if each.tale is not None and each.telling is not None and each.is_told:
                played = Played(
                    store_key=each.tale.store_key,
                    camera_id=each.camera.id,
                    model=_people_finder(detectors[each.camera.id]).model.name,
                    until=each.telling.until,
                    next_take=self._runs.tellings.last_take(each.tale) + 1,
                )
                self.played.append(played)


def _length(recorded: Recorded, now: datetime, folder: Path) -> timedelta:
    """Return how long a recording is; what cannot be read has no length, and says so when it is played."""
    recording = recorded.source(now, folder)
    if isinstance(recording, SourceError):
        return NOTHING
    try:
        return recording.length()
    except (SourceError, OSError):
        return NOTHING


def _people_finder(detectors: Sequence[Detector]) -> Detector:
    return next(each for each in detectors if each.target.name == PEOPLE.name)


def _live(assignment: Assignment, detectors: Detectors, live: KeptRun) -> list[CameraPlan]:
    return [
        CameraPlan(
            camera_id=each.id,
            source=LiveSource(each.id, each.source, each.max_frames_per_second),
            detectors=detectors[each.id],
            run=live.run,
        )
        for each in assignment.layout.camera
        if is_live(each.source, assignment.folder)
    ]


def _recorded(
    assignment: Assignment, detectors: Detectors, recorded: Sequence[Recorded], kept: KeptRun
) -> list[CameraPlan]:
    return [
        CameraPlan(
            camera_id=each.camera.id,
            source=each.source(kept.start, assignment.folder),
            detectors=detectors[each.camera.id],
            run=kept.run,
        )
        for each in recorded
        if not each.is_told
    ]


def _fingerprint(assignment: Assignment, detectors: Detectors, recorded: Sequence[Recorded]) -> str:
    """Digest all that the facts follow from which are still to be told."""
    parts = [layout_digest(assignment.layout)]
    for each in recorded:
        if not each.is_told:
            parts.append(each.camera.id)
            for detector in detectors[each.camera.id]:
                parts += [detector.model.digest, str(detector.threshold)]
            parts += [str(each.tale), str(each.telling.until if each.telling else None)]
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
