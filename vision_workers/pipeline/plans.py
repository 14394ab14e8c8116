"""Plans of what is watched: stores with their layouts, cameras with their sources, models and runs."""

from datetime import datetime
from typing import Any

import msgspec

from event_store.layout.model import Layout
from vision_workers.cameras import LiveSource, Recording
from vision_workers.detectors import Detector
from vision_workers.detectors.errors import NoDetector
from vision_workers.errors import VisionError
from vision_workers.runs import Run
from vision_workers.targets import Target
from vision_workers.watchers import STORE_WATCHERS, WATCHERS, StoreWatcherKind, WatcherKind


class CameraPlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One camera that is to be watched."""

    camera_id: str
    source: Recording | LiveSource | VisionError
    """A source, or why there is none."""
    detectors: tuple[Detector, ...]
    """One for each target that is looked for with it."""
    run: Run

    def detector(self, target: Target[Any]) -> Detector:
        """Return the one that finds a target; raises `NoDetector`."""
        for each in self.detectors:
            if each.target.name == target.name:
                return each
        raise NoDetector(target.name, [each.target.name for each in self.detectors])

    @property
    def live(self) -> bool:
        """Whether it runs now and never ends."""
        return isinstance(self.source, LiveSource)

    @property
    def still(self) -> bool:
        """Whether it is a folder of pictures, each of which stands for itself."""
        return not isinstance(self.source, LiveSource | VisionError) and self.source.still


class StorePlan(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One store whose cameras are watched together."""

    layout: Layout
    layout_digest: str
    cameras: tuple[CameraPlan, ...]
    recorded_from: datetime
    """When its recordings begin."""
    operations_run: Run
    """For what the worker says of its own health; never that of a recording that may be repeated."""
    watchers: tuple[WatcherKind, ...] = WATCHERS
    store_watchers: tuple[StoreWatcherKind, ...] = STORE_WATCHERS

    @property
    def key(self) -> str:
        """`organisation/store`."""
        return f"{self.layout.store.organisation}/{self.layout.store.id}"
