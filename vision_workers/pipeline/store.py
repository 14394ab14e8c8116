"""One store: the facts of its cameras and those of all of them together, numbered."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from event_store.envelope import Envelope
from event_store.events.event import Event, Reason, ShopperFact
from event_store.events.ops import CameraCleared, CameraObscured, ModelSuspect
from vision_workers.cameras.sight import Obscured
from vision_workers.pipeline.belief import Belief
from vision_workers.pipeline.camera import CameraWatch
from vision_workers.pipeline.lanes import DetectedFrame
from vision_workers.pipeline.numbering import Numbering
from vision_workers.pipeline.plans import StorePlan
from vision_workers.pipeline.steps import FrameResult, Silence, Step
from vision_workers.runs import Run
from vision_workers.watchers import StoreClock, StoreSite, StoreWatcher


class StoreWatch:
    """Watches all cameras of one store.

    Each run has watchers of the whole store of its own: a recording that is repeated repeats its minutes, and live
    cameras do not.
    """

    def __init__(self, plan: StorePlan, worker: str) -> None:
        self.plan, self._worker = plan, worker
        self.numbering = Numbering(plan.key, worker)
        self._runs = {camera.camera_id: camera.run for camera in plan.cameras}
        self._watchers = {run: self._store_watchers(run) for run in dict.fromkeys(self._runs.values())}
        self.cameras = {
            camera.camera_id: CameraWatch(plan, camera, self._watchers[camera.run]) for camera in plan.cameras
        }
        self._sources = {each: self.numbering.source(f"camera/{each}", run) for each, run in self._runs.items()}

    def observe(self, camera_id: str, detected: DetectedFrame) -> list[Step]:
        """Take one frame of one camera."""
        camera = self.cameras[camera_id]
        before = camera.belief
        steps = [self._step(camera_id, result) for result in camera.observe(detected)]
        if before is not Belief.SUSPECT and camera.belief is Belief.SUSPECT:
            steps.append(self._suspect(camera))
        return steps

    def end(self, camera_id: str, reason: Reason) -> list[Step]:
        """Take the end of a camera's frames."""
        camera = self.cameras[camera_id]
        before = camera.belief
        steps = [self._step(camera_id, result) for result in camera.end(reason)]
        if before is not Belief.SUSPECT and camera.belief is Belief.SUSPECT:
            return [*steps, self._suspect(camera)]
        return [*steps, self._stop_waiting(camera_id)]

    def go_dark(self, camera_id: str, silence: Silence) -> list[Step]:
        """Take a camera's silence."""
        results = self.cameras[camera_id].go_dark(silence)
        return [*(self._step(camera_id, each) for each in results), self._stop_waiting(camera_id)]

    def finish(self, run: Run) -> Step:
        """Let the store's watchers say what is left, up to the last frame, once all cameras of a run have ended."""
        source = self.numbering.source(StoreClock.source, run)
        facts = self._store_facts(run, lambda watcher: watcher.finish())
        return Step(source=source, key=self.plan.key, time=None, facts=facts)

    def look(self, camera_id: str, before: Obscured | None, now: Obscured | None) -> Step:
        """Take a change in whether a camera's pictures show anything."""
        at, worker = datetime.now(UTC), self._worker
        events: list[Event] = []
        if before is not None:
            events.append(CameraCleared(time=at, worker=worker, camera_id=camera_id, obscured_since=before.since))
        if now is not None:
            events.append(CameraObscured(time=at, worker=worker, camera_id=camera_id, how=now.how, since=now.since))
        operations = tuple(map(self.operation, events))
        return Step(source=operations[0].source, key=self.plan.key, time=None, operations=operations)

    def begin_anew(self, run: Run) -> None:
        """Forget what the live cameras have seen, and go on with them under another run."""
        live = [msgspec.structs.replace(camera, run=run) for camera in self.plan.cameras if camera.live]
        self._runs |= {camera.camera_id: run for camera in live}
        self._watchers[run] = self._store_watchers(run)
        for camera in live:
            self.cameras[camera.camera_id] = CameraWatch(self.plan, camera, self._watchers[run])
            self._sources[camera.camera_id] = self.numbering.source(f"camera/{camera.camera_id}", run)

    def operation(self, event: Event) -> Envelope:
        """Return what the worker says of its own health, for the topic of operations."""
        return self.numbering.envelope(f"worker/{self._worker}", self.plan.operations_run, event)

    def _step(self, camera_id: str, result: FrameResult) -> Step:
        run, source = self._runs[camera_id], self._sources[camera_id]
        facts = [self.numbering.next_of(source, run, event) for event in result.events]
        counts = result.frame is not None or any(isinstance(event, ShopperFact) for event in result.events)
        of_store = (
            self._store_facts(run, lambda watcher: watcher.observe(camera_id, result.time, result.events))
            if counts
            else ()
        )
        return Step(
            source=source,
            key=self.plan.key,
            time=result.time if result.frame else None,
            facts=(*facts, *of_store),
            samples=result.samples,
            result=result,
        )

    def _stop_waiting(self, camera_id: str) -> Step:
        run = self._runs[camera_id]
        facts = self._store_facts(run, lambda watcher: watcher.down(camera_id))
        return Step(source=self._sources[camera_id], key=self.plan.key, time=None, facts=facts)

    def _store_watchers(self, run: Run) -> tuple[StoreWatcher, ...]:
        cameras = tuple(camera for camera, of in self._runs.items() if of == run)
        site = StoreSite(layout=self.plan.layout, cameras=cameras, run=run)
        return tuple(kind(site) for kind in self.plan.store_watchers)

    def _store_facts(self, run: Run, ask: Callable[[StoreWatcher], Sequence[Event]]) -> tuple[Envelope, ...]:
        return tuple(
            self.numbering.envelope(watcher.source, run, event)
            for watcher in self._watchers[run]
            for event in ask(watcher)
        )

    def _suspect(self, camera: CameraWatch) -> Step:
        suspect = ModelSuspect(
            time=datetime.now(UTC),
            worker=self._worker,
            camera_id=camera.camera_id,
            model=camera.model.name,
            model_digest=camera.model.digest,
            detections_per_frame=round(camera.suspicion.detections_per_frame, 1),
            matched_share=round(camera.suspicion.matched_share, 4),
        )
        stopped = self._stop_waiting(camera.camera_id)
        return msgspec.structs.replace(stopped, operations=(self.operation(suspect),))
