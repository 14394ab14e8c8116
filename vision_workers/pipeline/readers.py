"""The thread of one camera: decodes its frames, has them looked at, and queues them in order."""

import threading
import time
from datetime import datetime

from vision_workers.cameras import LiveSource, Recording
from vision_workers.cameras.sight import Sight
from vision_workers.errors import VisionError
from vision_workers.frames import Frame
from vision_workers.pipeline.lanes import DetectedFrame, Ended, Lane
from vision_workers.pipeline.schedule import Schedule


class Reader:
    """Reads one camera into its lane, on a thread of its own; recordings as fast as possible or at their own pace."""

    def __init__(self, source: Recording | LiveSource | VisionError, schedule: Schedule, lane: Lane) -> None:
        self._source, self._schedule, self.lane = source, schedule, lane
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"camera {lane.camera_id}", daemon=True)
        self.sight = Sight()
        """Whether its pictures show anything."""
        self._began: tuple[datetime, float] | None = None

    def start(self, *, real_time: bool) -> None:
        """Begin to read."""
        self._real_time = real_time
        self._thread.start()

    def stop(self, patience_s: float = 10.0) -> None:
        """End the thread; one that hangs in a driver is left behind."""
        self._stopped.set()
        if isinstance(self._source, LiveSource):
            self._source.stop()
        self.lane.close()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    @property
    def trouble(self) -> str | None:
        """What a live source says is wrong."""
        return self._source.trouble if isinstance(self._source, LiveSource) else None

    @property
    def left_out(self) -> int:
        """How many frames of a live source came while nobody had room for them."""
        return self._source.left_out if isinstance(self._source, LiveSource) else 0

    def pause(self) -> None:
        """Let a live camera's frames go by, undecoded, until `resume`; recordings wait by themselves."""
        if isinstance(self._source, LiveSource):
            self._source.wanted.clear()

    def resume(self) -> None:
        """Take a live camera's frames again."""
        if isinstance(self._source, LiveSource):
            self._source.wanted.set()

    def _run(self) -> None:
        try:
            self._read()
        except VisionError as problem:
            self.lane.put(Ended(problem=problem))
        except Exception as problem:  # noqa: BLE001 - a thread that dies unheard would stop the camera in silence
            self.lane.put(Ended(problem=CameraFailed(self.lane.camera_id, problem)))

    def _read(self) -> None:
        if isinstance(self._source, VisionError):
            raise self._source
        for frame in self._source.frames():
            self._keep_pace(frame)
            if self._stopped.is_set():
                return
            self.sight.look(frame)
            findings = self._schedule.ask(frame, self.lane.wake)
            if not self.lane.put(DetectedFrame(frame=frame, findings=findings)):
                return
            if not self.lane.has_room:
                self.pause()
        shortfall = None if isinstance(self._source, LiveSource) else self._source.shortfall
        self.lane.put(Ended(shortfall=shortfall))

    def _keep_pace(self, frame: Frame) -> None:
        if not self._real_time or self.lane.live:
            return
        self._began = self._began or (frame.time, time.monotonic())
        first, started = self._began
        due = started + (frame.time - first).total_seconds()
        self._stopped.wait(max(due - time.monotonic(), 0.0))


class CameraFailed(VisionError):
    """A camera whose thread ended by an error that nobody foresaw."""

    def __init__(self, camera_id: str, problem: Exception) -> None:
        super().__init__(f"camera {camera_id} failed ({type(problem).__name__}: {problem}); report this with --debug")
