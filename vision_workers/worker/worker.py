"""A worker: spool, drain, pipeline and status, from start to stop."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from event_store.errors import ShopfloorError
from vision_workers.detectors import Device
from vision_workers.models import Models
from vision_workers.pipeline import CameraState, Pipeline, PipelineSettings, Step, StorePlan
from vision_workers.pipeline.store import StoreWatch
from vision_workers.runs import Run
from vision_workers.sink import Sink
from vision_workers.spool.drain import Drain
from vision_workers.spool.kept_runs import KeptRuns
from vision_workers.spool.spool import Spool
from vision_workers.worker.assignment import Assignment
from vision_workers.worker.errors import CamerasFailed
from vision_workers.worker.heartbeat import Heartbeat
from vision_workers.worker.layouts import layout_published
from vision_workers.worker.lost_facts import told_as_gaps
from vision_workers.worker.metrics import WorkerMetrics
from vision_workers.worker.outlet import SpoolOutlet
from vision_workers.worker.planning import Planner, PlaybackOptions
from vision_workers.worker.status import Cameras, StatusFile, status_path

GOODBYE_S = 5.0
"""How long a worker that is told to stop goes on sending what waits; the rest goes out after the next start."""

IDLE_S = 0.2
"""How often a worker whose recordings are told looks whether it is time to say that it is still there."""

log = structlog.get_logger(__name__)


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker runs."""

    name: str
    data: Path
    device: str = "CPU"
    real_time: bool = False
    start: datetime | None = None
    take: int = 1
    """Recordings are told once in each take, however often the worker is started."""
    once: bool = False
    """End when every recording has ended and all facts are acknowledged."""
    silence: timedelta = timedelta(seconds=10)
    spool_limit: int = 1_000_000_000


class Worker:
    """Watches the cameras of some stores and sends what happened to a sink."""

    def __init__(self, assignments: Sequence[Assignment], sink: Sink, settings: WorkerSettings) -> None:
        """Open the spool, load the models and the sources; raises a `ShopfloorError`."""
        self._settings, self._stop = settings, threading.Event()
        self._device = Device(settings.device)
        self._spool = _open_spool(settings)
        try:
            self._runs = KeptRuns(self._spool, settings.name)
            playback = PlaybackOptions(start=settings.start, take=settings.take, real_time=settings.real_time)
            planner = Planner(Models(settings.data / "models"), self._device, self._runs, playback)
            plans = planner.plans(assignments)
        except BaseException:
            self._spool.close()
            raise
        self._drain = Drain(self._spool, sink)
        self._outlet = SpoolOutlet(self._spool, self._drain, settings.name, self._stop.is_set)
        watching = PipelineSettings(
            worker=settings.name, real_time=settings.real_time, silence=settings.silence, renew=self._renew
        )
        self._pipeline = Pipeline(plans, self._outlet, watching, _log_change, self._complete)
        self._outlet.stores = self._pipeline.stores
        self._played, self._refused = planner.played, planner.refused
        self._heartbeat = Heartbeat(settings.name, self._outlet.put, self._pipeline, planner.played)
        self._outlet.on_look = self._heartbeat.tend
        self.metrics = WorkerMetrics(self._pipeline, self._outlet)
        """What Prometheus may ask, for as long as it runs."""
        path = status_path(settings.data, settings.name)
        cameras = Cameras(self._pipeline, planner.played, planner.refused)
        self._status = StatusFile(path, settings.name, self._outlet, cameras)

    def stop(self) -> None:
        """End soon, from any thread or signal handler."""
        self._stop.set()
        self._pipeline.stop()

    def run(self) -> None:
        """Watch until told to stop, or with `once` until all is done; raises for cameras that failed."""
        try:
            self._tell_lost()
            for store in self._pipeline.stores:
                self._publish_layout(store)
            for each in self._played:
                log.info("played already", store=each.store_key, camera=each.camera_id, told=each.cure)
            for refused in self._refused:
                log.error(str(refused.problem), store=refused.key)
            self._drain.start()
            self._status.start()
            self._heartbeat.tend()
            self._pipeline.run()
            self._device.wait()
            self._finish()
        finally:
            self._heartbeat.stop()
            self._drain.stop(GOODBYE_S)
            self._status.stop()
            self._spool.close()
        if self._settings.once:
            self._tell_failures()

    def _finish(self) -> None:
        """Wait until all is acknowledged, and stay until told to stop unless `once`."""
        self._status.state = "draining"
        while self._spool.waiting_records and not self._stop.wait(0.05):
            self._outlet.check()
            self._heartbeat.tend()
        if self._spool.waiting_records == 0:
            self._status.state = "idle"
        while not (self._settings.once or self._stop.wait(IDLE_S)):
            self._heartbeat.tend()

    def _complete(self, cameras: Sequence[CameraState]) -> None:
        """Forget a run whose recordings were all read; of a camera that failed or floods the rest may be told yet."""
        whole = {camera.camera_id for camera in cameras if camera.problem is None and camera.watch.believed}
        self._runs.complete(cameras[0].run, whole)

    def _renew(self, store: StorePlan) -> Run:
        return self._runs.live(store.key, datetime.now(UTC)).run

    def _tell_lost(self) -> None:
        """Put what was lost with an earlier spool into the record, as holes."""
        lost = self._spool.unsent.lost
        if not lost:
            return
        log.error(
            "the spool's file is gone: the facts that waited in it are lost",
            facts=sum(each.last - each.first + 1 for each in lost),
            sources=[each.source for each in lost],
            cause="it was removed while no worker ran, or right before one was killed",
        )
        steps = list(told_as_gaps(lost, self._settings.name, Run.new()))
        self._spool.unsent.tell({each.source: len(each.facts) for each in steps})
        for step in steps:
            self._outlet.put(step)

    def _publish_layout(self, store: StoreWatch) -> None:
        """Put the layout before the store's first fact, once for each change of it."""
        plan = store.plan
        if self._spool.published_layout(plan.key) == plan.layout_digest:
            return
        event = layout_published(plan.layout, _in_force_from(plan))
        fact = store.numbering.envelope("layout", plan.operations_run, event)
        self._outlet.put(Step(source=fact.source, key=plan.key, time=None, facts=(fact,)))

    def _tell_failures(self) -> None:
        problems: dict[str, ShopfloorError] = {
            f"{camera.store.plan.key}/{camera.camera_id}": camera.problem
            for camera in self._pipeline.cameras
            if camera.problem is not None
        }
        problems |= {f"{each.key}/{camera.id}": each.problem for each in self._refused for camera in each.layout.camera}
        if problems:
            raise CamerasFailed(problems)


def _open_spool(settings: WorkerSettings) -> Spool:
    path = settings.data / "spool" / f"{settings.name}.sqlite"
    return Spool(path, settings.spool_limit, settings.data / "unsent" / f"{settings.name}.json")


def _log_change(camera: CameraState) -> None:
    named = log.bind(store=camera.store.plan.key, camera=camera.camera_id, state=camera.state)
    if camera.problem is not None:
        named.error(str(camera.problem))
    elif camera.trouble is not None:
        named.warning(camera.trouble)
    elif not camera.watch.believed:
        named.error(
            "the model floods and is not believed until that ends; if it lasts, choose another one",
            model=camera.watch.model.name,
        )
    else:
        named.info("camera")


def _in_force_from(plan: StorePlan) -> datetime:
    """Return the layout's own date, or the beginning of the recordings, or now."""
    moment = plan.layout.store.valid_from
    if moment is None:
        moment = plan.recorded_from if not any(camera.live for camera in plan.cameras) else datetime.now(UTC)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
