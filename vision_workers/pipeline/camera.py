"""One camera's tracks, watchers and samples, frame by frame."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from event_store.events.cameras import CameraDark, CameraOnline, CameraRestored
from event_store.events.event import Event, Reason
from vision_workers.frames import Frame
from vision_workers.observed import ObservedFrame
from vision_workers.pipeline.belief import Belief, Suspicion
from vision_workers.pipeline.lanes import DetectedFrame
from vision_workers.pipeline.observer import Observer
from vision_workers.pipeline.plans import CameraPlan, StorePlan
from vision_workers.pipeline.steps import FrameResult, Silence
from vision_workers.samples import Sampler
from vision_workers.targets import PEOPLE
from vision_workers.watchers import CameraWatchers, Provenance, Site, StoreWatcher, wants_of


class Held(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A frame that the watchers have not been shown."""

    frame: Frame
    observed: ObservedFrame


FLOODS = "the model finds crowds that do not move, and is not believed until that ends"


class CameraWatch:
    """Turns one camera's detected frames into results; holds them back while the model is in doubt."""

    def __init__(self, store: StorePlan, plan: CameraPlan, store_watchers: tuple[StoreWatcher, ...]) -> None:
        people = plan.detector(PEOPLE)
        self.camera_id, self.model = plan.camera_id, people.model
        self._layout_digest, self._threshold = store.layout_digest, people.threshold
        self._observer = Observer(plan, [each.polygon for each in store.layout.ignore if each.camera == plan.camera_id])
        self._watchers = CameraWatchers(_site(store, plan, store_watchers), store.watchers)
        self._sampler = Sampler(store.layout, plan.camera_id, store.layout_digest)
        self._is_online, self._watches_more = False, len(plan.detectors) > 1
        self._dark_since: datetime | None = None
        self._held: list[Held] = []
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
        """Take one frame; return what may be believed now, oldest first. No people, while their model is suspect."""
        was_believed = self.believed
        observed = self._observer.observe(detected)
        self._weigh(observed)
        if not was_believed:
            if self.believed:
                self._observer.finish(observed)  # who came meanwhile is followed from now on only
            return self._without_people([observed])
        self._held.append(Held(frame=detected.frame, observed=observed))
        return self._decided()

    def end(self, reason: Reason) -> list[FrameResult]:
        """End all that is open, and decide what is still in doubt."""
        if self.belief is Belief.DOUBTED:
            self.belief = self.suspicion.conclude()
        if self._observer.last is None or self.belief is Belief.SUSPECT:
            return self._withdraw()
        last = self._observer.finish(self._observer.last)
        released = self._release()
        ended = FrameResult(time=last.time, events=tuple(self._watchers.finish(last, reason)))
        return [*released, ended]

    def go_dark(self, silence: Silence) -> list[FrameResult]:
        """End all that is open and report the camera dark since its last frame, or since `start` without one."""
        ended = self.end("camera_down")
        if self.dark and not self.believed:
            return ended
        last = self._observer.last
        since = last.time if last else silence.start
        self._dark_since = since if silence.latest is None else min(since, silence.latest)
        dark = CameraDark(
            time=self._dark_since,
            camera_id=self.camera_id,
            silence_ms=silence.silence_ms,
            cause=silence.cause,
            delivered=last is not None,
        )
        return [*ended, FrameResult(time=self._dark_since, events=(dark,))]

    def _weigh(self, observed: ObservedFrame) -> None:
        people = observed.of(PEOPLE)
        if people is not None:
            strong = sum(each.confidence >= self._threshold for each in people.things)
            self.belief = self.suspicion.weigh(strong, people.observation.tracks)

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
        return [self._watch(each) for each in held]

    def _watch(self, held: Held) -> FrameResult:
        observed = held.observed
        arrival = self._arrive(held.frame)
        events = self._watchers.observe(observed)
        people = observed.of(PEOPLE)
        tracks = people.observation.tracks if people else ()
        return FrameResult(
            time=observed.time,
            events=(*arrival, *events),
            samples=tuple(self._sampler.sample(observed.time, tracks, self._watchers.shoppers)),
            frame=held.frame,
            tracks=tracks,
            detections=people.things if people else (),
        )

    def _withdraw(self) -> list[FrameResult]:
        """Forget the people that were held back, tell that they are not covered, and end what went out before."""
        held, self._held = self._held, []
        if not held:
            return []
        first = held[0].observed
        events = self._watchers.finish(self._observer.finish(first), "camera_down")
        if self._is_online and not self.dark:
            self._dark_since = first.time
            events.append(CameraDark(time=first.time, camera_id=self.camera_id, silence_ms=0, cause=FLOODS))
        ended = [FrameResult(time=first.time, events=tuple(events))] if events else []
        return [*ended, *self._without_people([each.observed for each in held])]

    def _without_people(self, frames: Sequence[ObservedFrame]) -> list[FrameResult]:
        """Return what frames show besides people; nobody counts these frames as watched."""
        results = []
        for frame in frames if self._watches_more else ():
            found = tuple(each for each in frame.found if each.target.name != PEOPLE.name)
            events = tuple(self._watchers.observe(msgspec.structs.replace(frame, found=found))) if found else ()
            results += [FrameResult(time=frame.time, events=events)] if events else []
        return results

    def _arrive(self, frame: Frame) -> list[Event]:
        events: list[Event] = []
        if not self._is_online:
            self._is_online = True
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


def _site(store: StorePlan, plan: CameraPlan, store_watchers: tuple[StoreWatcher, ...]) -> Site:
    wants = wants_of(store.layout, plan.camera_id, store.watchers)
    provenances = {
        each.target.name: Provenance(
            camera_id=plan.camera_id,
            model=each.model.name,
            model_digest=each.model.digest,
            layout_digest=store.layout_digest,
        )
        for each in (plan.detector(want.target) for want in wants)
    }
    return Site(
        layout=store.layout,
        camera_id=plan.camera_id,
        run=plan.run,
        provenances=provenances,
        store_watchers=store_watchers,
    )
