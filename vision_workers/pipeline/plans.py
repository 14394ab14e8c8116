"""Plans of what is watched: stores with their layouts, cameras with their sources, models and runs."""

from datetime import datetime

import msgspec

from event_store.layout.model import Layout
from vision_workers.cameras import LiveSource, Recording
from vision_workers.detectors import Detector
from vision_workers.errors import VisionError
from vision_workers.runs import Run


class CameraPlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One camera that is to be watched."""

    camera_id: str
    source: Recording | LiveSource | VisionError
    """A source, or why there is none."""
    detector: Detector
    run: Run

    @property
    def live(self) -> bool:
        """Whether it runs now and never ends."""
        return isinstance(self.source, LiveSource)


class StorePlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One store whose cameras are watched together."""

    layout: Layout
    layout_digest: str
    cameras: tuple[CameraPlan, ...]
    recorded_from: datetime
    """When its recordings begin."""
    operations_run: Run
    """For what the worker says of its own health; never that of a recording that may be repeated."""

    @property
    def key(self) -> str:
        """`organisation/store`."""
        return f"{self.layout.store.organisation}/{self.layout.store.id}"
