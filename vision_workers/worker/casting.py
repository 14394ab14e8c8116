"""From layouts to who takes part: sources are opened, models loaded, and each camera gets its run."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from event_store.layout.digest import layout_digest
from event_store.layout.model import Layout
from vision_workers.cameras import LiveSource, Playing, Recording, is_live, open_source
from vision_workers.detectors import Detector, Device
from vision_workers.errors import SourceError
from vision_workers.models import DEFAULT_MODEL, Models
from vision_workers.pipeline import CameraPlan, StorePlan
from vision_workers.spool.kept_runs import KeptRuns
from vision_workers.worker.errors import RepeatedStore


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """One store that a worker watches."""

    layout: Layout
    folder: Path
    """What relative sources start from."""

    @property
    def key(self) -> str:
        """`organisation/store`."""
        return f"{self.layout.store.organisation}/{self.layout.store.id}"


class Casting:
    """Makes the plans of a worker's stores."""

    def __init__(self, models: Models, device: Device, runs: KeptRuns, start: datetime | None) -> None:
        """`start` is when recordings begin; None for now, which a repeated recording keeps."""
        self._models, self._device, self._runs, self._start = models, device, runs, start

    def plans(self, assignments: Sequence[Assignment]) -> list[StorePlan]:
        """Return a plan for each store; raises a `ModelError` or `RepeatedStore`."""
        keys = [assignment.key for assignment in assignments]
        for key in keys:
            if keys.count(key) > 1:
                raise RepeatedStore(key)
        detectors = [self._detectors(assignment) for assignment in assignments]
        self._runs.end_live()
        return [self._plan(each, found) for each, found in zip(assignments, detectors, strict=True)]

    def _detectors(self, assignment: Assignment) -> dict[str, Detector]:
        names = {camera.id: camera.model or DEFAULT_MODEL for camera in assignment.layout.camera}
        return {camera: self._device.detector(self._models.find(name)) for camera, name in names.items()}

    def _plan(self, assignment: Assignment, detectors: dict[str, Detector]) -> StorePlan:
        layout, now = assignment.layout, datetime.now(UTC)
        begin = self._start or now
        fingerprint = self._fingerprint(assignment, detectors)
        recorded = self._runs.recorded(assignment.key, fingerprint, begin)
        live = self._runs.live(assignment.key, now)
        playing = Playing(start=recorded.start, folder=assignment.folder)
        cameras = [
            CameraPlan(
                camera_id=camera.id,
                source=_source(camera.id, camera.source, playing),
                detector=detectors[camera.id],
                run=live.run if is_live(camera.source) else recorded.run,
            )
            for camera in layout.camera
        ]
        return StorePlan(
            layout=layout,
            layout_digest=layout_digest(layout),
            cameras=tuple(cameras),
            clock_run=live.run if any(camera.live for camera in cameras) else recorded.run,
            recorded_run=recorded.run,
            recorded_from=recorded.start,
            operations_run=live.run,
        )

    def _fingerprint(self, assignment: Assignment, detectors: dict[str, Detector]) -> str:
        """Digest all that the facts of a store's recordings follow from."""
        parts = [layout_digest(assignment.layout), str(self._start)]
        for camera in assignment.layout.camera:
            source = _source(camera.id, camera.source, Playing(folder=assignment.folder))
            parts += [camera.id, detectors[camera.id].model.digest, str(detectors[camera.id].threshold)]
            parts.append(source.fingerprint if not isinstance(source, LiveSource | SourceError) else camera.source)
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def _source(camera_id: str, source: str, playing: Playing) -> Recording | LiveSource | SourceError:
    try:
        return open_source(camera_id, source, playing)
    except SourceError as problem:
        return problem
