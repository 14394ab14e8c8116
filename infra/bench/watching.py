"""The worker beside its limit, a bare asynchronous loop, and beside the frame-by-frame loop that tutorials show."""

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import openvino as ov
import supervision
from trackers import ByteTrackTracker

from event_store.layout.digest import layout_digest
from event_store.layout.model import Camera, Door, Layout, Line, Store, Zone
from infra.bench.bench import Bench
from infra.bench.figures import Aim, Figure, Missing, Results, Spread
from infra.bench.rounds import Comparison, results, take_turns
from vision_workers.cameras.recordings import VideoFile
from vision_workers.detectors import Device, ObjectDetector
from vision_workers.frames import Frame
from vision_workers.models import Model, Models
from vision_workers.models.pull import pull
from vision_workers.pipeline import CameraPlan, Pipeline, PipelineSettings, StorePlan
from vision_workers.runs import Run
from vision_workers.sink import ListSink
from vision_workers.spool.drain import Drain
from vision_workers.spool.spool import Spool
from vision_workers.worker.outlet import SpoolOutlet

MODEL = "person-vehicle-bike-detection-2001"
CLIP = "one-by-one-person-detection.mp4"
START = datetime(2026, 1, 1, tzinfo=UTC)
SPOOL_BYTES = 1_000_000_000
OURS, BARE, TUTORIAL = "our worker", "a bare asynchronous loop", "a frame-by-frame loop"
ROWS = (
    Comparison(
        what="Worker frames a second, decode to event",
        peer=BARE,
        aim=Aim(limit=0.9),
        how="one camera, the same compiled model and decoder; the peer decodes, resizes and infers, nothing else",
    ),
    Comparison(
        what="Worker frames a second, decode to event",
        peer=TUTORIAL,
        aim=Aim(limit=1.5),
        how="the peer decodes, waits for each inference, and tracks with supervision and its ByteTrack (`trackers`)",
    ),
)


class _Cut:
    """The first frames of a video."""

    still = False
    shortfall = None

    def __init__(self, path: Path, frames: int) -> None:
        self._path, self._frames = path, frames

    def length(self) -> timedelta:
        """Return the whole video's."""
        return VideoFile("camera", self._path, START).length()

    def digest(self, of_file: Callable[[Path], str]) -> str:
        """Return the whole video's."""
        return of_file(self._path)

    def pieces(self) -> Iterator[bytes]:
        """Yield nothing: it never grows."""
        return iter(())

    def frames(self) -> Iterator[Frame]:
        """Yield them."""
        return itertools.islice(VideoFile("camera", self._path, START).frames(), self._frames)


class _Race(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What everybody runs on."""

    clip: Path
    frames: int
    model: Model
    device: Device
    waited_for: Any
    """The same network compiled as tutorials do."""
    folder: Path

    @property
    def detector(self) -> ObjectDetector:
        """The model, compiled once."""
        return self.device.detector(self.model)


def measure(bench: Bench) -> Results:
    """Return frames a second of the worker beside its peers, and where its CPU time goes."""
    if bench.shared is None:
        return Results(figures=[], missing=[Missing(what=row.what, why="no real videos here") for row in ROWS], runs=[])
    models = Models(bench.folder / "models")
    race = _Race(
        clip=bench.shared / "video" / CLIP,
        frames=bench.size(450, 200),
        model=(model := pull(models, MODEL, bench.shared / "models")),
        device=Device("CPU"),
        waited_for=ov.Core().compile_model(model.network, "CPU"),
        folder=bench.folder,
    )
    cv2.setNumThreads(1)
    shares: list[float] = []
    rounds = take_turns(
        {
            OURS: lambda number: race.frames / _timed(lambda: _work(race, number))[0],
            BARE: lambda _: race.frames / _timed(lambda: _bare(race))[0],
            TUTORIAL: lambda _: race.frames / _timed(lambda: _tutorial(race))[0],
        },
        bench.rounds,
        unit="frames/s",
    )
    for number in range(bench.rounds):
        _, bare_cpu = _timed(lambda: _bare(race))
        _, our_cpu = _timed(partial(_work, race, bench.rounds + 1 + number))
        shares.append(bare_cpu / our_cpu)
    compared = results(rounds, OURS, ROWS)
    return msgspec.structs.replace(compared, figures=[_share_figure(shares), *compared.figures])


def _share_figure(shares: list[float]) -> Figure:
    return Figure(
        what="Share of the worker's CPU time that is decoding and inference",
        value=Spread.of(shares),
        unit="of all CPU time",
        aim=Aim(limit=0.9),
        how="CPU time of the bare loop over CPU time of the worker, for the same frames, one after the other",
    )


def _timed(task: Callable[[], None]) -> tuple[float, float]:
    """Return wall and CPU seconds of a task; all threads of this process count."""
    began, cpu_began = time.monotonic(), time.process_time()
    task()
    return time.monotonic() - began, time.process_time() - cpu_began


def _work(race: _Race, number: int) -> None:
    layout = _layout(race.clip)
    run = Run.new()
    camera = CameraPlan(camera_id="camera", source=_Cut(race.clip, race.frames), detectors=(race.detector,), run=run)
    plan = StorePlan(
        layout=layout,
        layout_digest=layout_digest(layout),
        cameras=(camera,),
        recorded_from=START,
        operations_run=run,
    )
    with Spool(race.folder / f"spool-{number}.sqlite", SPOOL_BYTES) as spool:
        drain = Drain(spool, ListSink())
        outlet = SpoolOutlet(spool, drain, "bench", lambda: False)
        drain.start()
        Pipeline([plan], outlet, PipelineSettings(worker="bench")).run()
        drain.stop(10.0)
    race.device.wait()


def _layout(clip: Path) -> Layout:
    """Return a layout with a watcher of every kind."""
    return Layout(
        store=Store(id="bench", name="Bench", time_zone="UTC"),
        camera=[Camera(id="camera", source=str(clip))],
        door=[
            Door(id="bottom", camera="camera", polygon=[(0.1, 0.9), (0.7, 0.9), (0.7, 1.0), (0.1, 1.0)]),
            Door(id="right", camera="camera", polygon=[(0.75, 0.5), (1.0, 0.5), (1.0, 1.0), (0.75, 1.0)]),
        ],
        line=[Line(id="middle", camera="camera", start=(0.55, 0.0), end=(0.55, 1.0), inside="left")],
        zone=[
            Zone(id="all", name="All", camera="camera", polygon=[(0.0, 0.3), (1.0, 0.3), (1.0, 1.0), (0.0, 1.0)]),
        ],
    )


def _bare(race: _Race) -> None:
    capture = cv2.VideoCapture(str(race.clip))
    findings = []
    for _ in range(race.frames):
        there, picture = capture.read()
        if not there:
            break
        findings.append(race.detector.detect(np.asarray(picture, np.uint8)))
    race.device.wait()
    capture.release()


def _tutorial(race: _Race) -> None:
    network, taken = race.waited_for, race.model.description.input
    capture, tracker = cv2.VideoCapture(str(race.clip)), ByteTrackTracker()
    for _ in range(race.frames):
        there, picture = capture.read()
        if not there:
            break
        resized = cv2.resize(picture, (taken.width, taken.height))
        blob = resized.transpose(2, 0, 1)[None].astype(np.float32)
        rows = network(blob)[network.output(0)].reshape(-1, 7)
        sure = rows[(rows[:, 2] > race.detector.threshold) & (rows[:, 1] == 1)]
        height, width = picture.shape[:2]
        boxes = sure[:, 3:7] * np.array([width, height, width, height])
        found = supervision.Detections(xyxy=boxes, confidence=sure[:, 2], class_id=sure[:, 1].astype(int))
        tracker.update(found)
    capture.release()
