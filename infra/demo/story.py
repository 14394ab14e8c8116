"""The demo's own files: clips, layout and the truth that the simulator wrote beside them."""

from pathlib import Path

import msgspec

from event_store.layout.model import Layout
from event_store.layout.reading import read_layout
from infra.demo.errors import DemoIncomplete

FOLDER = Path(__file__).parent
LAYOUT, TRUTH = "layout.toml", "truth.json"


class ZoneTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened in a zone."""

    visitors: int
    median_dwell_s: float | None


class MinuteTruth(msgspec.Struct, frozen=True, kw_only=True):
    """Who really came in a minute."""

    minute: int
    entered: int


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened; the part of the simulator's file that the demo asks about."""

    entered: int
    left: int
    zones: dict[str, ZoneTruth]
    minutes: list[MinuteTruth]


class _File(msgspec.Struct, frozen=True, kw_only=True):
    seconds: float
    fps: int
    totals: Truth


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The demo as it is played."""

    layout_file: Path
    layout: Layout
    truth: Truth
    seconds: float
    frames: int
    """Of all cameras together."""

    @property
    def store(self) -> str:
        """`organisation/store`."""
        return f"{self.layout.store.organisation}/{self.layout.store.id}"


def read_story(folder: Path = FOLDER) -> Story:
    """Read the demo's files; raises `DemoIncomplete`."""
    layout_file, truth_file = folder / LAYOUT, folder / TRUTH
    if not (layout_file.is_file() and truth_file.is_file()):
        raise DemoIncomplete(folder)
    layout, told = read_layout(layout_file), msgspec.json.decode(truth_file.read_bytes(), type=_File)
    frames = round(told.seconds * told.fps) * len(layout.camera)
    return Story(layout_file=layout_file, layout=layout, truth=told.totals, seconds=told.seconds, frames=frames)
