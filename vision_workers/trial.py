"""The vision part alone, on one camera, without servers: how a layout is tried before it goes live."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from event_store.envelope import Envelope
from event_store.layout.digest import layout_digest
from event_store.layout.model import Camera, Layout
from event_store.serialization import encode
from vision_workers.cameras import Playing, is_live, open_source
from vision_workers.detectors import CameraNeeds, Device, make_detectors
from vision_workers.errors import VisionError
from vision_workers.models import DEFAULT_MODEL, Models
from vision_workers.overlay import Overlay
from vision_workers.pipeline import CameraPlan, CameraState, Pipeline, PipelineSettings, Step, StorePlan
from vision_workers.runs import Run
from vision_workers.samples import Sample, encode_sample
from vision_workers.watchers import wants_of


class AmbiguousCamera(VisionError):
    """A layout with several cameras, or none of the given name."""

    exit_status = 2

    def __init__(self, layout: Layout, asked: str | None) -> None:
        known = ", ".join(camera.id for camera in layout.camera)
        what = "the layout has several cameras" if asked is None else f"the layout has no camera {asked!r}"
        super().__init__(f"{what}; give --camera with one of: {known}")


class LiveTrial(VisionError):
    """A live camera, which never ends."""

    exit_status = 2

    def __init__(self) -> None:
        super().__init__("a live camera never ends; try a recording of it, or watch it with `shopfloor worker`")


class Trial(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is tried."""

    source: str
    layout: Layout
    camera_id: str | None
    model: str | None
    playing: Playing
    models: Models
    device: Device
    worker: str


class Outcome:
    """Takes what a trial found, for sorting at the end; no more than facts, samples and an overlay."""

    def __init__(self, overlay: Overlay | None, progress: Callable[[Step], None]) -> None:
        self._overlay, self._progress = overlay, progress
        self.facts: list[Envelope] = []
        self.operations: list[Envelope] = []
        self.samples: list[Sample] = []

    def put(self, step: Step) -> None:
        """Keep a step."""
        self.facts.extend(step.facts)
        self.operations.extend(step.operations)
        self.samples.extend(step.samples)
        if self._overlay is not None:
            self._overlay.add(step)
        self._progress(step)

    def has_room(self) -> bool:
        """Memory is room enough for one video's facts."""
        return True

    def lines(self) -> Iterable[bytes]:
        """Yield the facts as CloudEvents, by time and then as they were numbered."""
        for envelope in sorted(self.facts, key=_by_time):
            yield encode(envelope) + b"\n"

    def sample_lines(self) -> Iterable[bytes]:
        """Yield the samples as JSON."""
        for sample in self.samples:
            yield encode_sample(sample) + b"\n"


def choose_camera(layout: Layout, asked: str | None) -> Camera:
    """Return the camera that is asked for, or the only one; raises `AmbiguousCamera`."""
    chosen = [camera for camera in layout.camera if asked in (None, camera.id)]
    if len(chosen) != 1:
        raise AmbiguousCamera(layout, asked)
    return chosen[0]


def run_trial(trial: Trial, outcome: Outcome) -> CameraState:
    """Watch the source to its end and return how it ended; raises a `ShopfloorError` for what cannot be watched."""
    camera = choose_camera(trial.layout, trial.camera_id)
    if is_live(trial.source, trial.playing.folder):
        raise LiveTrial
    model = trial.models.find(trial.model or camera.model or DEFAULT_MODEL)
    needs = CameraNeeds(layout=trial.layout, camera_id=camera.id, model=model, models=trial.models, device=trial.device)
    playing, run = msgspec.structs.replace(trial.playing, most_per_second=camera.max_frames_per_second), Run.new()
    plan = CameraPlan(
        camera_id=camera.id,
        source=open_source(camera.id, trial.source, playing),
        detectors=make_detectors(needs, wants_of(trial.layout, camera.id)),
        run=run,
    )
    store = StorePlan(
        layout=trial.layout,
        layout_digest=layout_digest(trial.layout),
        cameras=(plan,),
        recorded_from=trial.playing.start,
        operations_run=run,
    )
    pipeline = Pipeline([store], outcome, PipelineSettings(worker=trial.worker))
    pipeline.run()
    trial.device.wait()
    (state,) = pipeline.cameras
    if state.problem is not None:
        raise state.problem
    return state


def _by_time(envelope: Envelope) -> tuple[datetime, int, str]:
    return envelope.event.time, envelope.sequence, envelope.source
