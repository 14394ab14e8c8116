"""All cameras of a process: read side by side, taken in order, put into one outlet."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import cv2
import msgspec

from vision_workers.cameras.errors import CameraSourceError
from vision_workers.cameras.sight import Obscured
from vision_workers.errors import VisionError
from vision_workers.pipeline.camera import CameraWatch
from vision_workers.pipeline.frame_order import FrameOrder
from vision_workers.pipeline.lanes import DetectedFrame, Ended, Lane
from vision_workers.pipeline.plans import CameraPlan, StorePlan
from vision_workers.pipeline.readers import Reader
from vision_workers.pipeline.schedule import Schedule
from vision_workers.pipeline.steps import Silence, Step
from vision_workers.pipeline.store import StoreWatch
from vision_workers.runs import Run
from vision_workers.watchers import wants_of

LOOK_ROUND_S = 0.2
"""How often silence and room are looked at while nothing arrives."""


class Outlet(Protocol):
    """Takes what the pipeline found; called by one thread."""

    def put(self, step: Step) -> None:
        """Take facts that belong together."""

    def has_room(self) -> bool:
        """Tell whether more may be put; while not, recordings wait and live cameras are down."""


class PipelineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a process watches."""

    worker: str = "worker"
    real_time: bool = False
    silence: timedelta = timedelta(seconds=10)
    """A live camera without a frame for so long is dark."""
    renew: Callable[[StorePlan], Run] = lambda _: Run.new()
    """Makes another run for a store's live cameras, when the machine's clock was set back."""


class CameraState:
    """How one camera is doing, for those who look from outside."""

    def __init__(self, store: StoreWatch, run: Run, reader: Reader) -> None:
        self.store, self.run, self.reader = store, run, reader
        self.frames = 0
        self.last_frame_at: datetime | None = None
        self.arrived = time.monotonic()
        """When its last frame came, by this machine's clock."""
        self.obscured: Obscured | None = None
        """That its pictures show nothing, once that has been told."""
        self.shortfall: str | None = None
        self.problem: VisionError | None = None

    @property
    def camera_id(self) -> str:
        """Its id in the layout."""
        return self.reader.lane.camera_id

    @property
    def watch(self) -> CameraWatch:
        """Its tracker and watchers."""
        return self.store.cameras[self.camera_id]

    @property
    def trouble(self) -> str | None:
        """What is wrong with it, for an operator; None when nothing is."""
        if self.problem is not None:
            return str(self.problem)
        seen = None if self.obscured is None or self.reader.lane.ended else str(self.obscured)
        return self.shortfall or self.reader.trouble or seen

    @property
    def state(self) -> str:
        """Starting, online, dark, ended or failed."""
        if self.problem is not None:
            return "failed"
        if self.reader.lane.ended:
            return "ended"
        if self.watch.dark:
            return "dark"
        return "online" if self.frames else "starting"


class Pipeline:
    """Watches the cameras of some stores until every recording has ended, or until it is stopped."""

    def __init__(
        self,
        stores: Sequence[StorePlan],
        outlet: Outlet,
        settings: PipelineSettings,
        changed: Callable[[CameraState], None] = lambda _: None,
        ended: Callable[[Sequence[CameraState]], None] = lambda _: None,
    ) -> None:
        """Let `changed` know every camera that comes, goes dark, ends or fails, and `ended` all of a run at its end."""
        self._outlet, self._settings, self._tell, self._tell_end = outlet, settings, changed, ended
        self._changed = threading.Condition()
        self._stopped = False
        self._began = datetime.now(UTC)
        self.stores = [StoreWatch(plan, settings.worker) for plan in stores]
        self.cameras = [
            CameraState(store, camera.run, self._reader(store.plan, camera))
            for store in self.stores
            for camera in store.plan.cameras
        ]
        self._by_lane = {id(camera.reader.lane): camera for camera in self.cameras}
        self._frame_order = FrameOrder([camera.reader.lane for camera in self.cameras], self._changed)

    def run(self) -> None:
        """Watch; returns when every camera has ended. A camera's failure is kept in its state and stops no other."""
        cv2.setNumThreads(1)  # the cores belong to the device; each camera has a thread of its own
        for camera in self.cameras:
            camera.reader.start(real_time=self._settings.real_time)
        try:
            while not self._stopped and not all(camera.reader.lane.ended for camera in self.cameras):
                self._look_round()
            self._close()
        finally:
            for camera in self.cameras:
                camera.reader.stop()

    def stop(self) -> None:
        """End soon, from any thread or signal handler: live visits end, recordings stay unfinished."""
        self._stopped = True

    def _reader(self, store: StorePlan, camera: CameraPlan) -> Reader:
        wants = wants_of(store.layout, camera.camera_id, store.watchers)
        lane = Lane(camera.camera_id, live=camera.live, changed=self._changed)
        return Reader(camera.source, Schedule(camera, wants), lane)

    def _look_round(self) -> None:
        if not self._outlet.has_room():
            self._pause()
            return
        lane = self._frame_order.next_due(LOOK_ROUND_S)
        if lane is not None:
            self._take(self._by_lane[id(lane)])
        self._watch_silence()

    def _take(self, camera: CameraState) -> None:
        match camera.reader.lane.take():
            case DetectedFrame() as detected:
                self._watch_clock(camera, detected.frame.time)
                self._watch_sight(camera)
                camera.frames += 1
                camera.last_frame_at, camera.arrived = detected.frame.time, time.monotonic()
                camera.reader.resume()
                before = (camera.watch.dark, camera.watch.believed, camera.frames > 1)
                self._put(camera.store.observe(camera.camera_id, detected))
                if before != (camera.watch.dark, camera.watch.believed, True):
                    self._tell(camera)
            case Ended() as ended:
                self._end(camera, ended)

    def _watch_sight(self, camera: CameraState) -> None:
        before, camera.obscured = camera.obscured, camera.reader.sight.obscured
        if before != camera.obscured:
            if camera.reader.lane.live:  # nobody can clean the lens of a recording
                self._put([camera.store.look(camera.camera_id, before, camera.obscured)])
            self._tell(camera)

    def _watch_clock(self, camera: CameraState, now: datetime) -> None:
        """Begin anew with a store's live cameras where the machine's clock was set back since the last frame."""
        last = camera.last_frame_at
        if last is None or now >= last or not camera.reader.lane.live:
            return
        of_run = self._of_run(camera)
        cause = f"the machine's clock was set back by {round((last - now).total_seconds()):,} s"
        for each in of_run:
            self._go_dark(each, cause, timedelta(), now)
        self._put([camera.store.finish(camera.run)])
        self._tell_end(of_run)
        run = self._settings.renew(camera.store.plan)
        camera.store.begin_anew(run)
        for each in of_run:
            each.run, each.last_frame_at = run, None

    def _end(self, camera: CameraState, ended: Ended) -> None:
        camera.shortfall, camera.problem = ended.shortfall, ended.problem
        if ended.problem is None:
            self._put(camera.store.end(camera.camera_id, "source_end"))
            self._tell(camera)
        else:
            cause = ended.problem.cause if isinstance(ended.problem, CameraSourceError) else "the camera failed"
            self._go_dark(camera, cause, timedelta())
        self._finish(camera)

    def _finish(self, ended: CameraState) -> None:
        """Let the clock of a run pass its last minutes when the last of its cameras has ended."""
        of_run = self._of_run(ended)
        if all(each.reader.lane.ended for each in of_run):
            self._put([ended.store.finish(ended.run)])
            self._tell_end(of_run)

    def _of_run(self, camera: CameraState) -> list[CameraState]:
        return [each for each in self.cameras if (each.store, each.run) == (camera.store, camera.run)]

    def _watch_silence(self) -> None:
        now = time.monotonic()
        for camera in self.cameras:
            silent = now - camera.arrived > self._settings.silence.total_seconds()
            if silent and camera.state in {"starting", "online"} and camera.reader.lane.live:
                self._go_dark(camera, camera.reader.trouble or "the camera sends nothing", self._settings.silence)

    def _pause(self) -> None:
        for camera in self.cameras:
            if camera.reader.lane.live:
                camera.reader.pause()
                if camera.state == "online":
                    self._go_dark(camera, "the worker's spool is full", timedelta())
                while camera.reader.lane.head is not None:
                    camera.reader.lane.take()
        time.sleep(LOOK_ROUND_S)
        if self._outlet.has_room():
            for camera in self.cameras:
                camera.reader.resume()

    def _go_dark(self, camera: CameraState, cause: str, silence: timedelta, latest: datetime | None = None) -> None:
        start = self._began if camera.reader.lane.live else camera.store.plan.recorded_from
        silence_ms = round(silence.total_seconds() * 1000)
        told = Silence(start=start, silence_ms=silence_ms, cause=cause, latest=latest)
        self._put(camera.store.go_dark(camera.camera_id, told))
        self._tell(camera)

    def _close(self) -> None:
        live = [camera for camera in self.cameras if camera.reader.lane.live and not camera.reader.lane.ended]
        for camera in live:
            self._put(camera.store.end(camera.camera_id, "camera_down"))
        for store, run in dict.fromkeys((camera.store, camera.run) for camera in live):
            self._put([store.finish(run)])

    def _put(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._outlet.put(step)
