"""A store whose cameras look at the films of tests.builders.films, and a pipeline that watches it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from event_store.envelope import Envelope
from event_store.events.event import Event
from event_store.layout.digest import layout_digest
from event_store.layout.model import Camera, Door, Layout, Line, Store, Zone
from vision_workers.cameras import LiveSource, Playing, Recording, open_source
from vision_workers.detectors import Detector
from vision_workers.errors import SourceError
from vision_workers.pipeline import CameraPlan, Pipeline, PipelineSettings, Step, StorePlan
from vision_workers.runs import Run

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RUN = Run(b"sixteen bytes ok")


def camera_places(camera_id: str) -> tuple[list[Door], Line, Zone]:
    """Return a door at each side, a line in the middle and a zone over most of the picture."""
    doors = [
        Door(id=f"{camera_id}-left", camera=camera_id, polygon=[(0.0, 0.0), (0.25, 0.0), (0.25, 1.0), (0.0, 1.0)]),
        Door(id=f"{camera_id}-right", camera=camera_id, polygon=[(0.75, 0.0), (1.0, 0.0), (1.0, 1.0), (0.75, 1.0)]),
    ]
    line = Line(id=f"{camera_id}-middle", camera=camera_id, start=(0.5, 0.0), end=(0.5, 1.0), inside="left")
    polygon = [(0.3, 0.0), (0.7, 0.0), (0.7, 1.0), (0.3, 1.0)]
    zone = Zone(id=f"{camera_id}-aisle", name="Aisle", camera=camera_id, polygon=polygon, min_dwell_s=0.5)
    return doors, line, zone


def layout(*cameras: str, sources: Sequence[str] = (), store: str = "corner", model: str | None = None) -> Layout:
    """Return a store with these cameras."""
    places = [camera_places(camera) for camera in cameras]
    named = sources or [f"{camera}.mp4" for camera in cameras]
    return Layout(
        store=Store(id=store, name="Corner shop", time_zone="UTC", organisation="acme"),
        camera=[Camera(id=each, source=source, model=model) for each, source in zip(cameras, named, strict=True)],
        door=[door for doors, _, _ in places for door in doors],
        line=[line for _, line, _ in places],
        zone=[zone for _, _, zone in places],
    )


def layout_file(path: Path, described: Layout) -> Path:
    """Write a layout as the TOML that a user would write."""
    plain = msgspec.to_builtins(described)
    lines: list[str] = []
    for name, tables in plain.items():
        for table in tables if isinstance(tables, list) else [tables]:
            lines.append(f"[[{name}]]" if isinstance(tables, list) else f"[{name}]")
            lines += [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in table.items()]
    path.write_text("\n".join(lines))
    return path


class Collected:
    """An outlet that keeps everything in memory."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.room = True

    def put(self, step: Step) -> None:
        self.steps.append(step)

    def has_room(self) -> bool:
        return self.room

    @property
    def facts(self) -> list[Envelope]:
        return [envelope for step in self.steps for envelope in step.facts]

    @property
    def operations(self) -> list[Event]:
        return [envelope.event for step in self.steps for envelope in step.operations]

    def kinds(self, camera_id: str | None = None) -> list[str]:
        """Return the names of the facts, of one camera or of all, without the clock's."""
        found = [each.event for each in self.facts if "/camera/" in each.source]
        return [type(each).__name__ for each in found if camera_id in (None, getattr(each, "camera_id", None))]


def store_plan(described: Layout, detector: Detector, folder: Path, run: Run = RUN) -> StorePlan:
    """Return the plan of a store whose recordings begin at noon."""
    cameras = [
        CameraPlan(
            camera_id=camera.id,
            source=source(camera.id, camera.source, folder),
            detectors=(detector,),
            run=run,
        )
        for camera in described.camera
    ]
    return StorePlan(
        layout=described,
        layout_digest=layout_digest(described),
        cameras=tuple(cameras),
        recorded_from=NOON,
        operations_run=run,
    )


def source(camera_id: str, text: str, folder: Path) -> Recording | LiveSource | SourceError:
    """Return a camera's source, or why there is none."""
    try:
        return open_source(camera_id, text, Playing(start=NOON, folder=folder))
    except SourceError as problem:
        return problem


def watch(plans: Sequence[StorePlan], settings: PipelineSettings | None = None) -> tuple[Pipeline, Collected]:
    """Watch some stores to the end of their recordings."""
    collected = Collected()
    pipeline = Pipeline(plans, collected, settings or PipelineSettings())
    pipeline.run()
    return pipeline, collected
