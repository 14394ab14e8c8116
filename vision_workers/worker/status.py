"""How a worker is doing: a small JSON file in the data folder, written anew every second."""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from vision_workers.models import DEFAULT_MODEL
from vision_workers.pipeline import CameraState, Pipeline
from vision_workers.worker.outlet import SpoolOutlet
from vision_workers.worker.planning import Refused
from vision_workers.worker.recorded import Played

EVERY_S = 1.0


class CameraStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One camera."""

    organisation: str
    store: str
    camera_id: str
    state: str
    """starting, online, dark, ended, failed or played already."""
    model: str
    believed: bool
    """False while the model is found to flood: its facts are withheld."""
    frames: int
    fps: float
    """Frames a second since the last status."""
    last_frame_at: datetime | None
    trouble: str | None
    left_out: int = 0
    """Frames of a live camera that came while the machine was busy with others, and were not looked at."""


class SpoolStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the broker."""

    waiting_records: int
    waiting_bytes: int
    limit_bytes: int
    full: bool


class WorkerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One worker process; a status that is older than a few seconds is that of a dead one."""

    worker: str
    pid: int
    state: Literal["watching", "draining", "idle", "stopped"]
    """Idle: every recording has ended and all is sent."""
    started_at: datetime
    at: datetime
    broker: str
    """`ok`, or why it is not known that it takes what it is given."""
    spool: SpoolStatus
    cameras: tuple[CameraStatus, ...]


def status_path(data: Path, worker: str) -> Path:
    """Return where a worker's status is."""
    return data / "status" / f"worker-{worker}.json"


class Cameras:
    """Those that are watched, those that were played already, and those of stores that cannot be watched."""

    def __init__(self, pipeline: Pipeline, played: Sequence[Played], refused: Sequence[Refused]) -> None:
        self._pipeline, self._played = pipeline, tuple(map(_played_already, played))
        self._refused = tuple(status for each in refused for status in _refused(each))
        self._before: dict[CameraState, tuple[int, int, float]] = {}

    def status(self) -> tuple[CameraStatus, ...]:
        """Return how each does; frame rates count from the last call."""
        return (*map(self._camera, self._pipeline.cameras), *self._played, *self._refused)

    def _camera(self, camera: CameraState) -> CameraStatus:
        store = camera.store.plan.layout.store
        now, left_out = time.monotonic(), camera.reader.left_out
        frames, missed, since = self._before.get(camera, (0, 0, now - EVERY_S))
        self._before[camera] = (camera.frames, left_out, now)
        seconds = max(now - since, 1e-3)
        fps, missed_fps = (camera.frames - frames) / seconds, (left_out - missed) / seconds
        return CameraStatus(
            organisation=store.organisation,
            store=store.id,
            camera_id=camera.camera_id,
            state=camera.state,
            model=camera.watch.model.name,
            believed=camera.watch.believed,
            frames=camera.frames,
            fps=round(fps, 1),
            last_frame_at=camera.last_frame_at,
            trouble=camera.trouble or _too_slow(fps, missed_fps),
            left_out=left_out,
        )


def _too_slow(fps: float, missed_fps: float) -> str | None:
    """Say that a live camera sends far more than is looked at."""
    if missed_fps <= max(fps, 1.0):
        return None
    came = fps + missed_fps
    return (
        f"{missed_fps:.0f} of {came:.0f} frames a second are left out; give the worker fewer cameras or a faster device"
    )


def _played_already(played: Played) -> CameraStatus:
    organisation, _, store = played.store_key.partition("/")
    return CameraStatus(
        organisation=organisation,
        store=store,
        camera_id=played.camera_id,
        state="played already",
        model=played.model,
        believed=True,
        frames=0,
        fps=0.0,
        last_frame_at=played.until,
        trouble=played.cure,
    )


def _refused(refused: Refused) -> Iterator[CameraStatus]:
    for camera in refused.layout.camera:
        yield CameraStatus(
            organisation=refused.layout.store.organisation,
            store=refused.layout.store.id,
            camera_id=camera.id,
            state="failed",
            model=camera.model or DEFAULT_MODEL,
            believed=True,
            frames=0,
            fps=0.0,
            last_frame_at=None,
            trouble=str(refused.problem),
        )


class StatusFile:
    """Writes the status on a thread of its own."""

    def __init__(self, path: Path, worker: str, outlet: SpoolOutlet, cameras: Cameras) -> None:
        self._path, self._worker, self._outlet, self._cameras = path, worker, outlet, cameras
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._started_at = datetime.now(UTC)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="status", daemon=True)
        self.state: Literal["watching", "draining", "idle", "stopped"] = "watching"

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write a last status."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self.state = "stopped"
        self.write()

    def write(self) -> None:
        """Write the status now; a reader sees the old one or the new one, never a part."""
        unfinished = self._path.with_suffix(".unfinished")
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(self._status()), indent=1))
        unfinished.replace(self._path)

    def _run(self) -> None:
        while not self._stopped.wait(EVERY_S):
            self.write()

    def _status(self) -> WorkerStatus:
        spool = self._outlet.spool
        return WorkerStatus(
            worker=self._worker,
            pid=os.getpid(),
            state=self.state,
            started_at=self._started_at,
            at=datetime.now(UTC),
            broker=self._outlet.drain.silence or "ok",
            spool=SpoolStatus(
                waiting_records=spool.waiting_records,
                waiting_bytes=spool.waiting_bytes,
                limit_bytes=spool.limit_bytes,
                full=self._outlet.full,
            ),
            cameras=self._cameras.status(),
        )
