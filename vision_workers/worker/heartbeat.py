"""The worker's heartbeat in the record: that it is at work, how its cameras are, and that it stops."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from event_store.events.event import Event
from event_store.events.workers import CameraState, WatchedCamera, WorkerReported, WorkerStopped
from vision_workers.pipeline import Pipeline, Step
from vision_workers.pipeline.pipeline import CameraState as Watched
from vision_workers.pipeline.store import StoreWatch
from vision_workers.spool.errors import SpoolError
from vision_workers.worker.recorded import Played

EVERY_S = 20.0
HOLDS_MS = 50_000
"""Two beats and a half: one that is late by the broker's doing is no silence."""
LOOK_S = 0.5
"""How often it is looked whether a camera has changed, which is told at once."""

STATES: dict[str, CameraState] = {each: each for each in ("starting", "online", "dark", "ended", "failed")}

log = structlog.get_logger(__name__)


class Heartbeat:
    """Speaks for a worker in each of its stores. Called by the thread that watches: one that hangs is silent."""

    def __init__(self, worker: str, put: Callable[[Step], None], pipeline: Pipeline, played: Sequence[Played]) -> None:
        self._worker, self._put, self._pipeline, self._played = worker, put, pipeline, played
        self._started_at = _now()
        self._said: dict[str, tuple[object, ...]] = {}
        self._next_beat = self._next_look = float("-inf")

    def tend(self) -> None:
        """Report when it is time to, or when a camera has changed."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_S
        is_due = now >= self._next_beat
        if is_due:
            self._next_beat = now + EVERY_S
        self._look(is_due=is_due)

    def stop(self) -> None:
        """Say how the cameras are at last, and that the worker stops; where the disk is full the silence says it."""
        try:
            self._look(is_due=False)
            for store in self._pipeline.stores:
                cameras = [each.camera_id for each in self._cameras(store)]
                self._say(store, WorkerStopped(time=_now(), worker=self._worker, cameras=cameras))
        except SpoolError as problem:
            log.warning("that the worker stops is not in the record", problem=str(problem))

    def _look(self, *, is_due: bool) -> None:
        for store in self._pipeline.stores:
            cameras = self._cameras(store)
            states = tuple((each.camera_id, each.state, each.obscured) for each in cameras)
            if is_due or self._said.get(store.plan.key) != states:
                self._said[store.plan.key] = states
                self._say(store, self._report(cameras))

    def _report(self, cameras: list[WatchedCamera]) -> WorkerReported:
        return WorkerReported(
            time=_now(), worker=self._worker, started_at=self._started_at, holds_ms=HOLDS_MS, cameras=cameras
        )

    def _cameras(self, store: StoreWatch) -> list[WatchedCamera]:
        watched = [_watched(each) for each in self._pipeline.cameras if each.store is store]
        return [*watched, *(_told(each) for each in self._played if each.store_key == store.plan.key)]

    def _say(self, store: StoreWatch, event: Event) -> None:
        fact = store.numbering.envelope(f"heartbeat/{self._worker}", store.plan.operations_run, event)
        self._put(Step(source=fact.source, key=store.plan.key, time=None, facts=(fact,)))


def _watched(camera: Watched) -> WatchedCamera:
    live = camera.reader.lane.live
    obscured = camera.obscured if live else None  # nobody can clean the lens of a recording
    return WatchedCamera(
        camera_id=camera.camera_id,
        live=live,
        state=STATES[camera.state],
        last_frame_at=camera.last_frame_at,
        obscured=None if obscured is None else obscured.how,
        obscured_since=None if obscured is None else obscured.since,
    )


def _told(played: Played) -> WatchedCamera:
    return WatchedCamera(camera_id=played.camera_id, live=False, state="ended", last_frame_at=played.until)


def _now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
