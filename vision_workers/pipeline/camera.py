"""One camera's tracker, watchers and samples, frame by frame."""

from datetime import datetime

from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.event import Event, Reason
from event_store.layout.model import Layout
from vision_workers.frames import Observation
from vision_workers.pipeline.belief import Belief, Suspicion
from vision_workers.pipeline.lanes import DetectedFrame
from vision_workers.pipeline.plans import CameraPlan
from vision_workers.pipeline.steps import FrameResult
from vision_workers.samples import Sampler
from vision_workers.stays import OpenStays
from vision_workers.tracking import Tracker
from vision_workers.watchers import CameraWatchers, Provenance


class CameraWatch:
    """Turns one camera's detected frames into results; holds them back while the model is in doubt."""

    def __init__(self, layout: Layout, layout_digest: str, plan: CameraPlan) -> None:
        self.camera_id, self.model = plan.camera_id, plan.detector.model
        provenance = Provenance(
            camera_id=plan.camera_id,
            model=self.model.name,
            model_digest=self.model.digest,
            layout_digest=layout_digest,
        )
        self._layout_digest, self._threshold = layout_digest, plan.detector.threshold
        self._tracker = Tracker(plan.camera_id, plan.run, self._threshold)
        self._watchers = CameraWatchers(layout, plan.camera_id, provenance, plan.run)
        self._sampler = Sampler(layout, plan.camera_id, layout_digest)
        self._last: Observation | None = None
        self._dark_since: datetime | None = None
        self._held: list[FrameResult] = []
        self._open = OpenStays()
        self.suspicion = Suspicion()
        self.belief = Belief.BELIEVED

    @property
    def believed(self) -> bool:
        """Whether its model was not found to flood."""
        return self.belief is not Belief.SUSPECT

    @property
    def dark(self) -> bool:
        """Whether it was reported dark and has not come back."""
        return self._dark_since is not None

    def observe(self, detected: DetectedFrame) -> list[FrameResult]:
        """Take one frame; return what may be believed now, oldest first. Nothing, once the model is suspect."""
        if self.belief is Belief.SUSPECT:
            return []
        self._held.append(self._observe(detected))
        return self._decided()

    def end(self, reason: Reason) -> list[FrameResult]:
        """End all that is open, and decide what is still in doubt."""
        if self.belief is Belief.DOUBTED:
            self.belief = self.suspicion.conclude()
        if self._last is None or self.belief is Belief.SUSPECT:
            return self._withdraw()
        last = Observation(
            camera_id=self.camera_id,
            frame=self._last.frame,
            time=self._last.time,
            tracks=(),
            lost=self._tracker.finish(),
            input_digest=self._last.input_digest,
        )
        self._held.append(FrameResult(time=last.time, events=tuple(self._watchers.finish(last, reason))))
        return self._release()

    def go_dark(self, start: datetime, silence_ms: int, cause: str) -> list[FrameResult]:
        """End all that is open and report the camera dark since its last frame, or since `start` without one."""
        ended = self.end("camera_down")
        self._dark_since = self._last.time if self._last else start
        dark = CameraDark(camera_id=self.camera_id, time=self._dark_since, silence_ms=silence_ms, cause=cause)
        return [*ended, FrameResult(time=self._dark_since, events=(dark,))]

    def _observe(self, detected: DetectedFrame) -> FrameResult:
        frame, detections = detected.frame, detected.finding.detections()
        arrival = self._arrive(detected)
        tracked = self._tracker.update(frame.number, frame.time, detections)
        strong = sum(each.confidence >= self._threshold for each in detections)
        self.belief = self.suspicion.weigh(strong, tracked.tracks)
        self._last = Observation(
            camera_id=self.camera_id,
            frame=frame.number,
            time=frame.time,
            tracks=tracked.tracks,
            lost=tracked.lost,
            input_digest=detected.finding.input_digest,
        )
        events = self._watchers.observe(self._last)
        samples = self._sampler.sample(frame.time, tracked.tracks, self._watchers)
        return FrameResult(
            time=frame.time,
            events=(*arrival, *events),
            samples=tuple(samples),
            frame=frame,
            tracks=tracked.tracks,
            detections=detections,
        )

    def _decided(self) -> list[FrameResult]:
        match self.belief:
            case Belief.BELIEVED:
                return self._release()
            case Belief.SUSPECT:
                return self._withdraw()
            case Belief.DOUBTED:
                return []

    def _release(self) -> list[FrameResult]:
        held, self._held = self._held, []
        for result in held:
            for event in result.events:
                self._open.take(event)
        return held

    def _withdraw(self) -> list[FrameResult]:
        """Forget what was held back, and end what went out before the model was doubted."""
        time = self._held[0].time if self._held else None
        self._held.clear()
        exits = self._open.end(time, "camera_down") if time else []
        return [FrameResult(time=time, events=tuple(exits))] if time and exits else []

    def _arrive(self, detected: DetectedFrame) -> list[Event]:
        frame = detected.frame
        events: list[Event] = []
        if self._last is None:
            height, width = frame.picture.shape[:2]
            events.append(
                CameraOnline(
                    camera_id=self.camera_id,
                    time=frame.time,
                    width_px=width,
                    height_px=height,
                    model=self.model.name,
                    layout_digest=self._layout_digest,
                )
            )
        if self._dark_since is not None:
            events.append(CameraRestored(camera_id=self.camera_id, time=frame.time, dark_since=self._dark_since))
            self._dark_since = None
        return events
